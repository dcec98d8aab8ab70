"""One fault: what goes wrong with one request."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from attrs import evolve, field, frozen

from mediaintel_async.public import public_in
from mediaintel_async.simulator.answers import (
    GATEWAY_ERRORS,
    USUAL_CODES,
    Answer,
    gateway_error,
    service_error,
)

View = Literal["now", "stale", "before", "accepted"]
"""What a status request shows: "now" is the truth, "stale" what was visible before the newest run
was started, "before" no run at all, and "accepted" shows the newest run as just accepted, if it is
in progress."""


@public_in("mediaintel_async.simulator")
class InvalidFaults(ValueError):
    """A fault, or a file of faults, is invalid; the message names the file, table and key."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Fault:
    """One thing that goes wrong with one request.

    A fault meets only requests with a valid signature, after they were recorded. Then, in this
    order: the service acts or does not, the answer is delayed, and the answer is dropped, replaced
    or changed.
    """

    acts: bool = True
    """Whether the service does what was asked; a start that it does is billed."""

    late_seconds: float = 0.0
    """How long a run that this request starts stays invisible, and blocks no other start."""

    view: View = "now"
    """What a status request shows: "now" the truth, "stale" the state before the newest run was
    started, "before" no run at all, "accepted" the newest run as just accepted, if it is in
    progress."""

    hidden: tuple[str, ...] = ()
    """Members left out of the answer's `result`."""

    shown: Mapping[str, Any] = field(factory=dict)
    """Members put into the answer's `result`; they replace members of the same name."""

    nested_levels: int = 0
    """Adds a member to the answer's `result` that is lists in lists, so many levels deep."""

    both_spellings: bool = False
    """Whether members that the service documents in two spellings come in both."""

    delay_seconds: float = 0.0
    """How long the answer is held back, headers included."""

    refuses_seconds: float = 0.0
    """How long the port stays closed from now on; every open connection is dropped."""

    drops: bool = False
    """Whether the connection is closed before the first byte of the answer."""

    answer: Answer | None = None
    """The answer that replaces the true one; None: the true answer is sent."""

    content_type: str | None = None
    """The Content-Type header that replaces the true one; None: the true one is sent."""

    body_seconds: float = 0.0
    """How long the body takes after the headers; `math.inf`: it never ends."""

    blanks: int = 0
    """How many blanks follow the body."""

    cuts: bool = False
    """Whether the connection is closed in the middle of the body."""

    DROP_BEFORE: ClassVar["Fault"]
    """The service does nothing, and the connection is dropped."""

    DROP_AFTER: ClassVar["Fault"]
    """The service does what was asked, and the connection is dropped."""

    GATEWAY_TIMEOUT_BEFORE: ClassVar["Fault"]
    """The service does nothing; the answer is 504, gateway code 510."""

    GATEWAY_TIMEOUT_AFTER: ClassVar["Fault"]
    """The service does what was asked; the answer is 504, gateway code 510."""

    CONFLICT: ClassVar["Fault"]
    """The service does nothing and answers 409."""

    STALE: ClassVar["Fault"]
    """A status request shows what was visible before the newest run was started."""

    BEFORE: ClassVar["Fault"]
    """A status request says that no run was ever requested."""

    NO_TIME: ClassVar["Fault"]
    """The answer lacks `requestedTime`."""

    HTML: ClassVar["Fault"]
    """The service does nothing; the answer is the HTML page of a proxy, with status 502."""

    NOT_JSON: ClassVar["Fault"]
    """The service does what was asked; the answer is 200 with half a JSON body."""

    CUT: ClassVar["Fault"]
    """The service does what was asked; the connection is closed in the middle of the body."""

    ENDLESS: ClassVar["Fault"]
    """The service does what was asked; the body of the answer never ends."""

    BACKWARDS: ClassVar["Fault"]
    """A status request shows the run in progress as if it had just been accepted."""

    BOTH_SPELLINGS: ClassVar["Fault"]
    """Members that the service documents in two spellings come in both."""

    WRONG_TYPE: ClassVar["Fault"]
    """The true answer, with Content-Type text/html."""

    @staticmethod
    def SLOW(seconds: float) -> "Fault":  # noqa: N802 - named like the constants beside it
        """The service acts at once and answers after *seconds* of the simulator's clock."""
        return Fault(delay_seconds=seconds)

    @staticmethod
    def SLOW_BODY(seconds: float) -> "Fault":  # noqa: N802 - as above
        """The service acts and sends headers at once; the body comes in pieces over *seconds*."""
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
        """The true answer with one more member, which is lists in lists, *levels* deep."""
        return Fault(nested_levels=levels)

    @staticmethod
    def MISSING(names: Iterable[str]) -> "Fault":  # noqa: N802 - as above
        """The true answer without the members of `result` that have these *names*."""
        return Fault(hidden=tuple(names))

    @staticmethod
    def SHOWN(members: Mapping[str, Any]) -> "Fault":  # noqa: N802 - as above
        """The true answer with *members* put into `result`; they replace those of the same name."""
        return Fault(shown=members)

    @staticmethod
    def LATE(seconds: float, then: "Fault | None" = None) -> "Fault":  # noqa: N802 - as above
        """A start is accepted and billed, but the run joins the queue only after *seconds*.

        Until then no status shows the run, and it blocks no other start.

        Args:
            seconds: By the simulator's clock.
            then: A fault that happens as well, such as `Fault.DROP_AFTER`; None: the answer
                is a normal one.
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
        """An error answer with that HTTP status and a matching body.

        Args:
            status: The HTTP status.
            code: A gateway error code that belongs to *status* makes the error the gateway's; any
                other code makes it the service's. None: the gateway's usual code for the status,
                if there is one.
            retry_after: The text of the `Retry-After` header; None: no such header.
            retry_after_date: Sends `Retry-After` as a date, so many seconds after the answer's own
                `Date`; None: no date.
            acts: Whether the service does what was asked all the same.
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
        """An answer of your own.

        Args:
            body: The bytes of the body.
            content_type: The Content-Type header.
            status: The HTTP status.
            acts: Whether the service does what was asked all the same.
        """
        answer = Answer(status=status, body=body, content_type=content_type)
        return Fault(acts=acts, answer=answer)

    @staticmethod
    def REDIRECT(location: str) -> "Fault":  # noqa: N802 - as above
        """The service does nothing; the answer is a 302 to *location*."""
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
