"""Access key and secret key, and where they are looked for. They are never printed."""

import asyncio
import contextvars
import hmac
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NoReturn, TypeAlias

from attrs import field, frozen

from mediaintel_async.clock import Clock, SystemClock
from mediaintel_async.errors import ConfigurationError, NotSent
from mediaintel_async.http.hidden_frames import hides_frames
from mediaintel_async.http.server_role import ServerRole, endpoint_of
from mediaintel_async.public import public

ACCESS_KEY_NAMES = ("NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY")
SECRET_KEY_NAMES = ("NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY")
PROFILE_NAME = "NCLOUD_PROFILE"
DEFAULT_PROFILE = "DEFAULT"

_HOME_NAME = "USERPROFILE" if os.name == "nt" else "HOME"
_FILE_KEY_NAMES = ("ncloud_access_key_id", "ncloud_secret_access_key")


def _check_key(name: str, value: object) -> None:
    # The message does not quote the value, which may be part of a secret. Spaces and line breaks
    # are refused because they would end a header early.
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ConfigurationError(
            f"{name} is not printable ASCII text; expected a key as the console shows it"
        )
    if not value or " " in value:
        raise ConfigurationError(
            f"{name} is empty, or has a space in it; expected a key without spaces"
        )


@public
@frozen(repr=False, init=False)
class Credentials:
    """A key pair of a main account or sub account. It is neither printed, pickled nor copied.

    Raises:
        ConfigurationError: A key is empty, or is not printable ASCII text without spaces.
    """

    # repr=False for each, too: rich reads the fields of attrs classes, and not __repr__.
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    _keyed: hmac.HMAC = field(init=False, eq=False, repr=False)

    @hides_frames
    def __init__(self, access_key: str, secret_key: str) -> None:
        _check_key("access_key", access_key)
        _check_key("secret_key", secret_key)
        object.__setattr__(self, "access_key", access_key)
        object.__setattr__(self, "secret_key", secret_key)
        # Made once: setting up the key takes OpenSSL longer than a signature with it.
        object.__setattr__(self, "_keyed", hmac.new(secret_key.encode(), digestmod="sha256"))

    def new_mac(self) -> hmac.HMAC:
        """Return a new HMAC-SHA256 with the secret key."""
        return self._keyed.copy()

    @staticmethod
    def from_file(
        *, profile: str | None = None, path: "str | os.PathLike[str] | None" = None
    ) -> "Credentials":
        """Return the keys of one profile of the vendor's configuration file.

        Args:
            profile: The name of the profile; None: what `NCLOUD_PROFILE` of the environment names,
                else DEFAULT.
            path: The file; None: `.ncloud/configure` in the home folder.

        Raises:
            ConfigurationError: The file, the profile or one of the keys is missing; says which.
        """
        file = _default_path(os.environ) if path is None else Path(path)
        found = _look_into(file, profile or os.environ.get(PROFILE_NAME) or DEFAULT_PROFILE)
        if isinstance(found, str):
            raise ConfigurationError(f"no credentials in {found}")
        return found

    def __repr__(self) -> str:
        return "Credentials(<hidden>)"

    def __dir__(self) -> list[str]:
        # rich.inspect() and debuggers print the value of each name that dir() lists.
        return [name for name in object.__dir__(self) if not name.endswith("_key")]

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials are neither pickled nor copied: the keys would be readable")


CredentialsProvider: TypeAlias = Callable[[], Awaitable[Credentials]]
"""Any async callable that returns the keys to sign the next request with.

The requests of all callers of a client use it, so that it is awaited in a task of its own, with an
empty `contextvars` context: it sees no request's tenant, id or span, and whatever it keeps, such as
a connection, belongs to none of them.
"""


@frozen(repr=False)
class Source:
    """A place that has keys."""

    place: str
    """The name of the place, without any key."""

    provide: CredentialsProvider


def provider_of(
    credentials: Credentials | CredentialsProvider | None,
    clock: Clock = SystemClock(),  # noqa: B008 - frozen
) -> CredentialsProvider:
    """Return the async callable that the signer asks for keys.

    Raises:
        ConfigurationError: *credentials* are of another type, or are None and `source_of()` raised.
    """
    if credentials is None:
        return source_of(os.environ, clock).provide
    if isinstance(credentials, Credentials):
        return _always(credentials)
    if callable(credentials):
        return _without_context(credentials)
    kind = type(credentials).__name__
    raise ConfigurationError(f"credentials are {kind}; expected Credentials or an async callable")


@hides_frames
def source_of(environment: Mapping[str, str], clock: Clock) -> Source:
    """Return the first of environment, file and server role that has keys.

    Whether the server role has keys is known when its callable is awaited. If it has none, the
    error of the callable names all the places that were tried.

    Raises:
        ConfigurationError: A place has half a key pair or keys that cannot be sent, the file cannot
            be read, or it lacks the profile that `NCLOUD_PROFILE` names.
    """
    keys = from_environment(environment)
    if keys is not None:
        names = (
            _first_set(environment, ACCESS_KEY_NAMES),
            _first_set(environment, SECRET_KEY_NAMES),
        )
        return Source(f"{' and '.join(names)}, set", _always(keys))
    path, profile = _default_path(environment), environment.get(PROFILE_NAME)
    found = _look_into(path, profile or DEFAULT_PROFILE)
    if isinstance(found, Credentials):
        return Source(_profile_of(path, profile or DEFAULT_PROFILE), _always(found))
    if profile:
        # The profile was chosen explicitly: do not fall back.
        raise ConfigurationError(f"no credentials in {found}; {PROFILE_NAME} chose the profile")
    role = ServerRole(endpoint_of(environment), Credentials, clock)
    return Source(f"the server role, by {role.endpoint}", _of_role(role, looked_into=found))


