"""The signature that proves who is asking: a function, and the middleware that calls it."""

import base64
import hashlib
import hmac

import aiohttp
from attrs import frozen
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.credentials import Credentials, CredentialsProvider
from mediaintel_async.errors import ConfigurationError, MediaIntelligenceError

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
    digest = hmac.digest(credentials.secret_key.encode(), message.encode(), hashlib.sha256)
    return {
        "x-ncp-apigw-timestamp": str(timestamp_ms),
        "x-ncp-iam-access-key": credentials.access_key,
        SIGNATURE_HEADER: base64.b64encode(digest).decode(),
    }


@frozen
class SigningMiddleware:
    """Signs each attempt just before it leaves, so that a retry never carries an old time."""

    credentials: CredentialsProvider
    origin: URL
    """The only place that signed requests go to."""

    clock: Clock

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Sign *request* and hand it on.

        Raises:
            ConfigurationError: It is bound for another origin, or there are no keys for it.
        """
        if request.url.origin() != self.origin:
            raise ConfigurationError(f"only requests to {self.origin} are signed")
        keys = await self._keys()
        timestamp_ms = int(self.clock.wall() * 1000)
        # raw_path_qs is the request target byte for byte.
        request.headers.update(sign(keys, request.method, request.url.raw_path_qs, timestamp_ms))
        return await send(request)

    async def _keys(self) -> Credentials:
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
