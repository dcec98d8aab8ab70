"""The stand-in service's front door: signatures, addresses, faults and answers."""

import base64
import hashlib
import hmac
from collections.abc import Collection, Mapping
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

import orjson
from aiohttp import web
from attrs import frozen
from multidict import CIMultiDictProxy

from mediaintel_async.clock import Clock, SkippingClock, SystemClock
from mediaintel_async.simulator import assumed, legacy, operations, persons, search, storage
from mediaintel_async.simulator.assumed import Assumed, Json
from mediaintel_async.simulator.faults import Answer, Fault, Faults, gateway_error, service_error
from mediaintel_async.simulator.operations import (
    DOCUMENTED_REFUSALS,
    WHOLE_NUMBER,
    Call,
    Operation,
)
from mediaintel_async.simulator.refusals import Refused, Why
from mediaintel_async.simulator.world import World

OPERATIONS = (*operations.OPERATIONS, *persons.OPERATIONS, *search.OPERATIONS, *legacy.OPERATIONS)

SIGNATURE_WINDOW_SECONDS = 300
NOTHING = Answer(status=200, body=b"")
"""Written to a connection that is gone."""

SHUTDOWN_SECONDS = 0.1
"""How long `stop()` waits for answers that are held back."""


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
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
        except OSError:
            await runner.cleanup()
            raise
        self.port = int(runner.addresses[0][1])
        self._runner = runner

    async def stop(self) -> None:
        """Close the port and every connection. Doing it twice is harmless."""
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
        if fault.drops and request.transport is not None:
            request.transport.abort()
        self._touch()
        return self._response(fault.answer or answer)

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
        return _success(result, fault.hidden, operation.beside)

    def _refusal(self, why: Why) -> tuple[int, str, str]:
        if why is Why.SUMMARY_GOING:
            return assumed.second_request(self.assumed)
        return {**DOCUMENTED_REFUSALS, **assumed.REFUSALS}[why]

    def _response(self, answer: Answer) -> web.Response:
        headers = {"Date": formatdate(self._wall(), usegmt=True), **answer.headers}
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers=headers,
            content_type=answer.content_type,
        )


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


def _success(result: Json | None, hidden: Collection[str], beside: Collection[str]) -> Answer:
    """The success envelope; what deletes or cancels answers without a result."""
    envelope: Json = {"code": "0", "message": "success"}
    if result is not None:
        shown = {name: value for name, value in result.items() if name not in hidden}
        envelope["result"] = {name: shown[name] for name in shown if name not in beside}
        envelope.update({name: shown[name] for name in shown if name in beside})
    return Answer(status=200, body=orjson.dumps(envelope))
