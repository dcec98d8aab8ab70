"""The operations on persons, their tags and their thumbnails."""

from collections.abc import Callable, Sequence
from typing import Any

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    INTEGER,
    WORKSPACE,
    Call,
    Operation,
    integer_in_path,
    integer_in_query,
    integers,
    is_integer,
    numbered_page,
    page_of,
    require,
    require_between,
    wire_time,
)
from mediaintel_async.simulator.world.persons import People, Person

LONGEST_NAME = 50
LONGEST_DESCRIPTION = 700
MOST_THUMBNAILS = 100
MOST_TAGS_IN_QUERY = 30
MOST_MERGED = 10
LARGEST_SEARCH_PAGE = 50
USUAL_PAGE = 10
FORBIDDEN_IN_NAME = frozenset(";|`")

NAME_TYPES = ("NAMED", "ANONYMOUS")
SORT_TYPES = ("ASC", "DESC")
SORT_KEYS: dict[str, Callable[[Person], Any]] = {
    "ASSET_COUNT": lambda person: person.asset_count,
    "CREATED_AT": lambda person: person.number,
    "PERSON_ID": lambda person: person.person_id,
    "NAME": lambda person: person.name or "",
}
"""What a search sorts by, for each value of `sortColumn`."""


def people_of(call: Call) -> People:
    """Return the persons and tags of the workspace in the path."""
    return call.world.workspace(call.workspace).people


def person_id_of(call: Call) -> int:
    """Return the id of the person in the path."""
    return integer_in_path(call.path["person_id"])


def optional_text(body: Json, name: str, longest: int) -> str | None:
    """Return a string of the body, which may be absent or null but not blank."""
    text = body.get(name)
    if text is not None:
        require(isinstance(text, str) and bool(text.strip()) and len(text) <= longest)
    return text


def check_sought_name(name: object) -> None:
    """Refuse a name that the service does not search for."""
    require(isinstance(name, str) and 2 <= len(name) <= LONGEST_NAME)  # noqa: PLR2004 - as documented
    require(not FORBIDDEN_IN_NAME & set(str(name)))


# Persons.


def create_person(call: Call) -> Json:
    """Create a person; the answer has the id alone."""
    people = people_of(call)
    body = call.members()
    are_primary = thumbnails_of(body)
    require(len(are_primary) <= MOST_THUMBNAILS)
    name = optional_text(body, "name", LONGEST_NAME)
    description = optional_text(body, "description", LONGEST_DESCRIPTION)
    return {"id": people.create(name, description, are_primary).person_id}


def thumbnails_of(body: Json) -> list[bool]:
    """Return, for each thumbnail in the body, whether it is to be the primary one."""
    given = body.get("thumbnails")
    require(isinstance(given, list))
    return [is_primary(each) for each in given or ()]


def is_primary(thumbnail: Any) -> bool:
    """Return whether a thumbnail in the body is to be the primary one; any key is accepted."""
    require(isinstance(thumbnail, dict))
    key, primary = thumbnail.get("thumbnailKey"), thumbnail.get("isPrimaryThumbnail")
    require(isinstance(key, str) and bool(key) and isinstance(primary, bool))
    return bool(primary)


def list_persons(call: Call) -> Json:
    """One page of the persons whose name contains a text and who have one of some tags."""
    people = people_of(call)
    name, tags = call.query.get("name"), call.query.get("tagIdList")
    if name is not None:
        check_sought_name(name)
    tag_ids = [] if tags is None else tags.split(",")
    require(all(INTEGER.fullmatch(each) for each in tag_ids))
    require(len(tag_ids) <= MOST_TAGS_IN_QUERY)
    found = assumed.matching_persons(people, name or "", [int(each) for each in tag_ids])
    return page_of(call, found, lambda each: person_item(people, each))


