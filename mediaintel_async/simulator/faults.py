"""What can go wrong between a request and its answer."""

import math
import os
import re
import tomllib
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import orjson
from attrs import define, evolve, field, frozen

GATEWAY_ERRORS: Mapping[str, tuple[int, str]] = {
    "100": (400, "Bad Request Exception"),
    "200": (401, "Authentication Failed"),
    "210": (401, "Permission Denied"),
    "300": (404, "Not Found Exception"),
    "400": (429, "Quota Exceeded"),
    "410": (429, "Throttle Limited"),
    "420": (429, "Rate Limited"),
    "430": (413, "Request Entity Too Large"),
    "500": (503, "Endpoint Error"),
    "510": (504, "Endpoint Timeout"),
    "900": (500, "Unexpected Error"),
}
"""HTTP status and message of each gateway error code, as the API overview lists them."""

USUAL_CODES = {
    400: "100",
    401: "200",
    404: "300",
    413: "430",
    429: "410",
    500: "900",
    503: "500",
    504: "510",
}
"""The gateway error code that a bare HTTP status stands for."""


@frozen(kw_only=True)
class Answer:
    """What goes over the wire, before the Date header is put on it."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(factory=dict)


def gateway_error(code: str, details: str = "") -> Answer:
    """The gateway's refusal with that error code."""
    status, message = GATEWAY_ERRORS[code]
    error = {"errorCode": code, "message": message, "details": details}
    return Answer(status=status, body=orjson.dumps({"error": error}))


def service_error(status: int, code: str, message: str) -> Answer:
    """The service's own refusal."""
    return Answer(status=status, body=orjson.dumps({"code": code, "message": message}))


@frozen(kw_only=True)
class Fault:
    """One thing that goes wrong with one request.

    The request has been recorded and its signature was good. Then, in this order: the service
    acts or does not, time passes, and the answer is dropped, replaced or changed.
    """

    acts: bool = True
    """Whether the service does what was asked; a start that it does is billed."""

    late_seconds: float = 0.0
    """How long a run started by this request stays invisible, and keeps nobody out."""

    view: Literal["now", "stale", "before"] = "now"
    """What a status look shows: the truth, the state before the newest run, or no run at all."""

    hidden: tuple[str, ...] = ()
    """Members left out of the answer's `result`."""

    delay_seconds: float = 0.0
    """How long the answer is held back."""

    drops: bool = False
    """Whether the connection is closed before any byte of an answer."""

    answer: Answer | None = None
    """What is answered instead of the truth; None: the truth."""

    DROP_BEFORE: ClassVar["Fault"]
    """The connection is dropped, and nothing was done."""

    DROP_AFTER: ClassVar["Fault"]
    """It was done, and the connection is dropped."""

    GATEWAY_TIMEOUT_BEFORE: ClassVar["Fault"]
    """504, gateway code 510, and nothing was done."""

    GATEWAY_TIMEOUT_AFTER: ClassVar["Fault"]
    """504, gateway code 510, and it was done."""

    CONFLICT: ClassVar["Fault"]
    """409 of the service, and nothing was done."""

    STALE: ClassVar["Fault"]
    """A status look shows what was visible before the newest run was started."""

    BEFORE: ClassVar["Fault"]
    """A status look says that nothing was ever requested."""

    NO_TIME: ClassVar["Fault"]
    """The answer lacks `requestedTime`."""

    HTML: ClassVar["Fault"]
    """A proxy's 502 page, and nothing was done."""

    NOT_JSON: ClassVar["Fault"]
    """200 and half a JSON body; it was done."""

    @staticmethod
    def SLOW(seconds: float) -> "Fault":  # noqa: N802 - named like the constants beside it
        """It is done at once, and answered after *seconds* of the simulator's clock."""
        return Fault(delay_seconds=seconds)

    @staticmethod
    def LATE(seconds: float, then: "Fault | None" = None) -> "Fault":  # noqa: N802 - as above
        """A start is accepted and billed, but the run joins the queue only after *seconds*.

        Until then no status shows it, and it keeps no other start out.

        Args:
            seconds: By the simulator's clock.
            then: What also happens, such as `Fault.DROP_AFTER`; None: a normal answer.
        """
        return evolve(then or Fault(), late_seconds=seconds)

    @staticmethod
    def STATUS(  # noqa: N802 - as above
        status: int, code: str | None = None, *, retry_after: str | None = None, acts: bool = False
    ) -> "Fault":
        """An error with that HTTP status and a body that fits it.

        Args:
            status: The HTTP status.
            code: A code of the gateway makes it the gateway's refusal, any other the service's.
                None: the gateway's usual code for the status, where it has one.
            retry_after: The `Retry-After` header, as it is; None: no such header.
            acts: Whether it was done all the same.
        """
        code = code or USUAL_CODES.get(status, str(status))
        if GATEWAY_ERRORS.get(code, (None,))[0] == status:
            answer = gateway_error(code)
        else:
            answer = service_error(status, code, "Refused by the simulator.")
        if retry_after is not None:
            answer = evolve(answer, headers={"Retry-After": retry_after})
        return Fault(acts=acts, answer=answer)

    @staticmethod
    def BODY(  # noqa: N802 - as above
        body: bytes,
        content_type: str = "application/json",
        status: int = 200,
        *,
        acts: bool = False,
    ) -> "Fault":
        """Any answer at all.

        Args:
            body: The bytes.
            content_type: As it goes into the header.
            status: The HTTP status.
            acts: Whether it was done all the same.
        """
        answer = Answer(status=status, body=body, content_type=content_type)
        return Fault(acts=acts, answer=answer)

    @staticmethod
    def REDIRECT(location: str) -> "Fault":  # noqa: N802 - as above
        """302 to *location*, and nothing was done."""
        headers = {"Location": location}
        return Fault(acts=False, answer=Answer(status=302, body=b"", headers=headers))


