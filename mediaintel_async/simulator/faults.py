"""What can go wrong between a request and its answer."""

import math
import os
import random
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Literal, Self

import orjson
from attrs import define, evolve, field, frozen

from mediaintel_async.public import public_in

View = Literal["now", "stale", "before", "accepted"]

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
    retry_at_seconds: float | None = None
    """How far ahead the date in `Retry-After` is; None: no such date."""


def gateway_error(code: str, details: str = "") -> Answer:
    """The gateway's refusal with that error code."""
    status, message = GATEWAY_ERRORS[code]
    error = {"errorCode": code, "message": message, "details": details}
    return Answer(status=status, body=orjson.dumps({"error": error}))


def service_error(status: int, code: str, message: str) -> Answer:
    """The service's own refusal."""
    return Answer(status=status, body=orjson.dumps({"code": code, "message": message}))


@public_in("mediaintel_async.simulator")
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

    view: View = "now"
    """What a status look shows: the truth, the state before the newest run, no run at all, or the
    newest run, if it is going, as if it had just been accepted."""

    hidden: tuple[str, ...] = ()
    """Members left out of the answer's `result`."""

    shown: Mapping[str, Any] = field(factory=dict)
    """Members put into the answer's `result`, over those that are there."""

    nested_levels: int = 0
    """How deep a further member of the answer's `result` is nested."""

    both_spellings: bool = False
    """Whether members that the pages spell in two ways come in both."""

    delay_seconds: float = 0.0
    """How long the answer is held back, headers and all."""

    refuses_seconds: float = 0.0
    """How long the port is closed from now on; every open connection is dropped."""

    drops: bool = False
    """Whether the connection is closed before any byte of an answer."""

    answer: Answer | None = None
    """What is answered instead of the truth; None: the truth."""

    content_type: str | None = None
    """What the answer's header says instead of the truth; None: the truth."""

    body_seconds: float = 0.0
    """How long the body takes after the headers; `math.inf`: it never ends."""

    blanks: int = 0
    """How many blanks follow the body."""

    cuts: bool = False
    """Whether the connection is closed in the middle of the body."""

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

    CUT: ClassVar["Fault"]
    """It was done, and the connection is closed in the middle of the answer's body."""

    ENDLESS: ClassVar["Fault"]
    """It was done, and the body of the answer drips on for ever."""

    BACKWARDS: ClassVar["Fault"]
    """A status look shows the run that is going as if it had only just been accepted."""

    BOTH_SPELLINGS: ClassVar["Fault"]
    """Members that the pages spell in two ways come in both."""

    WRONG_TYPE: ClassVar["Fault"]
    """The true answer, called text/html."""

    @staticmethod
    def SLOW(seconds: float) -> "Fault":  # noqa: N802 - named like the constants beside it
        """It is done at once, and answered after *seconds* of the simulator's clock."""
        return Fault(delay_seconds=seconds)

    @staticmethod
    def SLOW_BODY(seconds: float) -> "Fault":  # noqa: N802 - as above
        """It is done and its headers come at once, and the body piece by piece within *seconds*."""
        return Fault(body_seconds=seconds)

    @staticmethod
    def REFUSED(seconds: float) -> "Fault":  # noqa: N802 - as above
        """Nothing is done, all connections are dropped, and new ones refused for *seconds*."""
        return Fault(acts=False, drops=True, refuses_seconds=seconds)

    @staticmethod
    def HUGE(blanks: int) -> "Fault":  # noqa: N802 - as above
        """The true answer, followed by that many *blanks*, which JSON allows."""
        return Fault(blanks=blanks)

    @staticmethod
    def NESTED(levels: int) -> "Fault":  # noqa: N802 - as above
        """The true answer, with a further member that is lists in lists, *levels* deep."""
        return Fault(nested_levels=levels)

    @staticmethod
    def MISSING(names: Iterable[str]) -> "Fault":  # noqa: N802 - as above
        """The true answer without the members of `result` that have these *names*."""
        return Fault(hidden=tuple(names))

    @staticmethod
    def SHOWN(members: Mapping[str, Any]) -> "Fault":  # noqa: N802 - as above
        """The true answer with these *members* in its `result`, over those that are there."""
        return Fault(shown=members)

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
        status: int,
        code: str | None = None,
        *,
        retry_after: str | None = None,
        retry_after_date: float | None = None,
        acts: bool = False,
    ) -> "Fault":
        """An error with that HTTP status and a body that fits it.

        Args:
            status: The HTTP status.
            code: A code of the gateway makes it the gateway's refusal, any other the service's.
                None: the gateway's usual code for the status, where it has one.
            retry_after: The `Retry-After` header, as it is; None: no such header.
            retry_after_date: The same header as a date, so many seconds from the answer on.
            acts: Whether it was done all the same.
        """
        code = code or USUAL_CODES.get(status, str(status))
        if GATEWAY_ERRORS.get(code, (None,))[0] == status:
            answer = gateway_error(code)
        else:
            answer = service_error(status, code, "Refused by the simulator.")
        if retry_after is not None:
            answer = evolve(answer, headers={"Retry-After": retry_after})
        if retry_after_date is not None:
            answer = evolve(answer, retry_at_seconds=retry_after_date)
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
Fault.CUT = Fault(cuts=True)
Fault.ENDLESS = Fault(body_seconds=math.inf)
Fault.BACKWARDS = Fault(view="accepted")
Fault.BOTH_SPELLINGS = Fault(both_spellings=True)
Fault.WRONG_TYPE = Fault(content_type="text/html")