def search_persons(call: Call) -> Json:
    """One page of the persons that fulfil all conditions, sorted."""
    people = people_of(call)
    body = call.members()
    page_size = body.get("pageSize", USUAL_PAGE)
    require_between(body.get("pageNum"), 1, 1e9)
    require_between(page_size, 1, LARGEST_SEARCH_PAGE)
    if "name" in body:
        check_sought_name(body["name"])
    require(body.get("nameType", "NAMED") in NAME_TYPES)
    require(body.get("sortType", "DESC") in SORT_TYPES)
    require(body.get("sortColumn", "ASSET_COUNT") in tuple(SORT_KEYS))
    tag_ids = integers(body.get("tagIds", []))
    found = assumed.matching_persons(people, body.get("name", ""), tag_ids)
    if "personIds" in body:
        ids = integers(body["personIds"])
        found = [each for each in found if each.person_id in ids]
    if "nameType" in body:
        found = [each for each in found if (each.name is None) == (body["nameType"] != "NAMED")]
    found.sort(
        key=SORT_KEYS[body.get("sortColumn", "ASSET_COUNT")],
        reverse=body.get("sortType", "DESC") == "DESC",
    )
    return numbered_page(found, lambda each: person_item(people, each), body["pageNum"], page_size)


def person_item(people: People, person: Person) -> Json:
    """A person, as every operation shows it; without a name or description if there is none."""
    texts = {"name": person.name, "description": person.description}
    return {
        "personId": person.person_id,
        **{name: text for name, text in texts.items() if text is not None},
        "tags": tag_items(people, person),
        "thumbnails": thumbnail_items(person),
        **assumed.counters(person),
    }


def tag_items(people: People, person: Person) -> list[Json]:
    """The tags of a person."""
    return [{"id": each, "name": people.tags[each].name} for each in person.tag_ids]


def thumbnail_items(person: Person) -> list[Json]:
    """The thumbnails of a person."""
    return [
        {
            "id": thumbnail_id,
            "url": assumed.thumbnail_url(thumbnail_id),
            "isPrimaryThumbnail": thumbnail_id == person.primary_id,
        }
        for thumbnail_id in person.thumbnail_ids
    ]


def get_person(call: Call) -> Json:
    """One person."""
    people = people_of(call)
    return person_item(people, people.person(person_id_of(call)))


def update_person(call: Call) -> Json:
    """Change name, description or primary thumbnail."""
    people = people_of(call)
    body = call.members()
    primary_id = body.get("primaryThumbnailId")
    require(primary_id is None or is_integer(primary_id))
    person = people.update(
        person_id_of(call),
        name=optional_text(body, "name", LONGEST_NAME),
        description=optional_text(body, "description", LONGEST_DESCRIPTION),
        primary_id=primary_id,
    )
    return person_item(people, person)


def delete_person(call: Call) -> Json:
    """Delete a person; the answer shows the person."""
    people = people_of(call)
    return person_item(people, people.delete(person_id_of(call)))


def merge_persons(call: Call) -> Json:
    """Merge persons into the one in the path."""
    person_id = person_id_of(call)
    absorbed = integers(call.members().get("personIds"))
    require(1 <= len(absorbed) <= MOST_MERGED)
    asset_count, thumbnail_count = people_of(call).merge(person_id, absorbed)
    return {
        "personId": person_id,
        "transferredAssetCount": asset_count,
        "transferredThumbnailCount": thumbnail_count,
        "mergedTime": wire_time(call.world.korean_time(call.world.clock.monotonic())),
    }


def list_similar_persons(call: Call) -> Json:
    """The persons who look like the person in the path, the most similar first."""
    people = people_of(call)
    person = people.person(person_id_of(call))
    count = integer_in_query(call, "personCount", 3)
    threshold = integer_in_query(call, "scoreThreshold", 80)
    check_similarity_query(count, threshold)
    # Faces are compared by thumbnails: without one there is no face.
    require(bool(person.thumbnail_ids))
    found = assumed.most_similar(people, person.person_id, threshold)
    others = [each for each in found if each["personId"] != person.person_id]
    return {"personId": person.person_id, "similarPersons": others[:count]}


def check_similarity_query(count: object, threshold: object) -> None:
    """Refuse a number of persons or a threshold that is out of range."""
    require_between(count, 1, 10)
    require_between(threshold, 80, 100)