@hides_frames
def from_environment(environment: Mapping[str, str] = os.environ) -> Credentials | None:
    """Return the keys that the environment names, if any; the first name that is set counts.

    Raises:
        ConfigurationError: One of the two keys is missing; names the variables that may hold it.
    """
    halves = (ACCESS_KEY_NAMES, SECRET_KEY_NAMES)
    names = [_first_set(environment, half) for half in halves]
    if not any(names):
        return None
    missing = [" or ".join(half) for name, half in zip(names, halves, strict=True) if not name]
    if missing:
        raise ConfigurationError(
            f"half of the credentials is missing: {''.join(names)} is set;"
            f" set in the environment also {''.join(missing)}"
        )
    access_key, secret_key = (environment[name] for name in names)
    return Credentials(access_key, secret_key)


def _first_set(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((name for name in names if environment.get(name)), "")


def _always(credentials: Credentials) -> CredentialsProvider:
    async def provide() -> Credentials:
        return credentials

    return provide


def _without_context(provider: CredentialsProvider) -> CredentialsProvider:
    """Return a callable that awaits *provider* in an empty context."""

    async def ask() -> Credentials:
        return await provider()

    async def provide() -> Credentials:
        return await asyncio.create_task(ask(), context=contextvars.Context())

    return provide


def _of_role(role: ServerRole[Credentials], *, looked_into: str) -> CredentialsProvider:
    """Return the callable that asks *role*; *looked_into* says why the file had no keys."""

    async def provide() -> Credentials:
        try:
            return await role()
        except NotSent as error:
            failed = error
        # Both are raised outside except: NotSent must not be the __context__ of the other error.
        if role.had_keys:
            raise failed
        access_names, secret_names = " or ".join(ACCESS_KEY_NAMES), " or ".join(SECRET_KEY_NAMES)
        raise ConfigurationError(
            "no credentials. Looked at, in this order: the arguments: none given;"
            f" the environment: neither {access_names} nor {secret_names} is set;"
            f" {looked_into}; server role: {failed.reason}."
            " Pass Credentials(access_key, secret_key), or set in the environment"
            f" {ACCESS_KEY_NAMES[0]} and {SECRET_KEY_NAMES[0]}, or write"
            f" {' and '.join(_FILE_KEY_NAMES)} into ~/.ncloud/configure, or give this server a role"
        )

    return provide


def _default_path(environment: Mapping[str, str]) -> Path:
    # Without HOME, a path that cannot exist, not a folder named `~`.
    return Path(environment.get(_HOME_NAME) or f"${_HOME_NAME}", ".ncloud", "configure")


@hides_frames
def _look_into(path: Path, profile: str) -> Credentials | str:
    """Return the keys of *profile*, or text that says why *path* has none.

    Raises:
        ConfigurationError: The file cannot be read, or one of the two keys is missing.
    """
    text = _read(path)
    if text is None:
        return f"{path}: no such file"
    profiles = _profiles_in(text)
    settings = profiles.get(_profile(profile), {})
    missing = [name for name in _FILE_KEY_NAMES if not settings.get(name)]
    if len(missing) == len(_FILE_KEY_NAMES):
        others = ", ".join(profiles) or "none"
        return f"{_profile_of(path, profile)}: no keys (profiles there: {others})"
    if missing:
        raise ConfigurationError(f"{_profile_of(path, profile)} lacks {missing[0]}")
    try:
        return Credentials(*(settings[name] for name in _FILE_KEY_NAMES))
    except ConfigurationError as error:
        raise ConfigurationError(f"{_profile_of(path, profile)}: {error}") from error


def _read(path: Path) -> str | None:
    try:
        # utf-8-sig: some editors begin a file with a byte order mark.
        return path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    # Raised outside except: __context__, a decoding error, would carry the whole file.
    raise ConfigurationError(f"{path} cannot be read: {reason}")


def _profiles_in(text: str) -> dict[str, dict[str, str]]:
    """Return the settings of each profile; lines before any header belong to DEFAULT."""
    profiles: dict[str, dict[str, str]] = {}
    profile = DEFAULT_PROFILE
    for line in map(str.strip, text.split("\n")):
        if line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            profile = _profile(line[1:-1].strip())
            continue
        # Split at the first "=": a secret may end in "=", as base64 does.
        name, equals, value = line.partition("=")
        if equals:
            profiles.setdefault(profile, {})[name.strip()] = value.strip()
    return profiles


def _profile(name: str) -> str:
    return DEFAULT_PROFILE if name.upper() == DEFAULT_PROFILE else name


def _profile_of(path: Path, profile: str) -> str:
    return f"profile {_profile(profile)} of {path}"
