"""The stand-in service's front door: signatures, addresses, faults and answers."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import math
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

import orjson
from aiohttp import web
from attrs import evolve, frozen
from multidict import CIMultiDictProxy

from mediaintel_async.clock import Clock, SkippingClock, SystemClock
from mediaintel_async.public import public_in
from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Assumed, Json
from mediaintel_async.simulator.faults import Answer, Fault, Faults, gateway_error, service_error
from mediaintel_async.simulator.operations import legacy, persons, search
from mediaintel_async.simulator.operations import operation as operations
from mediaintel_async.simulator.operations.operation import (
    DOCUMENTED_REFUSALS,
    WHOLE_NUMBER,
    Call,
    Operation,
)
from mediaintel_async.simulator.world import storage
from mediaintel_async.simulator.world.refusals import Refused, Why
from mediaintel_async.simulator.world.world import World

OPERATIONS = (*operations.OPERATIONS, *persons.OPERATIONS, *search.OPERATIONS, *legacy.OPERATIONS)

SIGNATURE_WINDOW_SECONDS = 300
NOTHING = Answer(status=200, body=b"")
"""Written to a connection that is gone."""

BLANKS = 65_536
"""How many blanks go out at once behind a body."""

PIECES = 10
"""In how many a slow body comes."""

SPELLINGS = {
    "analyzeStatusMessage": "analysisStatusMessage",
    "analysisStatusMessage": "analyzeStatusMessage",
    "createUserName": "createdUserName",
    "createdUserName": "createUserName",
    "pageNo": "pageNum",
}
"""Members that the pages spell in two ways, each with the other one."""

SHUTDOWN_SECONDS = 0.1
"""How long `stop()` waits for answers that are held back."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Received:
    """One request as it came in, refused or not."""

    operation: str
    """The operation id; "" for a path or method that nobody serves."""

    method: str
    target: str
    """Path and query, exactly as on the wire."""

    headers: CIMultiDictProxy[str]
    body: Any
    """The JSON it carried; None if it carried none."""

    at: float
    """When, by the clock's `monotonic()`."""


def expected_signature(
    secret_key: str, access_key: str, method: str, target: str, timestamp: str
) -> str:
    """What `x-ncp-apigw-signature-v2` must be for a request line and a time."""
    lines = f"{method} {target}\n{timestamp}\n{access_key}".encode(errors="surrogateescape")
    digest = hmac.digest(secret_key.encode(), lines, hashlib.sha256)
    return base64.b64encode(digest).decode()


