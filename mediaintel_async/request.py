"""One call as a value: what to ask for and what comes back."""

import re
from collections.abc import Mapping
from typing import Any, Generic, Literal, Protocol, TypeVar
from urllib.parse import quote, urlencode

from attrs import Attribute, Factory, field, frozen

from mediaintel_async.errors import InvalidArgument

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

# What may stand in a path that is already percent-encoded (RFC 3986).
_ENCODED_PATH = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+", re.ASCII)
_DOTS = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)


def path(*parts: object) -> str:
    """Join *parts* to a path, each percent-encoded for itself.

    A part can never become two, or leave its place: a workspace called `a/b` stays one part.

    Raises:
        InvalidArgument: A part is empty, `.` or `..`, or no valid text.
    """
    return "".join(f"/{_encoded(str(part))}" for part in parts)


def _encoded(part: str) -> str:
    if part in ("", ".", ".."):
        raise InvalidArgument(f"a part of a path cannot be {part!r}")
    try:
        return quote(part, safe="")
    except UnicodeEncodeError as error:
        raise InvalidArgument("a part of a path is not valid Unicode text") from error


def _refuse_raw_path(_: object, __: "Attribute[str]", value: str) -> None:
    if not _ENCODED_PATH.fullmatch(value):
        raise InvalidArgument(
            f"path begins with / and is percent-encoded, which {value!r} is not;"
            " mediaintel_async.request.path() builds one"
        )
    if _DOTS.search(value):
        raise InvalidArgument(f"a part of a path cannot be . or .., as in {value!r}")


def _refuse_raw_query(_: object, __: "Attribute[Mapping[str, str]]", value: Any) -> None:
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise InvalidArgument(f"query holds text only, not {key!r}: {text!r}")


@frozen
class Request(Generic[T_co]):
    """What to ask for and what comes back; sending it is the transport's job.

    `returns` is the model of the answer's `result`; `dict` returns it undecoded, `NoneType`
    ignores it.
    """

    method: Method
    path: str = field(validator=_refuse_raw_path)
    """The whole path, from `/api/v1` on, percent-encoded as it goes over the wire."""

    returns: type[T_co]
    query: Mapping[str, str] = field(factory=dict, kw_only=True, validator=_refuse_raw_query)
    body: Mapping[str, Any] | None = field(default=None, kw_only=True)
    """Sent as JSON; None sends no body at all."""

    repeatable: bool = field(
        default=Factory(lambda self: self.method == "GET", takes_self=True), kw_only=True
    )
    """Whether sending it twice does no more than sending it once."""

    @property
    def operation(self) -> str:
        """What errors and logs call it."""
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        """Path and query as they stand on the request line."""
        if not self.query:
            return self.path
        return f"{self.path}?{urlencode(self.query, quote_via=quote, safe='')}"


class Send(Protocol):
    """What an endpoint needs of the transport: a request in, its answer out."""

    async def __call__(self, request: Request[T], /) -> T:
        """Send *request* and return its decoded answer."""
        ...
