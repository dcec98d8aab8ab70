"""Signed requests to the simulator, by nothing but the recipe and plain aiohttp."""

import base64
import hashlib
import hmac
import json as json_format

import aiohttp
from attrs import define, frozen
from yarl import URL

ASSET = "/api/v1/workspaces/my-workspace/projects/1234/assets/5678"


def signature(secret_key, access_key, method, target, timestamp):
    """What the recipe of the API overview gives."""
    message = f"{method} {target}\n{timestamp}\n{access_key}".encode()
    digest = hmac.new(secret_key.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@frozen
class Got:
    """An answer that has been read."""

    status: int
    headers: dict
    raw: bytes

    @property
    def json(self):
        """The body."""
        return json_format.loads(self.raw)

    @property
    def result(self):
        """The `result` of a success."""
        assert self.status == 200, self.raw
        return self.json["result"]

    @property
    def refusal(self):
        """Status and code of the service's refusal."""
        return self.status, self.json["code"]

    @property
    def gateway_refusal(self):
        """Status and code of the gateway's refusal."""
        return self.status, self.json["error"]["errorCode"]


@define
class Calls:
    """Asks a simulator; one session, no retries of its own."""

    simulator: object
    session: aiohttp.ClientSession

    def headers(self, method, target, *, late_seconds=0.0):
        """The three headers, as if made *late_seconds* ago."""
        simulator = self.simulator
        timestamp = str(int((simulator.clock.wall() - late_seconds) * 1000))
        return {
            "x-ncp-apigw-timestamp": timestamp,
            "x-ncp-iam-access-key": simulator.access_key,
            "x-ncp-apigw-signature-v2": signature(
                simulator.secret_key, simulator.access_key, method, target, timestamp
            ),
        }

    async def send(self, method, target, body=None, *, data=None, headers=None):
        """Send one request; *target* goes over the wire as it is."""
        async with self.session.request(
            method,
            URL(self.simulator.url + target, encoded=True),
            json=body,
            data=data,
            headers=self.headers(method, target) if headers is None else headers,
            allow_redirects=False,
        ) as answer:
            return Got(answer.status, dict(answer.headers), await answer.read())

    async def get(self, target):
        """Send a signed GET."""
        return await self.send("GET", target)

    async def post(self, target, body=None):
        """Send a signed POST."""
        return await self.send("POST", target, body)

    async def delete(self, target, body=None):
        """Send a signed DELETE."""
        return await self.send("DELETE", target, body)