Fault.DROP_BEFORE = Fault(acts=False, drops=True)
Fault.DROP_AFTER = Fault(drops=True)
Fault.GATEWAY_TIMEOUT_BEFORE = Fault.STATUS(504)
Fault.GATEWAY_TIMEOUT_AFTER = Fault.STATUS(504, acts=True)
Fault.CONFLICT = Fault.STATUS(409)
Fault.STALE = Fault(view="stale")
Fault.BEFORE = Fault(view="before")
Fault.NO_TIME = Fault(hidden=("requestedTime",))
Fault.HTML = Fault.BODY(b"<html><h1>502 Bad Gateway</h1></html>", "text/html", 502)
Fault.NOT_JSON = Fault.BODY(b'{"code": "0", "mess', acts=True)

NONE = Fault()
"""Nothing goes wrong."""


@define
class _Planned:
    fault: Fault
    times: float


@define(eq=False)
class Faults:
    """What is to go wrong, for each operation, first in first out."""

    _planned: defaultdict[str, deque[_Planned]] = field(
        factory=lambda: defaultdict(deque), init=False
    )

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a TOML file of `[[fault]]` tables, which are planned in their order.

        Each has `operation` and `kind`, the name of a fault; `times`, 1 unless it is there, and
        for ever if it is "always"; and what else its kind takes: `seconds`, `then`, `status`,
        `code`, `retry_after`, `acts`, `body`, `content_type`, `location`.

        Raises:
            InvalidFaults: It cannot be read, or makes no sense; names file, table and key.
        """
        faults = cls()
        for number, table in enumerate(_tables(path), start=1):
            try:
                faults.add(*_plan(table))
            except InvalidFaults as error:
                raise InvalidFaults(f"{path}, [[fault]] number {number}, {error}") from None
        return faults

    def add(self, operation: str, fault: Fault, times: float = 1) -> None:
        """Let the next requests of an operation meet a fault.

        Args:
            operation: An operation id; "*" is for every request that has no fault of its own.
            fault: What goes wrong.
            times: For how many requests; `math.inf`: until `clear()`.
        """
        self._planned[operation].append(_Planned(fault, times))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._planned.clear()

    def take(self, operation: str) -> Fault:
        """Use up and return the fault that the next request of *operation* meets."""
        planned = self._planned[operation] or self._planned["*"]
        if not planned:
            return NONE
        planned[0].times -= 1
        fault = planned[0].fault
        if planned[0].times <= 0:
            planned.popleft()
        return fault


class InvalidFaults(ValueError):
    """A file of faults that cannot be read, or makes no sense; says where."""


@frozen
class _Kind:
    """A fault that a file can name."""

    make: Callable[..., Fault]
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


_PLAIN = (
    "DROP_BEFORE",
    "DROP_AFTER",
    "GATEWAY_TIMEOUT_BEFORE",
    "GATEWAY_TIMEOUT_AFTER",
    "CONFLICT",
    "STALE",
    "BEFORE",
    "NO_TIME",
    "HTML",
    "NOT_JSON",
)
_KINDS: Mapping[str, _Kind] = {
    **{name: _Kind(partial(getattr, Fault, name)) for name in _PLAIN},
    "SLOW": _Kind(Fault.SLOW, ("seconds",)),
    "LATE": _Kind(Fault.LATE, ("seconds",), ("then",)),
    "STATUS": _Kind(Fault.STATUS, ("status",), ("code", "retry_after", "acts")),
    "BODY": _Kind(Fault.BODY, ("body",), ("content_type", "status", "acts")),
    "REDIRECT": _Kind(Fault.REDIRECT, ("location",)),
}

_EVERY_TABLE = ("operation", "kind", "times")
_LONGEST = 1_000_000_000
_IN_A_HEADER = re.compile(r"[!-~]([ -~]*[!-~])?")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def _tables(path: "str | os.PathLike[str]") -> list[dict[str, Any]]:
    """The `[[fault]]` tables of a file."""
    try:
        # A byte order mark, which some editors write, is no TOML.
        found = tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidFaults(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidFaults(f"{path} is no TOML: {error}") from error
    unknown = sorted(found.keys() - {"fault"})
    if unknown:
        raise InvalidFaults(f"{path}: {unknown[0]!r} is unknown; the file holds [[fault]] tables")
    tables = found.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidFaults(f"{path}: 'fault' is not written as [[fault]] tables")
    return tables


def _plan(table: Mapping[str, Any]) -> tuple[str, Fault, float]:
    """What one table plans: for which operation, which fault, and how often."""
    for name in ("operation", "kind"):
        if name not in table:
            raise InvalidFaults(f"{name}: missing")
    operation = _one_of(_operation_ids(), "operation", table["operation"])
    kind = _one_of(_KINDS, "kind", table["kind"])
    needs, may_have = _KINDS[kind].needs, _KINDS[kind].may_have
    for name in table:
        if name not in (*_EVERY_TABLE, *needs, *may_have):
            known = ", ".join((*_EVERY_TABLE, *needs, *may_have))
            raise InvalidFaults(f"{name}: unknown; {kind} takes {known}")
    for name in needs:
        if name not in table:
            raise InvalidFaults(f"{name}: missing; {kind} needs it")
    given = {
        name: _READ[name](name, value) for name, value in table.items() if name not in _EVERY_TABLE
    }
    return operation, _KINDS[kind].make(**given), _times("times", table.get("times", 1))


def _operation_ids() -> Collection[str]:
    # The server imports this module, and knows the older operations as well.
    from mediaintel_async.simulator.server import OPERATIONS  # noqa: PLC0415

    return ["*", *sorted(each.operation_id for each in OPERATIONS)]


def _one_of(known: Collection[str], name: str, value: object) -> str:
    if not isinstance(value, str) or value not in known:
        raise InvalidFaults(f"{name}: {value!r} is none of {', '.join(known)}")
    return value


def _times(name: str, value: object) -> float:
    if value == "always":
        return math.inf
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidFaults(f'{name}: a whole number from 1 up or "always", not {value!r}')
    return value


def _seconds(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST:
        return value
    raise InvalidFaults(f"{name}: a number above 0, and up to {_LONGEST}, not {value!r}")


def _plain(name: str, value: object) -> Fault:
    return _KINDS[_one_of(_PLAIN, name, value)].make()


def _status(name: str, value: object) -> int:
    if not isinstance(value, int) or not 200 <= value <= 599:  # noqa: PLR2004 - final answers
        raise InvalidFaults(f"{name}: an HTTP status from 200 to 599, not {value!r}")
    return value


def _words(name: str, value: object) -> str:
    """A text that a header can carry; a number is one too."""
    is_word = isinstance(value, str | int) and not isinstance(value, bool)
    if not is_word or not _IN_A_HEADER.fullmatch(str(value)):
        raise InvalidFaults(f"{name}: a text in ASCII or a whole number, not {value!r}")
    return str(value)


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidFaults(f"{name}: true or false, not {value!r}")
    return value


def _bytes(name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise InvalidFaults(f"{name}: a text, not {value!r}")
    return value.encode()


def _media_type(name: str, value: object) -> str:
    if not isinstance(value, str) or not _MEDIA_TYPE.fullmatch(value):
        raise InvalidFaults(f"{name}: a type such as text/html, not {value!r}")
    return value


_READ: Mapping[str, Callable[[str, object], Any]] = {
    "seconds": _seconds,
    "then": _plain,
    "status": _status,
    "code": _words,
    "retry_after": _words,
    "acts": _yes_or_no,
    "body": _bytes,
    "content_type": _media_type,
    "location": _words,
}
"""How the value of each key is read."""
