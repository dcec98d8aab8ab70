"""Access key and secret key: where they come from. They are never printed."""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, TypeAlias

from attrs import Attribute, field, frozen

from mediaintel_async.errors import ConfigurationError

ACCESS_KEY_NAMES = ("NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY")
SECRET_KEY_NAMES = ("NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY")


def _key(_: object, attribute: "Attribute[str]", value: object) -> None:
    # The value itself stays out of the message: it may be half of a secret. Spaces and line
    # breaks are refused because they would end a header early.
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ConfigurationError(f"{attribute.name} is printable ASCII text; what was given is not")
    if not value or " " in value:
        raise ConfigurationError(f"{attribute.name} is empty, or has a space in it")


@frozen(repr=False)
class Credentials:
    """A key pair of a main account or sub account."""

    access_key: str = field(validator=_key)
    secret_key: str = field(validator=_key)

    def __repr__(self) -> str:
        return "Credentials(<hidden>)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials are neither pickled nor copied: who reads that is unknown")


CredentialsProvider: TypeAlias = Callable[[], Awaitable[Credentials]]
"""Any async callable that returns the keys to sign the next request with."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Credentials:
    """Return the keys that the environment names; the first name that is set wins.

    Raises:
        ConfigurationError: One or both halves are missing; names what was looked for.
    """
    access_key = _first(environment, ACCESS_KEY_NAMES)
    secret_key = _first(environment, SECRET_KEY_NAMES)
    missing = [
        " or ".join(names)
        for value, names in ((access_key, ACCESS_KEY_NAMES), (secret_key, SECRET_KEY_NAMES))
        if not value
    ]
    if missing:
        raise ConfigurationError(
            "no credentials: pass Credentials(access_key, secret_key),"
            f" or set in the environment {' and '.join(missing)}"
        )
    return Credentials(access_key, secret_key)


def provider_of(credentials: Credentials | CredentialsProvider | None) -> CredentialsProvider:
    """Return the async callable that the signer asks for keys.

    Raises:
        ConfigurationError: None were given and the environment has none.
    """
    if credentials is None:
        credentials = from_environment()
    if not isinstance(credentials, Credentials):
        if callable(credentials):
            return credentials
        kind = type(credentials).__name__
        raise ConfigurationError(f"credentials are Credentials or an async callable, not {kind}")
    constant = credentials

    async def provide() -> Credentials:
        return constant

    return provide


def _first(environment: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")
