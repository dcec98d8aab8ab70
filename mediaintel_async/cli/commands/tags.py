"""`mediaintel tags`: the arguments of its commands."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Workspace, Yes

tags: typer.Typer = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, create and delete person tags; `persons tag` adds them to a person.",
)


@tags.command("list")
def list_tags(
    workspace: Workspace,
    *,
    name: Annotated[str | None, typer.Option(help="Part of the name.")] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List the person tags of a workspace."""
    actions.run(
        base_url, lambda client: actions.list_tags(client, workspace, name, as_json=as_json)
    )


@tags.command("create")
def create_tag(
    workspace: Workspace,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new tag.")],
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a person tag, and print its id."""
    actions.run(
        base_url, lambda client: actions.create_tag(client, workspace, name, as_json=as_json)
    )


@tags.command("delete")
def delete_tag(
    workspace: Workspace,
    tag: Annotated[str, typer.Argument(metavar="TAG", help="The id of the tag.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Delete a person tag. This cannot be undone."""
    actions.require_yes(f"Delete the tag {tag} of {workspace}", yes=yes)
    actions.run(
        base_url, lambda client: actions.delete_tag(client, workspace, tag, as_json=as_json)
    )
