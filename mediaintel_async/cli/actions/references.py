"""Asset and project references: read from the command line, from a file, or out of a token."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from mediaintel_async import AssetRef, InvalidArgument, ProjectRef
from mediaintel_async.cli.output.printing import print_error
from mediaintel_async.jobs.token import decode_token

_LONGEST_SHOWN = 80


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn `InvalidArgument` of the library into a usage error of the command line."""
    try:
        yield
    except InvalidArgument as error:
        raise typer.BadParameter(str(error)) from error


def parse_asset(text: str) -> AssetRef:
    """Parse `workspace/project_id/asset_id`."""
    with usage_errors():
        return AssetRef.parse(text)


def parse_project(text: str) -> ProjectRef:
    """Parse `workspace/project_id`."""
    with usage_errors():
        return ProjectRef.parse(text)


def read_assets(texts: Iterable[str] | None, lines: Iterable[str] | None) -> list[AssetRef]:
    """Parse the references on the command line, then those in a file; each asset counts once.

    Raises:
        BadParameter: A reference is malformed, or neither references nor a file were given.
    """
    if not texts and lines is None:
        raise typer.BadParameter("expected workspace/project/asset, or a file with --from")
    found = dict.fromkeys(
        [*(parse_asset(text) for text in texts or ()), *_parse_lines(lines or ())]
    )
    if not found:
        print_error("The file contains no reference: nothing to do.")
    return list(found)


def _parse_lines(lines: Iterable[str]) -> Iterator[AssetRef]:
    try:
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield _parse_line(text, number)
    except UnicodeDecodeError as error:
        raise typer.BadParameter("the file given with --from is not UTF-8 text") from error


def _parse_line(text: str, number: int) -> AssetRef:
    try:
        return AssetRef.parse(_asset_in_json(text) if text.startswith("{") else text)
    except InvalidArgument as error:
        raise typer.BadParameter(
            f'line {number}: {error}, or a JSON line with an "asset", as --json prints it'
        ) from error


def _asset_in_json(line: str) -> str:
    """Return the `asset` of a JSON line; a line without one as it is, so that it is refused."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return _beginning(line)
    asset = fields.get("asset")
    return asset if isinstance(asset, str) else _beginning(line)


def _beginning(line: str) -> str:
    """Return as much of a line as an error can show; lines with scenes are long."""
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."


def asset_of_token(token: str) -> AssetRef:
    """Return the asset whose job *token* stands for.

    Raises:
        InvalidArgument: The token is damaged, or belongs to a job without an asset.
    """
    decoded = decode_token(token)
    if len(decoded.ids) < 2:  # noqa: PLR2004 - a project and an asset
        raise InvalidArgument("token is damaged: it does not name an asset")
    return AssetRef(decoded.workspace, decoded.ids[0], decoded.ids[1])
