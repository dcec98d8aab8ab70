"""One API call as a value: method, path, query, body, and the model of the answer."""

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

# A path of at least one part, percent-encoded as RFC 3986 says.
_ENCODED_PATH = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+", re.ASCII)
_DOTS = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)


class EncodedPath(str):
    """A path that `path()` built, or a join of such paths: `Request` need not check it again."""

    __slots__ = ()


def path(*parts: Id) -> EncodedPath:
    """Join *parts* to a path, and percent-encode each part.

    A part never becomes two parts, and never moves within the path: a workspace called `a/b`
    stays one part.

    Raises:
        InvalidArgument: A part is neither a whole number from 0 up nor text, or the text is
            empty, `.`, `..` or not valid Unicode.
    """
    return EncodedPath("".join([f"/{_encoded(part)}" for part in parts]))


def _encoded(part: Id) -> str:
    if type(part) is str:
        return _quoted(part)
    checked = as_id(part, "a part of a path")
    return str(checked) if type(checked) is int else _quoted(str(checked))


@lru_cache(maxsize=1024)  # most calls of a client differ only in the numbers of their paths
def _quoted(part: str) -> str:
    try:
        return quote(str(as_id(part, "a part of a path")), safe="")
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"a part of a path is {part!r}; expected valid Unicode") from error


_METHODS = get_args(Method)
_LANES = (None, *get_args(Lane))
_NO_QUERY: Mapping[str, str] = MappingProxyType({})


def _check_path(value: Any) -> None:
    if not isinstance(value, str) or not _ENCODED_PATH.fullmatch(value):
        raise InvalidArgument(
            f"path is {value!r}; expected a percent-encoded path that begins with /:"
            " mediaintel_async.request.path() builds one"
        )
    if _DOTS.search(value):
        raise InvalidArgument(f"path is {value!r}; expected a path without the parts . and ..")


def _check_query(value: Any) -> None:
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"query is {value!r}; expected a mapping of names to texts")
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise InvalidArgument(f"query has {key!r}: {text!r}; expected texts only")
        if not _is_unicode(key) or not _is_unicode(text):
            raise InvalidArgument(f"query has {key!r}: {text!r}; expected valid Unicode only")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


@public
@frozen
class Request(Generic[T_co]):
    """One call of the API, for `client.send()`.

    `returns` is the model that the answer's `result` is decoded to: an attrs class, `dict` for
    the undecoded `result`, or `NoneType` to ignore it.

    Raises:
        InvalidArgument: A value is of another type, or *path* is not percent-encoded.
    """

    method: Method
    path: str
    """The whole path, from `/api/v1` on, percent-encoded as it is sent."""

    returns: type[T_co]
    query: Mapping[str, str] = field(default=_NO_QUERY, kw_only=True)
    """Not percent-encoded yet."""

    body: Mapping[str, Any] | None = field(default=None, kw_only=True)
    """Sent as JSON. None: no body is sent."""

    repeatable: bool = field(
        default=Factory(lambda self: self.method == "GET", takes_self=True), kw_only=True
    )
    """Whether sending the request twice has the same effect as sending it once, so that the
    client may retry it. By default True for a GET only."""

    lane: Lane | None = field(default=None, kw_only=True)
    """`search` for a call that counts against `RateLimit.searches_per_minute`, too. None: the call
    counts against the client's general limits alone."""

    small_answer: bool = field(default=False, kw_only=True)
    """Whether the answer is a status or a receipt, of which at most 1 MiB is read, instead of a
    listing or contents, of which at most 64 MiB is read. A larger answer is an `InvalidAnswer`."""

    def __attrs_post_init__(self) -> None:
        if self.method not in _METHODS:
            raise InvalidArgument(
                f"method is {self.method!r}; expected one of {', '.join(_METHODS)}"
            )
        if type(self.path) is not EncodedPath:
            _check_path(self.path)
        if self.query is not _NO_QUERY:
            _check_query(self.query)
        if self.body is not None and not isinstance(self.body, Mapping):
            raise InvalidArgument(f"body is {self.body!r}; expected a mapping or None")
        if self.lane not in _LANES:
            raise InvalidArgument(
                f"lane is {self.lane!r}; expected {' or '.join(get_args(Lane))} or None"
            )

    @property
    def operation(self) -> str:
        """The name of the call in errors and logs: method and path, without the query."""
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        """Path and query as the request line has them, percent-encoded."""
        if not self.query:
            return self.path
        return f"{self.path}?{urlencode(self.query, quote_via=quote, safe='')}"


class Send(Protocol):
    """The part of the transport that an endpoint needs."""

    async def __call__(self, request: Request[T], /) -> T:
        """Send *request*, and return its decoded answer."""
        ...