def recommend_persons_by_thumbnail(call: Call) -> Json:
    """The persons who look like the face in an uploaded image."""
    people = people_of(call)
    body = call.members()
    key, count = body.get("thumbnailKey"), body.get("personCount", 3)
    threshold = body.get("scoreThreshold", 80)
    require(isinstance(key, str) and bool(key))
    check_similarity_query(count, threshold)
    return assumed.recommendation(people, str(key), threshold, count)


# Tags and thumbnails of a person.


def add_person_tags(call: Call) -> Json:
    """Put tags on a person; the answer lists all tags of the person."""
    people = people_of(call)
    person = people.add_tags(person_id_of(call), tag_ids_in_body(call))
    return {"tagList": tag_items(people, person)}


def tag_ids_in_body(call: Call) -> Sequence[int]:
    """Return the tag ids in the body: one or more."""
    ids = integers(call.members().get("tagIds"))
    require(bool(ids))
    return ids


def remove_person_tags(call: Call) -> Json:
    """Take tags off a person; the answer lists those that remain."""
    people = people_of(call)
    person = people.remove_tags(person_id_of(call), tag_ids_in_body(call))
    return {"tagList": tag_items(people, person)}


def add_person_thumbnails(call: Call) -> Json:
    """Add thumbnails; the answer lists all thumbnails of the person."""
    are_primary = thumbnails_of(call.members())
    require(bool(are_primary))
    person = people_of(call).add_thumbnails(person_id_of(call), are_primary)
    return {"thumbnailList": thumbnail_items(person)}


def remove_person_thumbnails(call: Call) -> Json:
    """Remove thumbnails; the answer lists those that remain."""
    ids = integers(call.members().get("thumbnailIds"))
    person = people_of(call).remove_thumbnails(person_id_of(call), ids)
    return {"thumbnailList": thumbnail_items(person)}


def with_person_id(handle: Callable[[Call], Json]) -> Callable[[Call], Json]:
    """Return the handler of the POST form of a removal, whose answer has the person's id too."""

    def handle_post(call: Call) -> Json:
        return {"personId": person_id_of(call), **handle(call)}

    return handle_post


PERSONS = f"{WORKSPACE}/persons"
PERSON = f"{PERSONS}/{{person_id}}"
TAGS_OF_PERSON = f"{PERSON}/person-tags"
THUMBNAILS_OF_PERSON = f"{PERSON}/person-thumbnail"

OPERATIONS = (
    Operation("create_person", "POST", PERSONS, create_person),
    Operation("list_persons", "GET", PERSONS, list_persons),
    Operation("search_persons", "POST", f"{PERSONS}/search", search_persons),
    Operation(
        "recommend_persons_by_thumbnail",
        "POST",
        f"{PERSONS}/recommend-by-thumbnail",
        recommend_persons_by_thumbnail,
    ),
    Operation("get_person", "GET", PERSON, get_person),
    Operation("update_person", "PATCH", PERSON, update_person),
    Operation("delete_person", "DELETE", PERSON, delete_person),
    Operation("merge_persons", "POST", f"{PERSON}/merge", merge_persons),
    Operation("list_similar_persons", "GET", f"{PERSON}/similar", list_similar_persons),
    Operation("add_person_tags", "POST", TAGS_OF_PERSON, add_person_tags),
    Operation("remove_person_tags", "DELETE", TAGS_OF_PERSON, remove_person_tags),
    Operation(
        "remove_person_tags_by_post",
        "POST",
        f"{TAGS_OF_PERSON}/remove",
        with_person_id(remove_person_tags),
    ),
    Operation("add_person_thumbnails", "POST", THUMBNAILS_OF_PERSON, add_person_thumbnails),
    Operation("remove_person_thumbnails", "DELETE", THUMBNAILS_OF_PERSON, remove_person_thumbnails),
    Operation(
        "remove_person_thumbnails_by_post",
        "POST",
        f"{THUMBNAILS_OF_PERSON}/remove",
        with_person_id(remove_person_thumbnails),
    ),
)
