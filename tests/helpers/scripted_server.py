"""A server on a loopback port that gives prepared answers and records what arrives."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Self

from aiohttp import web
from attrs import field, frozen

from mediaintel_async import Credentials, MediaIntelligence

SUCCESS = b'{"code": "0", "message": "success", "result": {}}'


@frozen
class Received:
    """One request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    """When, by the loop's time."""


@frozen
class Answer:
    """One HTTP answer."""

    status: int = 200
    body: bytes = SUCCESS
    headers: Mapping[str, str] = field(factory=dict)
    delay_seconds: float = 0.0
    """How long it is held back."""

    chunked: bool = False
    """Whether its length stays untold."""


@frozen
class Raw:
    """Bytes written to the socket as they are."""

    data: bytes = b""
    hangs: bool = False
    """Whether the connection stays open and silent afterwards; otherwise it is closed."""


Script = Answer | Raw | Callable[[Received], Answer | Raw]


def refusal(status: int, code: str | None = None, **headers: str) -> Answer:
    """The service's own refusal; an underscore in a header's name stands for a hyphen."""
    body = json.dumps({"code": code or str(status), "message": "refused"}).encode()
    return Answer(status, body, {name.replace("_", "-"): text for name, text in headers.items()})


class ScriptedServer:
    """Gives `answers` one after the other, and the last one from then on."""

    def __init__(self, *answers: Script) -> None:
        self.answers: list[Script] = [*answers] or [Answer()]
        self.received: list[Received] = []
        self.at_once = 0
        """How many requests are being answered now."""

        self.most_at_once = 0
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        server = web.Server(self._answer, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def arrivals(self) -> list[float]:
        """When each request arrived."""
        return [received.at for received in self.received]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        received = Received(
            request.method,
            request.raw_path,
            request.headers,
            await request.read(),
            asyncio.get_running_loop().time(),
        )
        self.received.append(received)
        script = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer = script if isinstance(script, Answer | Raw) else script(received)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._write(request, answer)
        finally:
            self.at_once -= 1

    async def _write(self, request: web.BaseRequest, answer: Answer | Raw) -> web.StreamResponse:
        if isinstance(answer, Raw):
            request.transport.write(answer.data)
            if answer.hangs:
                await asyncio.Event().wait()
            request.transport.close()
            return web.Response()
        await asyncio.sleep(answer.delay_seconds)
        if not answer.chunked:
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(answer.body)
        await response.write_eof()
        return response


def connect(server: ScriptedServer, **settings: Any) -> MediaIntelligence:
    """Make a client of *server* with made-up keys."""
    keys = Credentials("AK_TEST", "SK_TEST")
    return MediaIntelligence(keys, **{"base_url": server.url, **settings})
