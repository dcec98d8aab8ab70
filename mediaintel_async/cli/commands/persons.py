"""`mediaintel persons`: who is seen in the assets of a workspace."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Person, Workspace, Yes

persons: typer.Typer = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, read, register, change, compare, merge and delete persons.",
)

Description = Annotated[str | None, typer.Option(help="A few words about the person.")]
TagIds = Annotated[list[str], typer.Argument(metavar="TAG", help="Tags, each by its id.")]


@persons.command("list")
def list_persons(
    workspace: Workspace,
    *,
    name: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="The id of a tag; more than once.")] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List the persons of a workspace."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import list_persons
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: list_persons(client, workspace, name, tag, as_json=as_json))


@persons.command("get")
def get_person(
    workspace: Workspace, person: Person, *, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Show what the service knows of a person."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import show_person
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: show_person(client, workspace, person, as_json=as_json))


@persons.command("create")
def create_person(
    workspace: Workspace,
    *,
    name: Annotated[
        str | None, typer.Option(help="The name; without one, nobody knows who it is.")
    ] = None,
    description: Description = None,
    thumbnail: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="The key of a picture that a program uploaded (persons.upload_thumbnail());"
            " more than once: the first is the main one.",
        ),
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Register a person, and tell the id."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import create_person
    from mediaintel_async.cli.actions.run_with_client import run

    keys = thumbnail or []
    run(
        base_url,
        lambda client: create_person(client, workspace, name, description, keys, as_json=as_json),
    )


@persons.command("update")
def update_person(
    workspace: Workspace,
    person: Person,
    *,
    name: Annotated[str | None, typer.Option(help="The new name; without one, it stays.")] = None,
    description: Description = None,
    primary_thumbnail: Annotated[
        str | None, typer.Option(metavar="ID", help="Which thumbnail is to be the main one.")
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Change what is given of a person; an anonymous one gets a name this way."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import Change, update_person
    from mediaintel_async.cli.actions.run_with_client import run

    change = Change(name=name, description=description, primary_thumbnail_id=primary_thumbnail)
    run(base_url, lambda client: update_person(client, workspace, person, change, as_json=as_json))


@persons.command("delete")
def delete_person(
    workspace: Workspace,
    person: Person,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Delete a person; indexes show somebody anonymous again. This cannot be undone."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import delete_person
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.confirm import confirm

    confirm(f"Delete the person {person} of {workspace} and the features of the face", yes=yes)
    run(base_url, lambda client: delete_person(client, workspace, person, as_json=as_json))


@persons.command("merge")
def merge_persons(
    workspace: Workspace,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who remains, by the id.")],
    others: Annotated[
        list[str], typer.Argument(metavar="OTHER", help="Up to 10 whom this person absorbs.")
    ],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Fold persons into one: what is theirs becomes that one's. This cannot be undone."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import merge_persons
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.confirm import confirm

    confirm(f"Fold {', '.join(others)} of {workspace} into {person}", yes=yes)
    run(base_url, lambda client: merge_persons(client, workspace, person, others, as_json=as_json))


@persons.command("similar")
def list_similar(
    workspace: Workspace,
    person: Person,
    *,
    count: Annotated[int | None, typer.Option(help="1 to 10 at the most. [default: 3]")] = None,
    threshold: Annotated[
        int | None, typer.Option(help="How like at least, 80 to 100. [default: 80]")
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List who has a face like that person's: candidates for a merge."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import list_similar
    from mediaintel_async.cli.actions.run_with_client import run

    run(
        base_url,
        lambda client: list_similar(client, workspace, person, count, threshold, as_json=as_json),
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
    """Put tags on a person, and show all that are there now."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import show_tags
    from mediaintel_async.cli.actions.run_with_client import run

    run(
        base_url,
        lambda client: show_tags(client.persons.add_tags(workspace, person, tags), as_json=as_json),
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
    """Take tags off a person, and show those that remain."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.persons import show_tags
    from mediaintel_async.cli.actions.run_with_client import run

    run(
        base_url,
        lambda client: show_tags(
            client.persons.remove_tags(workspace, person, tags), as_json=as_json
        ),
    )
