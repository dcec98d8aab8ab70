"""Which assets a command line means."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from mediaintel_async import AssetRef, InvalidArgument, ProjectRef
from mediaintel_async.cli.output.printing import tell


@contextmanager
def usage() -> Iterator[None]:
    """Refuse a command line with what the library refuses an argument with."""
    try:
        yield
    except InvalidArgument as error:
        raise typer.BadParameter(str(error)) from error


def asset_of(text: str) -> AssetRef:
    """Read one reference."""
    with usage():
        return AssetRef.parse(text)


def project_of(text: str) -> ProjectRef:
    """Read the reference of a project."""
    with usage():
        return ProjectRef.parse(text)


def assets_of(texts: Iterable[str] | None, lines: Iterable[str] | None) -> list[AssetRef]:
    """Read references, from the command line first, each once.

    Raises:
        BadParameter: One of them makes no sense, or there is neither a reference nor a file.
    """
    if not texts and lines is None:
        raise typer.BadParameter("name assets as workspace/project/asset, or a file with --from")
    found = dict.fromkeys([*(asset_of(text) for text in texts or ()), *_assets_in(lines or ())])
    if not found:
        tell("The file names no asset: nothing to do.")
    return list(found)


def _assets_in(lines: Iterable[str]) -> Iterator[AssetRef]:
    try:
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield _asset_in_line(text, number)
    except UnicodeDecodeError as error:
        raise typer.BadParameter("the file given with --from is no UTF-8 text") from error


def _asset_in_line(text: str, number: int) -> AssetRef:
    try:
        return AssetRef.parse(text)
    except InvalidArgument as error:
        raise typer.BadParameter(f"line {number}: {error}") from error
