"""The command line app: every command, in the order of --help."""

from importlib import metadata
from typing import Annotated

import typer

from mediaintel_async.cli.commands.assets import assets
from mediaintel_async.cli.commands.cancel import cancel
from mediaintel_async.cli.commands.demo import demo
from mediaintel_async.cli.commands.doctor import doctor
from mediaintel_async.cli.commands.index import index
from mediaintel_async.cli.commands.persons import persons
from mediaintel_async.cli.commands.projects import projects
from mediaintel_async.cli.commands.result import result
from mediaintel_async.cli.commands.resume import resume
from mediaintel_async.cli.commands.search import search
from mediaintel_async.cli.commands.simulate import simulate
from mediaintel_async.cli.commands.status import status
from mediaintel_async.cli.commands.summarize import summarize
from mediaintel_async.cli.commands.tags import tags
from mediaintel_async.cli.commands.watch import watch
from mediaintel_async.cli.commands.workspaces import workspaces

app: typer.Typer = typer.Typer(
    no_args_is_help=True,
    # Pretty tracebacks print local variables, and those of a signed call hold the keys.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(summarize)
app.command()(index)
app.command()(status)
app.command()(watch)
app.command()(cancel)
app.command()(result)
app.command()(resume)
app.command()(search)
app.add_typer(workspaces, name="workspaces")
app.add_typer(projects, name="projects")
app.add_typer(assets, name="assets")
app.add_typer(persons, name="persons")
app.add_typer(tags, name="tags")
app.command()(doctor)
app.command()(simulate)
app.command()(demo)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it
    if asked:
        print(f"mediaintel {metadata.version('mediaintel-async')}")
        raise typer.Exit


@app.callback()
def mediaintel(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Index and summarise videos and images with NAVER Cloud Media Intelligence."""
