"""`mediaintel persons`: the arguments of its commands."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Person, Workspace, Yes

persons: typer.Typer = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, show, create, change, compare, merge, tag and delete persons.",
)

Description = Annotated[str | None, typer.Option(help="A description of the person.")]
TagIds = Annotated[list[str], typer.Argument(metavar="TAG", help="The ids of the tags.")]


@persons.command("list")
def list_persons(
    workspace: Workspace,
    *,
    name: Annotated[str | None, typer.Option(help="Part of the name.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="The id of a tag; may be repeated.")] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List the persons of a workspace."""
    actions.run(
        base_url, lambda client: actions.list_persons(client, workspace, name, tag, as_json=as_json)
    )


@persons.command("get")
def get_person(
    workspace: Workspace, person: Person, *, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Show what the service knows of a person."""
    actions.run(
        base_url, lambda client: actions.show_person(client, workspace, person, as_json=as_json)
    )


@persons.command("create")
def create_person(
    workspace: Workspace,
    *,
    name: Annotated[
        str | None, typer.Option(help="The name; without one, the person stays anonymous.")
    ] = None,
    description: Description = None,
    thumbnail: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="The key of a picture uploaded with persons.upload_thumbnail(); may be repeated,"
            " the first is the main one.",
        ),
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a person, and print the id."""
    keys = thumbnail or []
    actions.run(
        base_url,
        lambda client: actions.create_person(
            client, workspace, name, description, keys, as_json=as_json
        ),
    )


@persons.command("update")
def update_person(
    workspace: Workspace,
    person: Person,
    *,
    name: Annotated[
        str | None, typer.Option(help="The new name; without one, the name stays.")
    ] = None,
    description: Description = None,
    primary_thumbnail: Annotated[
        str | None, typer.Option(metavar="ID", help="The id of the new main thumbnail.")
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Change the given fields of a person; a name makes an anonymous person a known one."""
    changes = actions.PersonChanges(
        name=name, description=description, primary_thumbnail_id=primary_thumbnail
    )
    actions.run(
        base_url,
        lambda client: actions.update_person(client, workspace, person, changes, as_json=as_json),
    )


@persons.command("delete")
def delete_person(
    workspace: Workspace,
    person: Person,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Delete a person, who is anonymous in indexes from then on. This cannot be undone."""
    actions.require_yes(
        f"Delete the person {person} of {workspace} and the stored facial features", yes=yes
    )
    actions.run(
        base_url, lambda client: actions.delete_person(client, workspace, person, as_json=as_json)
    )


@persons.command("merge")
def merge_persons(
    workspace: Workspace,
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="The id of the person who remains.")
    ],
    others: Annotated[
        list[str],
        typer.Argument(metavar="OTHER", help="Up to 10 ids of persons to merge into PERSON."),
    ],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Merge persons into one, who gets their assets and thumbnails. This cannot be undone."""
    actions.require_yes(f"Merge {', '.join(others)} of {workspace} into {person}", yes=yes)
    actions.run(
        base_url,
        lambda client: actions.merge_persons(client, workspace, person, others, as_json=as_json),
    )


@persons.command("similar")
def list_similar(
    workspace: Workspace,
    person: Person,
    *,
    count: Annotated[
        int | None, typer.Option(help="How many at most, 1 to 10. [default: 3]")
    ] = None,
    threshold: Annotated[
        int | None, typer.Option(help="The least similarity, 80 to 100. [default: 80]")
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List persons with a similar face, as candidates for a merge."""
    actions.run(
        base_url,
        lambda client: actions.list_similar(
            client, workspace, person, count, threshold, as_json=as_json
        ),
    )


@persons.command("tag")
def tag_person(
    workspace: Workspace,
    person: Person,
    tags: TagIds,
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Add tags to a person, and show all tags of the person."""
    actions.run(
        base_url,
        lambda client: actions.tag_person(client, workspace, person, tags, as_json=as_json),
    )


@persons.command("untag")
def untag_person(
    workspace: Workspace,
    person: Person,
    tags: TagIds,
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Remove tags from a person, and show those that remain."""
    actions.run(
        base_url,
        lambda client: actions.untag_person(client, workspace, person, tags, as_json=as_json),
    )
