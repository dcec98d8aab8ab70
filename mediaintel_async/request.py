"""One call as a value: what to ask for and what comes back."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, Literal, Protocol, TypeVar, get_args
from urllib.parse import quote, urlencode

from attrs import Factory, field, frozen

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.public import public
from mediaintel_async.refs import Id, as_id

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Lane = Literal["search"]

# What may stand in a path that is already percent-encoded (RFC 3986).
_ENCODED_PATH = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+", re.ASCII)
_DOTS = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)


class EncodedPath(str):
    """A path that `path()` built, or one that was made of such: there is nothing to check."""

    __slots__ = ()


def path(*parts: Id) -> EncodedPath:
    """Join *parts* to a path, each percent-encoded for itself.

    A part can never become two, or leave its place: a workspace called `a/b` stays one part.

    Raises:
        InvalidArgument: A part is neither text nor a number from 0 up, or is empty, `.` or
            `..`, or no valid Unicode.
    """
    return EncodedPath("".join([f"/{_encoded(part)}" for part in parts]))


def _encoded(part: Id) -> str:
    if type(part) is str:
        return _quoted(part)
    checked = as_id(part, "a part of a path")
    return str(checked) if type(checked) is int else _quoted(str(checked))


@lru_cache(maxsize=1024)  # of a path, all but the numbers is the same from call to call
def _quoted(part: str) -> str:
    try:
        return quote(str(as_id(part, "a part of a path")), safe="")
    except UnicodeEncodeError as error:
        raise InvalidArgument("a part of a path is not valid Unicode") from error


_METHODS = get_args(Method)


_LANES = (None, *get_args(Lane))
_NOTHING: Mapping[str, str] = MappingProxyType({})


def _refuse_raw_path(value: Any) -> None:
    if not isinstance(value, str) or not _ENCODED_PATH.fullmatch(value):
        raise InvalidArgument(
            f"path begins with / and is percent-encoded, which {value!r} is not;"
            " mediaintel_async.request.path() builds one"
        )
    if _DOTS.search(value):
        raise InvalidArgument(f"a part of a path cannot be . or .., as in {value!r}")


def _refuse_raw_query(value: Any) -> None:
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"query is a mapping of names to texts, not {value!r}")
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise InvalidArgument(f"query holds text only, not {key!r}: {text!r}")
        if not _is_unicode(key) or not _is_unicode(text):
            raise InvalidArgument(f"query holds valid Unicode only, not {key!r}: {text!r}")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


@public
@frozen
class Request(Generic[T_co]):
    """What to ask for and what comes back; sending it is the transport's job.

    `returns` is the model of the answer's `result`; `dict` returns it undecoded, `NoneType`
    ignores it.
    """

    method: Method
    path: str
    """The whole path, from `/api/v1` on, percent-encoded as it goes over the wire."""

    returns: type[T_co]
    query: Mapping[str, str] = field(default=_NOTHING, kw_only=True)
    body: Mapping[str, Any] | None = field(default=None, kw_only=True)
    """Sent as JSON; None sends no body at all."""

    repeatable: bool = field(
        default=Factory(lambda self: self.method == "GET", takes_self=True), kw_only=True
    )
    """Whether sending it twice does no more than sending it once."""

    lane: Lane | None = field(default=None, kw_only=True)
    """Calls of one lane share a limit of their own, beside that of the client."""

    def __attrs_post_init__(self) -> None:
        if self.method not in _METHODS:
            raise InvalidArgument(f"method is one of {', '.join(_METHODS)}, not {self.method!r}")
        if type(self.path) is not EncodedPath:
            _refuse_raw_path(self.path)
        if self.query is not _NOTHING:
            _refuse_raw_query(self.query)
        if self.body is not None and not isinstance(self.body, Mapping):
            raise InvalidArgument(f"body is a mapping or None, not {self.body!r}")
        if self.lane not in _LANES:
            raise InvalidArgument(
                f"lane is {' or '.join(get_args(Lane))} or None, not {self.lane!r}"
            )

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