NONE = Fault()
"""Nothing goes wrong."""


@define(eq=False)
class _Planned:
    fault: Fault
    times: float
    probability: float


@public_in("mediaintel_async.simulator")
@define(eq=False)
class Faults:
    """What is to go wrong, for each operation, first in first out."""

    seed: int = 0
    """Decides which requests meet the faults that have a probability: for the same seed, of each
    operation the same ones."""

    _planned: dict[str, list[_Planned]] = field(factory=dict, init=False)
    _dice: dict[str, random.Random] = field(factory=dict, init=False)

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a TOML file of `[[fault]]` tables, which are planned in their order.

        Each has `operation` and `kind`, the name of a fault; `times`, 1 unless it is there, and
        for ever if it is "always"; `probability`, 1 unless it is there; and what else its kind
        takes: `seconds`, `then`, `status`, `code`, `retry_after`, `retry_after_date`, `acts`,
        `body`, `content_type`, `location`, `blanks`, `levels`, `names`, `members`. Above the
        tables `seed` may stand.

        Raises:
            InvalidFaults: It cannot be read, or makes no sense; names file, table and key.
        """
        # That module makes faults, so it imports this one.
        from mediaintel_async.simulator.fault_file import read  # noqa: PLC0415 - it imports this module

        seed, planned = read(path)
        faults = cls(seed)
        for each in planned:
            faults.add(*each)
        return faults

    def add(self, operation: str, fault: Fault, times: float = 1, probability: float = 1.0) -> None:
        """Let the next requests of an operation meet a fault.

        Args:
            operation: An operation id; "*" is for every request that has no fault of its own.
            fault: What goes wrong.
            times: For how many requests; `math.inf`: until `clear()`.
            probability: Above 0, up to 1; a request that it spares may meet the next in line.

        Raises:
            InvalidFaults: There is no such operation, or no such *probability*.
        """
        check_operation(operation)
        if not 0 < probability <= 1:
            raise InvalidFaults(f"probability: above 0 and up to 1, not {probability!r}")
        self._planned.setdefault(operation, []).append(_Planned(fault, times, probability))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._planned.clear()

    def take(self, operation: str) -> Fault:
        """Use up and return the fault that the next request of *operation* meets."""
        for key in (operation, "*"):
            for planned in self._planned.get(key, ()):
                if not self._hits(operation, planned.probability):
                    continue
                planned.times -= 1
                if planned.times <= 0:
                    self._planned[key].remove(planned)
                return planned.fault
        return NONE

    def _hits(self, operation: str, probability: float) -> bool:
        if probability >= 1:
            return True
        # Each operation has dice of its own: what others are asked for changes nothing for it.
        dice = self._dice.get(operation)
        if dice is None:
            dice = random.Random(f"{self.seed} {operation}")  # noqa: S311 - not a secret
            self._dice[operation] = dice
        return dice.random() < probability


@public_in("mediaintel_async.simulator")
class InvalidFaults(ValueError):
    """Faults that make no sense, or a file of them that cannot be read; says where."""


def check_operation(operation: object) -> str:
    """Return *operation* if it is an operation id or "*".

    Raises:
        InvalidFaults: It is something else; names what comes near it.
    """
    # The server imports this module, and knows the older operations as well.
    from mediaintel_async.simulator.server import OPERATIONS  # noqa: PLC0415 - it imports this module

    known = ["*", *sorted(each.operation_id for each in OPERATIONS)]
    if isinstance(operation, str) and operation in known:
        return operation
    near = get_close_matches(str(operation), known, n=3)
    if near:
        raise InvalidFaults(f"operation: {operation!r} is unknown; near it: {', '.join(near)}")
    raise InvalidFaults(f"operation: {operation!r} is none of {', '.join(known)}")
