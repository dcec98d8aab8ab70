"""What can go wrong between a request and its answer."""

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import ClassVar, Literal

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
