"""The signature of a request, and the aiohttp middleware that signs each attempt."""

import base64

import aiohttp
from attrs import define, field, frozen
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.errors import ConfigurationError, MediaIntelligenceError
from mediaintel_async.http.clock_skew import ClockSkew
from mediaintel_async.http.credentials import Credentials, CredentialsProvider

SIGNATURE_HEADER = "x-ncp-apigw-signature-v2"


def sign(
    credentials: Credentials, method: str, path_and_query: str, timestamp_ms: int
) -> dict[str, str]:
    """Return the three headers that prove which account sends the request, and when.

    *path_and_query* must be the encoded form that goes over the wire. The recipe is
    `x-common.signature` in the contract's common.yaml. The gateway refuses a *timestamp_ms* that
    is more than five minutes from its own clock.
    """
    message = f"{method} {path_and_query}\n{timestamp_ms}\n{credentials.access_key}"
    mac = credentials.new_mac()
    mac.update(message.encode())
    return {
        "x-ncp-apigw-timestamp": str(timestamp_ms),
        "x-ncp-iam-access-key": credentials.access_key,
        SIGNATURE_HEADER: base64.b64encode(mac.digest()).decode(),
    }


@frozen
class Signer:
    """Keys, time and the one origin for signatures."""

    credentials: CredentialsProvider
    origin: URL
    """Requests to any other origin are refused."""

    clock: Clock
    skew: ClockSkew = field(factory=ClockSkew)

    def now_ms(self) -> int:
        """Return the time for a signature that is made now, by the service's clock."""
        return int((self.clock.wall() + self.skew.seconds) * 1000)

    async def keys(self) -> Credentials:
        """Return the keys of the credentials callable.

        Raises:
            ConfigurationError: It raised, or returned something else.
        """
        try:
            keys: object = await self.credentials()
        except MediaIntelligenceError:
            raise
        # A user's own callable may raise anything. Its TimeoutError or OSError must not be taken
        # for a failure of the connection, which would mean that the request may have been sent.
        except Exception as error:
            kind = type(error).__name__
            raise ConfigurationError(f"the credentials callable raised {kind}") from error
        if not isinstance(keys, Credentials):
            kind = type(keys).__name__
            raise ConfigurationError(
                f"the credentials callable returned {kind}; expected Credentials"
            )
        return keys


@define(eq=False)
class SigningMiddleware:
    """Signs each attempt of one request just before it is sent, and counts the sends.

    aiohttp sends an idempotent request again by itself when a kept connection turns out dead.
    """

    signer: Signer
    sends: int = 0
    signature: str = field(default="", repr=False)
    """The last one sent. It is removed from refusals, since a proxy may echo the request."""

    waits_for_keys: bool = False
    """Whether the request has not been sent because its keys have not come."""

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Sign *request* and pass it on.

        Raises:
            ConfigurationError: *request* goes to another origin, or there are no keys for it.
        """
        signer, url = self.signer, request.url
        if url.origin() != signer.origin:
            raise ConfigurationError(f"only requests to {signer.origin} are signed")
        self.waits_for_keys = True
        keys = await signer.keys()
        self.waits_for_keys = False
        # raw_path_qs is the request target byte for byte.
        headers = sign(keys, request.method, url.raw_path_qs, signer.now_ms())
        self.signature = headers[SIGNATURE_HEADER]
        request.headers.update(headers)
        self.sends += 1
        return await send(request)
