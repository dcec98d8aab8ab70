"""What `mediaintel persons` and `mediaintel tags` do."""

from collections.abc import Awaitable, Sequence
from typing import Any

from attrs import asdict, frozen

from mediaintel_async import MediaIntelligence, NewThumbnail, Person, PersonTag, PersonTags
from mediaintel_async.cli.actions.create_move_delete import tell_deleted
from mediaintel_async.cli.output.printing import print_json, print_line, print_table
from mediaintel_async.cli.output.progress import console
from mediaintel_async.refs import as_id


@frozen(kw_only=True)
class Change:
    """What is to change of a person; None: it stays."""

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
) -> int:
    """Print every person of *workspace* who has such a name, and one of the tags."""
    found = client.persons.iterate(workspace, name=name, tag_ids=tag_ids or None)
    if as_json:
        async for person in found:
            print_json(_fields_of_person(person))
        return 0
    rows = [
        (each.person_id, len(each.thumbnails), _names(each.tags), each.name or "-")
        async for each in found
    ]
    print_table(console(), ("person", "thumbnails", "tags", "name"), rows)
    return 0


async def show_person(
    client: MediaIntelligence, workspace: str, person_id: str, *, as_json: bool
) -> int:
    """Print what the service knows of one person."""
    return _show(await client.persons.get(workspace, person_id), as_json=as_json)


async def create_person(
    client: MediaIntelligence,
    workspace: str,
    name: str | None,
    description: str | None,
    thumbnail_keys: Sequence[str],
    *,
    as_json: bool,
) -> int:
    """Register a person, and print the id."""
    thumbnails = [
        NewThumbnail(key, is_primary_thumbnail=number == 0)
        for number, key in enumerate(thumbnail_keys)
    ]
    made = await client.persons.create(
        workspace, name=name, description=description, thumbnails=thumbnails
    )
    if as_json:
        print_json({"person": made.person_id})
    else:
        print_line(console(), made.person_id)
    return 0


async def update_person(
    client: MediaIntelligence, workspace: str, person_id: str, change: Change, *, as_json: bool
) -> int:
    """Change a person, and print what is known then."""
    return _show(
        await client.persons.update(workspace, person_id, **asdict(change)), as_json=as_json
    )


async def delete_person(
    client: MediaIntelligence, workspace: str, person_id: str, *, as_json: bool
) -> int:
    """Delete a person."""
    await client.persons.delete(workspace, person_id)
    return tell_deleted("person", as_id(person_id, "person_id"), as_json=as_json)


async def merge_persons(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    absorbed_ids: Sequence[str],
    *,
    as_json: bool,
) -> int:
    """Fold persons into one, and print what that moved."""
    merged = await client.persons.merge(workspace, person_id, absorbed_ids)
    assets, thumbnails = merged.transferred_asset_count, merged.transferred_thumbnail_count
    if as_json:
        fields = {"transferred_asset_count": assets, "transferred_thumbnail_count": thumbnails}
        print_json(
            {"person": as_id(person_id, "person_id"), **fields, "merged_time": merged.merged_time}
        )
    else:
        print_line(console(), f"{person_id} got {assets} assets and {thumbnails} thumbnails.")
    return 0


async def list_similar(
    client: MediaIntelligence,
    workspace: str,
    person_id: str,
    count: int | None,
    threshold: int | None,
    *,
    as_json: bool,
) -> int:
    """Print who is like a person, the likest first."""
    found = await client.persons.list_similar(
        workspace, person_id, person_count=count, score_threshold=threshold
    )
    for each in found.similar_persons:
        if as_json:
            print_json({"person": each.person_id})
        else:
            print_line(console(), each.person_id)
    return 0


async def show_tags(call: Awaitable[PersonTags], *, as_json: bool) -> int:
    """Print the tags that a person has after *call*."""
    return _show_tags((await call).tags, as_json=as_json)


async def list_tags(
    client: MediaIntelligence, workspace: str, name: str | None, *, as_json: bool
) -> int:
    """Print every tag of *workspace* that has such a name."""
    tags = [each async for each in client.person_tags.iterate(workspace, name=name)]
    return _show_tags(tags, as_json=as_json)


async def create_tag(client: MediaIntelligence, workspace: str, name: str, *, as_json: bool) -> int:
    """Create a tag, and print its id."""
    made = await client.person_tags.create(workspace, name)
    if as_json:
        print_json(_fields_of_tag(made))
    else:
        print_line(console(), made.id)
    return 0


async def delete_tag(
    client: MediaIntelligence, workspace: str, tag_id: str, *, as_json: bool
) -> int:
    """Delete a tag."""
    await client.person_tags.delete(workspace, tag_id)
    return tell_deleted("tag", as_id(tag_id, "tag_id"), as_json=as_json)


def _show(person: Person, *, as_json: bool) -> int:
    fields = _fields_of_person(person)
    if as_json:
        print_json(fields)
        return 0
    rows = {
        "name": person.name or "-",
        "description": person.description or "-",
        "tags": _names(person.tags),
        "thumbnails": ", ".join(_number(each) for each in fields["thumbnails"]) or "-",
    }
    print_table(console(), ("person", str(person.person_id)), rows.items(), cut=False)
    return 0


def _show_tags(tags: Sequence[PersonTag], *, as_json: bool) -> int:
    if as_json:
        for each in tags:
            print_json(_fields_of_tag(each))
    else:
        rows = [(each.id, each.name or "-") for each in tags]
        print_table(console(), ("tag", "name"), rows)
    return 0


def _fields_of_person(person: Person) -> dict[str, Any]:
    # Without the addresses of the thumbnails: whoever has one can fetch the picture.
    return {
        "person": person.person_id,
        "name": person.name,
        "description": person.description,
        "tags": [_fields_of_tag(each) for each in person.tags],
        "thumbnails": [
            {"id": each.id, "is_primary_thumbnail": each.is_primary_thumbnail}
            for each in person.thumbnails
        ],
    }


def _fields_of_tag(tag: PersonTag) -> dict[str, Any]:
    return {"tag": tag.id, "name": tag.name}


def _names(tags: Sequence[PersonTag]) -> str:
    return ", ".join(str(each.name or each.id) for each in tags) or "-"


def _number(thumbnail: dict[str, Any]) -> str:
    return f"{thumbnail['id']}{' (main)' if thumbnail['is_primary_thumbnail'] else ''}"
