"""`mediaintel tags`: the words that a workspace marks its persons with."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Workspace, Yes

tags: typer.Typer = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, create and delete person tags; `persons tag` puts them on a person.",
)


@tags.command("list")
def list_tags(
    workspace: Workspace,
    *,
    name: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List the person tags of a workspace."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import list_tags
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: list_tags(client, workspace, name, as_json=as_json))


@tags.command("create")
def create_tag(
    workspace: Workspace,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a person tag, and tell its id."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import create_tag
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: create_tag(client, workspace, name, as_json=as_json))


@tags.command("delete")
def delete_tag(
    workspace: Workspace,
    tag: Annotated[str, typer.Argument(metavar="TAG", help="The tag, by its id.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Delete a person tag. This cannot be undone."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import delete_tag
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.confirm import confirm

    confirm(f"Delete the tag {tag} of {workspace}", yes=yes)
    run(base_url, lambda client: delete_tag(client, workspace, tag, as_json=as_json))
