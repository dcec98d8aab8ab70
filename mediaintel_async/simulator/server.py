"""The simulator's HTTP server: checks signatures, finds operations, applies faults, answers."""

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
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from attrs import evolve, frozen
from multidict import CIMultiDictProxy

from mediaintel_async.clock import Clock, SkippingClock, SystemClock
from mediaintel_async.public import public_in
from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.answers import (
    DOCUMENTED_REFUSALS,
    Answer,
    gateway_error,
    service_error,
)
from mediaintel_async.simulator.assumed import Assumed, Json
from mediaintel_async.simulator.fault import Fault
from mediaintel_async.simulator.faults import Faults
from mediaintel_async.simulator.operations.catalogue import find_operation
from mediaintel_async.simulator.operations.operation import INTEGER, Call, Operation
from mediaintel_async.simulator.world import storage
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.world import World

SIGNATURE_WINDOW_SECONDS = 300

NO_ANSWER = Answer(status=200, body=b"")
"""Stands for the answer when the service does nothing; a fault replaces or drops it."""

BLANKS_PER_WRITE = 65_536

SLOW_BODY_PIECES = 10

SPELLINGS = {
    "analyzeStatusMessage": "analysisStatusMessage",
    "analysisStatusMessage": "analyzeStatusMessage",
    "createUserName": "createdUserName",
    "createdUserName": "createUserName",
    "pageNo": "pageNum",
}
"""Members that the service documents in two spellings, each with the other spelling."""

SHUTDOWN_SECONDS = 0.1
"""How long `stop()` waits for answers that a fault holds back."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Received:
    """One request as it arrived, whether refused or not."""

    operation: str
    """The operation id; "" if no operation has that method and path."""

    method: str
    target: str
    """Path and query, exactly as on the wire."""

    headers: CIMultiDictProxy[str]
    body: Any
    """The JSON body; None if there was none."""

    at: float
    """When it arrived, by the clock's `monotonic()`."""


def expected_signature(
    secret_key: str, access_key: str, method: str, target: str, timestamp: str
) -> str:
    """Return what `x-ncp-apigw-signature-v2` must be for a request line and a time."""
    lines = f"{method} {target}\n{timestamp}\n{access_key}".encode(errors="surrogateescape")
    digest = hmac.digest(secret_key.encode(), lines, hashlib.sha256)
    return base64.b64encode(digest).decode()


