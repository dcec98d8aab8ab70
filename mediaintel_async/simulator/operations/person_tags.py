"""The operations on the person tags of a workspace."""

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    WORKSPACE,
    Call,
    Operation,
    integer_in_path,
    integer_in_query,
    page_of,
    require,
    wire_time,
)
from mediaintel_async.simulator.operations.persons import people_of
from mediaintel_async.simulator.world.persons import Tag

LONGEST_TAG = 30
LARGEST_PAGE = 50
USUAL_PAGE = 10


def list_person_tags(call: Call) -> Json:
    """One page of the tags whose name contains a text and that have an id, if either is given."""
    tags: list[Tag] = list(people_of(call).tags.values())
    name = call.query.get("name", "")
    require("name" not in call.query or 1 <= len(name) <= LONGEST_TAG)
    if "id" in call.query:
        tag_id = integer_in_query(call, "id", None)
        tags = [each for each in tags if each.tag_id == tag_id]
    found = [each for each in tags if name in each.name]

    def item(tag: Tag) -> Json:
        time = wire_time(call.world.korean_time(tag.created_at))
        user = assumed.USER_NAME
        return {"id": tag.tag_id, "name": tag.name, "updatedUserName": user, "updatedTime": time}

    return page_of(call, found, item, largest=LARGEST_PAGE, default=USUAL_PAGE)


def create_person_tag(call: Call) -> Json:
    """Create a tag."""
    name = call.members().get("name")
    require(isinstance(name, str) and 1 <= len(name) <= LONGEST_TAG)
    tag = people_of(call).create_tag(str(name), call.world.clock.monotonic())
    return {
        "id": tag.tag_id,
        "name": tag.name,
        "createdTime": wire_time(call.world.korean_time(tag.created_at)),
        "createdUserName": assumed.USER_NAME,
    }


def delete_person_tag(call: Call) -> None:
    """Delete a tag."""
    people_of(call).delete_tag(integer_in_path(call.path["tag_id"]))


TAGS = f"{WORKSPACE}/person-tags"

OPERATIONS = (
    Operation("list_person_tags", "GET", TAGS, list_person_tags),
    Operation("create_person_tag", "POST", TAGS, create_person_tag),
    Operation("delete_person_tag", "DELETE", f"{TAGS}/{{tag_id}}", delete_person_tag),
)
