"""`mediaintel tags`: lists, creates and deletes person tags."""

from collections.abc import Iterable
from typing import Any

from mediaintel_async import MediaIntelligence, PersonTag
from mediaintel_async.cli.output.printing import cell, show, show_deleted, table
from mediaintel_async.refs import as_id


async def list_tags(
    client: MediaIntelligence, workspace: str, name: str | None, *, as_json: bool
) -> None:
    """Print the tags of *workspace* whose name contains *name*."""
    tags = [each async for each in client.person_tags.iterate(workspace, name=name)]
    show_tags(tags, as_json=as_json)


async def create_tag(
    client: MediaIntelligence, workspace: str, name: str, *, as_json: bool
) -> None:
    """Create a tag, and print its id."""
    created = await client.person_tags.create(workspace, name)
    show(fields_of_tag(created), text=created.id, as_json=as_json)


async def delete_tag(
    client: MediaIntelligence, workspace: str, tag_id: str, *, as_json: bool
) -> None:
    """Delete a tag."""
    await client.person_tags.delete(workspace, tag_id)
    show_deleted("tag", as_id(tag_id, "tag_id"), as_json=as_json)


def show_tags(tags: Iterable[PersonTag], *, as_json: bool) -> None:
    """Print tags, one per line."""
    tags = list(tags)
    rows = [(each.id, cell(each.name)) for each in tags]
    show(*map(fields_of_tag, tags), text=table(("tag", "name"), rows), as_json=as_json)


def fields_of_tag(tag: PersonTag) -> dict[str, Any]:
    """Return the JSON object of a tag."""
    return {"tag": tag.id, "name": tag.name}


def names_of_tags(tags: Iterable[PersonTag]) -> str:
    """Return the names of *tags*; the id stands for a tag without a name."""
    return ", ".join(str(each.name or each.id) for each in tags)