@public_in("mediaintel_async.simulator")
class Simulator:
    """The simulated service on a loopback port.

    `world` holds its assets and the bill, `faults` what goes wrong, `requests` the requests that
    arrived, and `assumed` its undocumented behaviour. `skew_seconds` is how far its wall clock is
    ahead.

    Example:
        async with Simulator() as simulator:
            asset = simulator.world.add_asset(scenes=10, indexed=True)
            ...  # send requests to simulator.url
            assert simulator.world.bill[asset, "summary"] == 1
    """

    def __init__(
        self,
        clock: Clock | None = None,
        world: World | None = None,
        access_key: str = "sim-access-key",
        secret_key: str = "sim-secret-key",  # noqa: S107 - made up
        port: int = 0,
        keep_requests: int | None = None,
    ) -> None:
        """Prepare the service; `start()` opens its port.

        Args:
            clock: None: that of *world*, or real time without a *world*.
            world: None: an empty world.
            access_key: The access key whose signatures are accepted.
            secret_key: The secret key that belongs to *access_key*.
            port: 0: a free port, which the first `start()` finds and later ones keep.
            keep_requests: How many of the latest requests `requests` and
                `world.storage.received` keep; None: all, each a kilobyte or more.

        Raises:
            ValueError: *keep_requests* is negative.
        """
        if keep_requests is not None and keep_requests < 0:
            raise ValueError(f"keep_requests is {keep_requests}; expected 0 or more, or None")
        self.clock: Clock = clock or (world.clock if world else SystemClock())
        self.world: World = world or World(self.clock)
        self.access_key = access_key
        self.secret_key = secret_key
        self.port: int = port
        self.requests: list[Received] = []
        self.keep_requests = keep_requests
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
            RuntimeError: The simulator is already running.
            OSError: The port is taken.
        """
        if self._runner is not None:
            raise RuntimeError(f"The simulator is already running at {self.url}.")
        # handler_cancellation: an answer that is held back ends when its client disconnects.
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
        """Close the port, but no connection. Closing it twice is harmless."""
        site, self._site = self._site, None
        if site is None or self._listener is None:
            return
        # Stop accepting, and let accepted connections be set up, before the server is closed:
        # asyncio fails on a connection that it sets up for a closed server.
        with contextlib.suppress(NotImplementedError):  # of loops without readers
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
        for _ in range(3):
            await self.clock.sleep(0)
        await site.stop()

    async def stop(self) -> None:
        """Close the port and every connection. Stopping twice is harmless."""
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
            self._hold_clock()
            headers = request.headers
            stored = self.world.storage.put(request.method, request.raw_path, headers, content)
            self._forget_oldest(self.world.storage.received)
            return self._response(stored)
        raw = await _read(request)
        operation, path = find_operation(request.method, request.raw_path)
        received = Received(
            operation=operation.operation_id if operation else "",
            method=request.method,
            target=request.raw_path,
            headers=request.headers,
            body=_json_of(raw),
            at=self.clock.monotonic(),
        )
        self.requests.append(received)
        self._forget_oldest(self.requests)
        self._hold_clock()
        refusal = self._gateway_refusal(received, raw)
        if refusal is not None:
            return self._response(refusal)
        fault = self.faults.take(received.operation)
        answer = self._act(operation, path, received, fault) if fault.acts else NO_ANSWER
        if fault.delay_seconds > 0:
            await self.clock.sleep(fault.delay_seconds)
        if fault.refuses_seconds > 0 and self._outage is None:
            self._outage = asyncio.ensure_future(self._run_outage(fault.refuses_seconds))
        if fault.drops and request.transport is not None:
            request.transport.abort()
        self._hold_clock()
        return await self._faulty_response(request, fault.answer or answer, fault)

    def _forget_oldest(self, requests: list[Any]) -> None:
        if self.keep_requests is not None:
            del requests[: max(0, len(requests) - self.keep_requests)]

    def _hold_clock(self) -> None:
        """Keep a `SkippingClock` from advancing in the middle of an exchange."""
        if isinstance(self.clock, SkippingClock):
            self.clock.touch()

    def _gateway_refusal(self, received: Received, raw: bytes | None) -> Answer | None:
        """Return the refusal of a request that no operation may see; None: it is acceptable."""
        problem = self._signature_problem(received)
        if problem is not None:
            return gateway_error("200", problem)
        if raw is None:
            return gateway_error("430")
        if raw and received.body is None:
            return service_error(*DOCUMENTED_REFUSALS[Reason.INVALID])
        return None

    def _signature_problem(self, received: Received) -> str | None:
        """Return what is wrong with the signature; None: nothing."""
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
        if not INTEGER.fullmatch(timestamp):
            return False
        return abs(int(timestamp) / 1000 - self._wall()) <= SIGNATURE_WINDOW_SECONDS

    def _act(
        self,
        operation: Operation | None,
        path: Mapping[str, str],
        received: Received,
        fault: Fault,
    ) -> Answer:
        """Let an operation do what was asked, and return its answer."""
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
            return service_error(*self._refusal(refused.reason))
        return _success(result, fault, operation.beside)

    def _refusal(self, reason: Reason) -> tuple[int, str, str]:
        """Return HTTP status, code and message of a refusal."""
        if reason is Reason.SUMMARY_IN_PROGRESS:
            return assumed.second_request(self.assumed)
        return {**DOCUMENTED_REFUSALS, **assumed.REFUSALS}[reason]

    async def _run_outage(self, seconds: float) -> None:
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

    async def _faulty_response(
        self, request: web.BaseRequest, answer: Answer, fault: Fault
    ) -> web.StreamResponse:
        """Return the response with *answer*; if *fault* changes its body, send it here."""
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
        # A client may disconnect before the body ends, as a client with a timeout should.
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            async for piece in self._pieces(answer.body, fault):
                await response.write(piece)
        if fault.cuts and request.transport is not None:
            request.transport.close()
        return response

    async def _pieces(self, body: bytes, fault: Fault) -> AsyncIterator[bytes]:
        """Yield the pieces of a body, at the times that *fault* asks for."""
        if fault.cuts:
            yield body[: len(body) // 2]
            return
        # An endless body lacks its last byte, so that what has arrived is never a whole answer.
        pieces = [body[:-1]] if fault.body_seconds == math.inf else _split(body)
        for piece in pieces:
            if fault.body_seconds < math.inf:
                await self.clock.sleep(fault.body_seconds / len(pieces))
            yield piece
        while fault.body_seconds == math.inf:
            await self.clock.sleep(1.0)
            yield b" "
        for sent in range(0, fault.blanks, BLANKS_PER_WRITE):
            yield b" " * min(BLANKS_PER_WRITE, fault.blanks - sent)


async def _read(request: web.BaseRequest) -> bytes | None:
    """Return the body; None if it is larger than the gateway accepts."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _json_of(raw: bytes | None) -> Any:
    """Return the JSON of a body; None if there is no body, or if it is not JSON."""
    try:
        return orjson.loads(raw or b"null")
    except orjson.JSONDecodeError:
        return None


def _split(body: bytes) -> list[bytes]:
    size = max(1, -(-len(body) // SLOW_BODY_PIECES))
    return [body[start : start + size] for start in range(0, len(body), size)]


def _with_fault(result: Json, fault: Fault) -> Json:
    """Return the members of a result, as *fault* changes them."""
    shown = {name: value for name, value in result.items() if name not in fault.hidden}
    if fault.both_spellings:
        shown.update({SPELLINGS[name]: shown[name] for name in SPELLINGS.keys() & shown.keys()})
    if fault.nested_levels:
        levels = fault.nested_levels
        shown["nested"] = orjson.Fragment(b"[" * levels + b"]" * levels)
    return {**shown, **fault.shown}


def _success(result: Json | None, fault: Fault, beside: Collection[str]) -> Answer:
    """Return the answer of a success; None as *result*: the answer has no `result`."""
    envelope: Json = {"code": "0", "message": "success"}
    if result is not None:
        shown = _with_fault(result, fault)
        envelope["result"] = {name: shown[name] for name in shown if name not in beside}
        envelope.update({name: shown[name] for name in shown if name in beside})
    return Answer(status=200, body=orjson.dumps(envelope))