@public_in("mediaintel_async.simulator")
class Simulator:
    """The stand-in service on a loopback port.

    Example:
        async with Simulator() as simulator:
            where = simulator.world.add_asset(scenes=10, indexed=True)
            ...  # ask simulator.url
            assert simulator.world.bill[where, "summary"] == 1
    """

    def __init__(
        self,
        clock: Clock | None = None,
        world: World | None = None,
        access_key: str = "sim-access-key",
        secret_key: str = "sim-secret-key",  # noqa: S107 - made up
        port: int = 0,
    ) -> None:
        """Prepare the service; `start()` opens its port.

        Args:
            clock: None: the world's, else real time.
            world: None: an empty one.
            access_key: Whose signatures are accepted.
            secret_key: What they are made with.
            port: 0: a free one, found by the first `start()` and kept.
        """
        self.clock: Clock = clock or (world.clock if world else SystemClock())
        self.world: World = world or World(self.clock)
        self.access_key = access_key
        self.secret_key = secret_key
        self.port: int = port
        self.requests: list[Received] = []
        self.faults: Faults = Faults()
        self.assumed: Assumed = Assumed()
        self.skew_seconds: float = 0.0
        self._runner: web.ServerRunner | None = None
        self._site: web.SockSite | None = None
        self._listener: socket.socket | None = None
        self._outage: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Open the port.

        Raises:
            RuntimeError: It is open already.
            OSError: Somebody else has it.
        """
        if self._runner is not None:
            raise RuntimeError(f"The simulator is already running at {self.url}.")
        # Cancellation, so that no answer is held back for a client that has left.
        server = web.Server(self._answer, access_log=None, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        self._runner = runner
        try:
            await self._listen()
        except OSError:
            self._runner = None
            await runner.cleanup()
            raise

    async def _listen(self) -> None:
        assert self._runner is not None  # noqa: S101 - start() made it
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = int(listener.getsockname()[1])
        self._site = web.SockSite(self._runner, listener)
        self._listener = listener
        await self._site.start()

    async def _stop_listening(self) -> None:
        """Close the port, but no connection. Doing it twice is harmless."""
        site, self._site = self._site, None
        if site is None or self._listener is None:
            return
        # In this order: asyncio fails on connections that it has accepted and not yet made when
        # their server is closed.
        with contextlib.suppress(NotImplementedError):  # of loops that have no readers
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
        for _ in range(3):
            await self.clock.sleep(0)
        await site.stop()

    async def stop(self) -> None:
        """Close the port and every connection. Doing it twice is harmless."""
        outage, self._outage = self._outage, None
        if outage is not None:
            outage.cancel()
            await asyncio.wait({outage})
        await self._stop_listening()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path.startswith(storage.PATH):
            content = await request.content.read()
            self._touch()
            headers = request.headers
            return self._response(
                self.world.storage.put(request.method, request.raw_path, headers, content)
            )
        raw = await _read(request)
        operation, path = _resolve(request.method, request.raw_path)
        received = Received(
            operation=operation.operation_id if operation else "",
            method=request.method,
            target=request.raw_path,
            headers=request.headers,
            body=_json_of(raw),
            at=self.clock.monotonic(),
        )
        self.requests.append(received)
        self._touch()
        refusal = self._refuse(received, raw)
        if refusal is not None:
            return self._response(refusal)
        fault = self.faults.take(received.operation)
        answer = self._act(operation, path, received, fault) if fault.acts else NOTHING
        if fault.delay_seconds > 0:
            await self.clock.sleep(fault.delay_seconds)
        if fault.refuses_seconds > 0 and self._outage is None:
            self._outage = asyncio.ensure_future(self._be_away(fault.refuses_seconds))
        if fault.drops and request.transport is not None:
            request.transport.abort()
        self._touch()
        return await self._written(request, fault.answer or answer, fault)

    def _touch(self) -> None:
        """Keep a clock that turns itself from turning in the middle of an exchange."""
        if isinstance(self.clock, SkippingClock):
            self.clock.touch()

    def _refuse(self, received: Received, raw: bytes | None) -> Answer | None:
        """What the gateway says before anybody acts; None: it lets the request through."""
        complaint = self._complaint(received)
        if complaint is not None:
            return gateway_error("200", complaint)
        if raw is None:
            return gateway_error("430")
        if raw and received.body is None:
            return service_error(*DOCUMENTED_REFUSALS[Why.INVALID])
        return None

    def _complaint(self, received: Received) -> str | None:
        """What is wrong with the signature; None: nothing."""
        timestamp = received.headers.get("x-ncp-apigw-timestamp", "")
        access_key = received.headers.get("x-ncp-iam-access-key", "")
        signature = received.headers.get("x-ncp-apigw-signature-v2", "")
        if not (timestamp and access_key and signature):
            return "Authentication information are missing."
        if not self._is_now(timestamp):
            return "The timestamp is too old, too new, or not a number."
        expected = expected_signature(
            self.secret_key, self.access_key, received.method, received.target, timestamp
        )
        if access_key != self.access_key or signature != expected:
            return "The access key or the signature is wrong."
        return None

    def _wall(self) -> float:
        return self.clock.wall() + self.skew_seconds

    def _is_now(self, timestamp: str) -> bool:
        if not WHOLE_NUMBER.fullmatch(timestamp):
            return False
        return abs(int(timestamp) / 1000 - self._wall()) <= SIGNATURE_WINDOW_SECONDS

    def _act(
        self,
        operation: Operation | None,
        path: Mapping[str, str],
        received: Received,
        fault: Fault,
    ) -> Answer:
        if operation is None:
            return gateway_error("300")
        query = received.target.partition("?")[2]
        call = Call(
            world=self.world,
            assumed=self.assumed,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            body=received.body,
            base_url=self.url,
            late_seconds=fault.late_seconds,
            view=fault.view,
        )
        try:
            result = operation.handle(call)
        except Refused as refused:
            return service_error(*self._refusal(refused.why))
        return _success(result, fault, operation.beside)

    def _refusal(self, why: Why) -> tuple[int, str, str]:
        if why is Why.SUMMARY_GOING:
            return assumed.second_request(self.assumed)
        return {**DOCUMENTED_REFUSALS, **assumed.REFUSALS}[why]

    async def _be_away(self, seconds: float) -> None:
        """Close the port and every connection, and open the port again after *seconds*."""
        assert self._runner is not None  # noqa: S101 - a request has come in
        await self._stop_listening()
        connections = self._runner.server.connections if self._runner.server else ()
        for transport in [each.transport for each in connections if each.transport is not None]:
            transport.abort()
        await self.clock.sleep(seconds)
        await self._listen()
        self._outage = None

    def _response(self, answer: Answer) -> web.Response:
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers=self._headers(answer),
            content_type=answer.content_type,
        )

    def _headers(self, answer: Answer) -> dict[str, str]:
        headers = {"Date": formatdate(self._wall(), usegmt=True), **answer.headers}
        if answer.retry_at_seconds is not None:
            retry_at = self._wall() + answer.retry_at_seconds
            headers["Retry-After"] = formatdate(retry_at, usegmt=True)
        return headers

    async def _written(
        self, request: web.BaseRequest, answer: Answer, fault: Fault
    ) -> web.StreamResponse:
        """Let a fault have its way with the body of *answer*."""
        if fault.content_type is not None:
            answer = evolve(answer, content_type=fault.content_type)
        if not (fault.body_seconds or fault.blanks or fault.cuts):
            return self._response(answer)
        headers = {**self._headers(answer), "Content-Type": answer.content_type}
        response = web.StreamResponse(status=answer.status, headers=headers)
        if fault.cuts:
            response.content_length = len(answer.body)
        else:
            response.enable_chunked_encoding()
        # Who has heard enough has left.
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            async for piece in self._pieces(answer.body, fault):
                await response.write(piece)
        if fault.cuts and request.transport is not None:
            request.transport.close()
        return response

    async def _pieces(self, body: bytes, fault: Fault) -> AsyncIterator[bytes]:
        """The body of an answer, as *fault* lets it out."""
        if fault.cuts:
            yield body[: len(body) // 2]
            return
        # Of a body that never ends the last byte is the one that never comes.
        pieces = [body[:-1]] if fault.body_seconds == math.inf else _cut_up(body)
        for piece in pieces:
            if fault.body_seconds < math.inf:
                await self.clock.sleep(fault.body_seconds / len(pieces))
            yield piece
        while fault.body_seconds == math.inf:
            await self.clock.sleep(1.0)
            yield b" "
        for sent in range(0, fault.blanks, BLANKS):
            yield b" " * min(BLANKS, fault.blanks - sent)


async def _read(request: web.BaseRequest) -> bytes | None:
    """The body; None if it is larger than the gateway takes."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _json_of(raw: bytes | None) -> Any:
    try:
        return orjson.loads(raw or b"null")
    except orjson.JSONDecodeError:
        return None


