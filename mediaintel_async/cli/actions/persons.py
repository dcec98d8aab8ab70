"""`mediaintel persons`: lists, shows, creates, changes, merges and deletes persons."""

from collections.abc import Sequence
from typing import Any

from attrs import asdict, frozen

from mediaintel_async import MediaIntelligence, NewThumbnail, Person
from mediaintel_async.cli.actions.tags import fields_of_tag, names_of_tags, show_tags
from mediaintel_async.cli.output.printing import cell, show, show_deleted, show_each, table
from mediaintel_async.refs import as_id


@frozen(kw_only=True)
class PersonChanges:
    """New values for fields of a person; None: the field stays as it is."""

    name: str | None
    description: str | None
    primary_thumbnail_id: str | None


async def list_persons(
    client: MediaIntelligence,
    workspace: str,
    name: str | None,
    tag_ids: Sequence[str] | None,
    *,
    as_json: bool,
) -> None:
    """Print the persons of *workspace* whose name contains *name* and who have one of the tags."""
    await show_each(
        client.persons.iterate(workspace, name=name, tag_ids=tag_ids or None),
        _fields_of_person,
        {
            "person": lambda each: each.person_id,
            "thumbnails": lambda each: len(each.thumbnails),
            "tags": lambda each: names_of_tags(each.tags),
            "name": lambda each: each.name,
        },
        as_json=as_json,
    )


async def show_person(
    client: MediaIntelligence, workspace: str, person_id: str, *, as_json: bool
) -> None:
    """Print what the service knows of one person."""
    _show(await client.persons.get(workspace, person_id), as_json=as_json)


async def create_person(
    client: MediaIntelligence,
    workspace: str,
    name: str | None,
    description: str | None,
    thumbnail_keys: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Create a person, and print the id. The first thumbnail is the main one."""
    thumbnails = [
        NewThumbnail(key, is_primary_thumbnail=number == 0)
        for number, key in enumerate(thumbnail_keys)
    ]
    created = await client.persons.create(
        workspace, name=name, description=description, thumbnails=thumbnails
    )
    show({"person": created.person_id}, text=created.person_id, as_json=as_json)


async def update_person(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    changes: PersonChanges,
    *,
    as_json: bool,
) -> None:
    """Change a person, and print the result."""
    changed = await client.persons.update(workspace, person_id, **asdict(changes))
    _show(changed, as_json=as_json)


async def delete_person(
    client: MediaIntelligence, workspace: str, person_id: str, *, as_json: bool
) -> None:
    """Delete a person."""
    await client.persons.delete(workspace, person_id)
    show_deleted("person", as_id(person_id, "person_id"), as_json=as_json)


async def merge_persons(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    absorbed_ids: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Merge persons into one, and print how much that moved."""
    merged = await client.persons.merge(workspace, person_id, absorbed_ids)
    assets, thumbnails = merged.transferred_asset_count, merged.transferred_thumbnail_count
    fields = {
        "person": as_id(person_id, "person_id"),
        "transferred_asset_count": assets,
        "transferred_thumbnail_count": thumbnails,
        "merged_time": merged.merged_time,
    }
    text = f"{person_id} got {assets} assets and {thumbnails} thumbnails."
    show(fields, text=text, as_json=as_json)


async def list_similar(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    count: int | None,
    threshold: int | None,
    *,
    as_json: bool,
) -> None:
    """Print the persons whose face resembles that of *person_id*, the most similar first."""
    found = await client.persons.list_similar(
        workspace, person_id, person_count=count, score_threshold=threshold
    )
    for each in found.similar_persons:
        show({"person": each.person_id}, text=each.person_id, as_json=as_json)


async def tag_person(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    tag_ids: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Add tags to a person, and print all tags of the person."""
    show_tags((await client.persons.add_tags(workspace, person_id, tag_ids)).tags, as_json=as_json)


async def untag_person(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    tag_ids: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Remove tags from a person, and print those that remain."""
    left = await client.persons.remove_tags(workspace, person_id, tag_ids)
    show_tags(left.tags, as_json=as_json)


def _show(person: Person, *, as_json: bool) -> None:
    fields = _fields_of_person(person)
    details = {
        "name": person.name,
        "description": person.description,
        "tags": names_of_tags(person.tags),
        "thumbnails": ", ".join(_describe_thumbnail(each) for each in fields["thumbnails"]),
    }
    rows = [(name, cell(value)) for name, value in details.items()]
    heading = ("person", str(person.person_id))
    show(fields, text=table(heading, rows, wrap_last=True), as_json=as_json)


def _fields_of_person(person: Person) -> dict[str, Any]:
    # Without the thumbnails' URLs: they are signed, so that everybody who sees one can fetch
    # the picture.
    return {
        "person": person.person_id,
        "name": person.name,
        "description": person.description,
        "tags": [fields_of_tag(each) for each in person.tags],
        "thumbnails": [
            {"id": each.id, "is_primary_thumbnail": each.is_primary_thumbnail}
            for each in person.thumbnails
        ],
    }


def _describe_thumbnail(fields: dict[str, Any]) -> str:
    return f"{fields['id']}{' (main)' if fields['is_primary_thumbnail'] else ''}"
