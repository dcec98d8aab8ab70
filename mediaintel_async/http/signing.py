"""The signature that proves who is asking: a function, and the middleware that calls it."""

import base64
import logging

import aiohttp
from attrs import define, field, frozen
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.errors import ConfigurationError, MediaIntelligenceError
from mediaintel_async.http.credentials import Credentials, CredentialsProvider

_logger = logging.getLogger("mediaintel_async")

SIGNATURE_HEADER = "x-ncp-apigw-signature-v2"


def sign(
    credentials: Credentials, method: str, path_and_query: str, timestamp_ms: int
) -> dict[str, str]:
    """Return the three headers that prove who is asking, and when.

    *path_and_query* must be the encoded form that goes over the wire. The recipe is
    x-common.signature of the API's common facts; the gateway refuses a *timestamp_ms* more
    than five minutes from its own clock.
    """
    message = f"{method} {path_and_query}\n{timestamp_ms}\n{credentials.access_key}"
    mac = credentials.new_mac()
    mac.update(message.encode())
    return {
        "x-ncp-apigw-timestamp": str(timestamp_ms),
        "x-ncp-iam-access-key": credentials.access_key,
        SIGNATURE_HEADER: base64.b64encode(mac.digest()).decode(),
    }


SMALLEST_SKEW_SECONDS, LARGEST_SKEW_SECONDS = 120.0, 86_400.0
_LEARN_AGAIN_SECONDS = 300.0


@define(eq=False)
class ClockSkew:
    """How far the service's clock is ahead of ours: rule 12 of the design."""

    seconds: float = 0.0
    """Added to our time in signatures."""

    _learnt_at: float | None = None

    def learn(self, service_time: float, clock: Clock) -> bool:
        """Take over the difference to *service_time*, if that may be what was wrong.

        Returns whether it was taken over: at most once in five minutes, and only between two
        minutes and 24 hours, or to give up an earlier one that no longer holds.
        """
        now = clock.monotonic()
        if self._learnt_at is not None and now - self._learnt_at < _LEARN_AGAIN_SECONDS:
            return False
        seconds = service_time - clock.wall()
        if abs(seconds) < SMALLEST_SKEW_SECONDS:
            seconds = 0.0
        if abs(seconds) > LARGEST_SKEW_SECONDS or seconds == self.seconds:
            return False
        self.seconds = seconds
        self._learnt_at = now
        _logger.warning(
            "this machine's clock is %.0f s from the service's; signing by that", seconds
        )
        return True


@frozen
class Signer:
    """What is needed to sign: keys, time, and the place that may be asked."""

    credentials: CredentialsProvider
    origin: URL
    """The only place that signed requests go to."""

    clock: Clock
    skew: ClockSkew = field(factory=ClockSkew)

    def now_ms(self) -> int:
        """The time for a signature made now."""
        return int((self.clock.wall() + self.skew.seconds) * 1000)

    async def keys(self) -> Credentials:
        """Ask for the keys.

        Raises:
            ConfigurationError: There are none.
        """
        try:
            keys: object = await self.credentials()
        except MediaIntelligenceError:
            raise
        # A user's own callable may raise anything. Left alone, its TimeoutError or OSError
        # would pass for one of the connection, as if the request had been sent.
        except Exception as error:
            kind = type(error).__name__
            raise ConfigurationError(f"the credentials callable raised {kind}") from error
        if not isinstance(keys, Credentials):
            kind = type(keys).__name__
            raise ConfigurationError(f"the credentials callable returned {kind}, not Credentials")
        return keys


@define(eq=False)
class SigningMiddleware:
    """Signs each attempt of one request just before it leaves, and counts how often it left.

    aiohttp sends an idempotent request again by itself when a kept connection turns out dead.
    """

    signer: Signer
    sends: int = 0
    signature: str = field(default="", repr=False)
    """The one that was sent last: a confused proxy may send it back."""

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Sign *request* and hand it on.

        Raises:
            ConfigurationError: It is bound for another origin, or there are no keys for it.
        """
        signer, url = self.signer, request.url
        if url.origin() != signer.origin:
            raise ConfigurationError(f"only requests to {signer.origin} are signed")
        keys = await signer.keys()
        # raw_path_qs is the request target byte for byte.
        headers = sign(keys, request.method, url.raw_path_qs, signer.now_ms())
        self.signature = headers[SIGNATURE_HEADER]
        request.headers.update(headers)
        self.sends += 1
        return await send(request)