def _resolve(method: str, target: str) -> tuple[Operation | None, Mapping[str, str]]:
    """Find the operation that a request line asks for, and the variable parts of its path.

    The path is split before it is decoded, so that an encoded slash stays inside its part.
    """
    parts = [unquote(part) for part in target.partition("?")[0].split("/")]
    for operation in OPERATIONS:
        path = operation.match(method, parts)
        if path is not None:
            return operation, path
    return None, {}


def _cut_up(body: bytes) -> list[bytes]:
    size = max(1, -(-len(body) // PIECES))
    return [body[start : start + size] for start in range(0, len(body), size)]


def _as_shown(result: Json, fault: Fault) -> Json:
    """What *fault* leaves and makes of the members of a result."""
    shown = {name: value for name, value in result.items() if name not in fault.hidden}
    if fault.both_spellings:
        shown.update({SPELLINGS[name]: shown[name] for name in SPELLINGS.keys() & shown.keys()})
    if fault.nested_levels:
        levels = fault.nested_levels
        shown["nested"] = orjson.Fragment(b"[" * levels + b"]" * levels)
    return {**shown, **fault.shown}


def _success(result: Json | None, fault: Fault, beside: Collection[str]) -> Answer:
    """The success envelope; what deletes or cancels answers without a result."""
    envelope: Json = {"code": "0", "message": "success"}
    if result is not None:
        shown = _as_shown(result, fault)
        envelope["result"] = {name: shown[name] for name in shown if name not in beside}
        envelope.update({name: shown[name] for name in shown if name in beside})
    return Answer(status=200, body=orjson.dumps(envelope))
