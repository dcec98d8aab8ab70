"""What each operation on persons and person tags does to the world, and answers."""

from collections.abc import Callable, Sequence
from typing import Any

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    WHOLE_NUMBER,
    WORKSPACE,
    Call,
    Operation,
    cut_page,
    is_whole,
    number_in_path,
    number_in_query,
    page_of,
    require,
    require_between,
    whole_numbers,
    wire_time,
)
from mediaintel_async.simulator.world.persons import People, Person, Tag

LONGEST_NAME = 50
LONGEST_DESCRIPTION = 700
LONGEST_TAG = 30
MOST_THUMBNAILS = 100
MOST_TAGS_IN_QUERY = 30
MOST_MERGED = 10
LARGEST_SEARCH_PAGE = 50
LARGEST_TAG_PAGE = 50
USUAL_PAGE = 10
FORBIDDEN = frozenset(";|`")

NAME_TYPES = ("NAMED", "ANONYMOUS")
SORT_TYPES = ("ASC", "DESC")


def people_of(call: Call) -> People:
    """The persons and tags of the workspace in the path."""
    return call.world.workspace(call.workspace).people


def person_id_of(call: Call) -> int:
    """The person in the path."""
    return number_in_path(call.path["person_id"])


def text_of(body: Json, name: str, longest: int) -> str | None:
    """A text of the body that may be absent or null, but not blank."""
    text = body.get(name)
    if text is not None:
        require(isinstance(text, str) and bool(text.strip()) and len(text) <= longest)
    return text


def check_name_sought(name: object) -> None:
    """Refuse what cannot be looked for as a name."""
    require(isinstance(name, str) and 2 <= len(name) <= LONGEST_NAME)  # noqa: PLR2004 - the page's
    require(not FORBIDDEN & set(str(name)))


# Persons.


def create_person(call: Call) -> Json:
    """Create a person; the answer of the older page has the id alone."""
    people = people_of(call)
    body = call.members()
    are_main = thumbnails_of(body)
    require(len(are_main) <= MOST_THUMBNAILS)
    name = text_of(body, "name", LONGEST_NAME)
    description = text_of(body, "description", LONGEST_DESCRIPTION)
    return {"id": people.create(name, description, are_main).person_id}


def thumbnails_of(body: Json) -> list[bool]:
    """Whether each of the thumbnails that the body names is to be the main one."""
    given = body.get("thumbnails")
    require(isinstance(given, list))
    return [is_main_one(each) for each in given or ()]


def is_main_one(thumbnail: Any) -> bool:
    """Whether a thumbnail of the body is to be the main one; its key is taken as it is."""
    require(isinstance(thumbnail, dict))
    key, is_main = thumbnail.get("thumbnailKey"), thumbnail.get("isPrimaryThumbnail")
    require(isinstance(key, str) and bool(key) and isinstance(is_main, bool))
    return bool(is_main)


def list_persons(call: Call) -> Json:
    """One page of the persons that have such a name, and one of the tags."""
    people = people_of(call)
    name, tags = call.query.get("name"), call.query.get("tagIdList")
    if name is not None:
        check_name_sought(name)
    tag_ids = [] if tags is None else tags.split(",")
    require(all(WHOLE_NUMBER.fullmatch(each) for each in tag_ids))
    require(len(tag_ids) <= MOST_TAGS_IN_QUERY)
    found = assumed.chosen(people, name or "", [int(each) for each in tag_ids])
    return page_of(call, found, lambda each: person_item(people, each))


def search_persons(call: Call) -> Json:
    """One page of the persons that fit all conditions, sorted."""
    people = people_of(call)
    body = call.members()
    page_size = body.get("pageSize", USUAL_PAGE)
    require_between(body.get("pageNum"), 1, 1e9)
    require_between(page_size, 1, LARGEST_SEARCH_PAGE)
    if "name" in body:
        check_name_sought(body["name"])
    require(body.get("nameType", "NAMED") in NAME_TYPES)
    require(body.get("sortType", "DESC") in SORT_TYPES)
    require(body.get("sortColumn", "ASSET_COUNT") in SORTED_BY)
    found = assumed.chosen(people, body.get("name", ""), whole_numbers(body.get("tagIds", [])))
    if "personIds" in body:
        ids = whole_numbers(body["personIds"])
        found = [each for each in found if each.person_id in ids]
    if "nameType" in body:
        found = [each for each in found if (each.name is None) == (body["nameType"] != "NAMED")]
    found.sort(
        key=SORTED_BY[body.get("sortColumn", "ASSET_COUNT")],
        reverse=body.get("sortType", "DESC") == "DESC",
    )
    return cut_page(found, lambda each: person_item(people, each), body["pageNum"], page_size)


SORTED_BY: dict[str, Callable[[Person], Any]] = {
    "ASSET_COUNT": lambda person: person.asset_count,
    "CREATED_AT": lambda person: person.number,
    "PERSON_ID": lambda person: person.person_id,
    "NAME": lambda person: person.name or "",
}


def person_item(people: People, person: Person) -> Json:
    """A person as every call shows it; a name or description that is not there is left out."""
    about = {"name": person.name, "description": person.description}
    return {
        "personId": person.person_id,
        **{name: text for name, text in about.items() if text is not None},
        "tags": tag_items(people, person),
        "thumbnails": thumbnail_items(person),
        **assumed.counters(person),
    }


def tag_items(people: People, person: Person) -> list[Json]:
    """A person's tags."""
    return [{"id": each, "name": people.tags[each].name} for each in person.tag_ids]


def thumbnail_items(person: Person) -> list[Json]:
    """A person's thumbnails."""
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
    """Change name, description or main thumbnail."""
    people = people_of(call)
    body = call.members()
    primary_id = body.get("primaryThumbnailId")
    require(primary_id is None or is_whole(primary_id))
    person = people.update(
        person_id_of(call),
        name=text_of(body, "name", LONGEST_NAME),
        description=text_of(body, "description", LONGEST_DESCRIPTION),
        primary_id=primary_id,
    )
    return person_item(people, person)


def delete_person(call: Call) -> Json:
    """Delete a person; the answer shows who that was."""
    people = people_of(call)
    return person_item(people, people.delete(person_id_of(call)))


def merge_persons(call: Call) -> Json:
    """Fold persons into the one in the path."""
    person_id = person_id_of(call)
    absorbed = whole_numbers(call.members().get("personIds"))
    require(1 <= len(absorbed) <= MOST_MERGED)
    assets, thumbnails = people_of(call).merge(person_id, absorbed)
    return {
        "personId": person_id,
        "transferredAssetCount": assets,
        "transferredThumbnailCount": thumbnails,
        "mergedTime": wire_time(call.world.korean_time(call.world.clock.monotonic())),
    }


def list_similar_persons(call: Call) -> Json:
    """Who is like the person in the path, the likest first."""
    people = people_of(call)
    person = people.person(person_id_of(call))
    count = number_in_query(call, "personCount", 3)
    threshold = number_in_query(call, "scoreThreshold", 80)
    check_likeness(count, threshold)
    # Without thumbnails there are no features of a face, and nothing to compare.
    require(bool(person.thumbnail_ids))
    found = assumed.likest(people, person.person_id, threshold)
    others = [each for each in found if each["personId"] != person.person_id]
    return {"personId": person.person_id, "similarPersons": others[:count]}


def check_likeness(count: object, threshold: object) -> None:
    """Refuse what a comparison cannot be asked for."""
    require_between(count, 1, 10)
    require_between(threshold, 80, 100)


def recommend_persons_by_thumbnail(call: Call) -> Json:
    """Who is like the face on an uploaded image."""
    people = people_of(call)
    body = call.members()
    key, count = body.get("thumbnailKey"), body.get("personCount", 3)
    threshold = body.get("scoreThreshold", 80)
    require(isinstance(key, str) and bool(key))
    check_likeness(count, threshold)
    return assumed.recommendation(people, str(key), threshold, count)


# Tags and thumbnails of a person.


def add_person_tags(call: Call) -> Json:
    """Put tags on a person; the answer lists all that the person has."""
    people = people_of(call)
    person = people.add_tags(person_id_of(call), some_numbers(call, "tagIds"))
    return {"tagList": tag_items(people, person)}


def some_numbers(call: Call, name: str) -> Sequence[int]:
    """The ids that the body lists under that name: one or more."""
    ids = whole_numbers(call.members().get(name))
    require(bool(ids))
    return ids


def remove_person_tags(call: Call) -> Json:
    """Take tags off a person; the answer lists those that remain."""
    people = people_of(call)
    person = people.remove_tags(person_id_of(call), some_numbers(call, "tagIds"))
    return {"tagList": tag_items(people, person)}


def add_person_thumbnails(call: Call) -> Json:
    """Add thumbnails; the answer lists all that the person has."""
    are_main = thumbnails_of(call.members())
    require(bool(are_main))
    person = people_of(call).add_thumbnails(person_id_of(call), are_main)
    return {"thumbnailList": thumbnail_items(person)}


def remove_person_thumbnails(call: Call) -> Json:
    """Remove thumbnails; the answer lists those that remain."""
    ids = whole_numbers(call.members().get("thumbnailIds"))
    person = people_of(call).remove_thumbnails(person_id_of(call), ids)
    return {"thumbnailList": thumbnail_items(person)}


def and_who(handle: Callable[[Call], Json]) -> Callable[[Call], Json]:
    """The same by POST, whose answer names the person as well."""

    def handle_post(call: Call) -> Json:
        return {"personId": person_id_of(call), **handle(call)}

    return handle_post


# Person tags.


def list_person_tags(call: Call) -> Json:
    """One page of the tags that have such a name, and that number."""
    tags: list[Tag] = list(people_of(call).tags.values())
    name = call.query.get("name", "")
    require("name" not in call.query or 1 <= len(name) <= LONGEST_TAG)
    if "id" in call.query:
        tag_id = number_in_query(call, "id", None)
        tags = [each for each in tags if each.tag_id == tag_id]
    found = [each for each in tags if name in each.name]

    def item(tag: Tag) -> Json:
        time = wire_time(call.world.korean_time(tag.created_at))
        user = assumed.USER_NAME
        return {"id": tag.tag_id, "name": tag.name, "updatedUserName": user, "updatedTime": time}

    return page_of(call, found, item, largest=LARGEST_TAG_PAGE, default=USUAL_PAGE)


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
    people_of(call).delete_tag(number_in_path(call.path["tag_id"]))


PERSONS = f"{WORKSPACE}/persons"
PERSON = f"{PERSONS}/{{person_id}}"
TAGS_OF = f"{PERSON}/person-tags"
THUMBNAILS_OF = f"{PERSON}/person-thumbnail"
TAGS = f"{WORKSPACE}/person-tags"

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
    Operation("add_person_tags", "POST", TAGS_OF, add_person_tags),
    Operation("remove_person_tags", "DELETE", TAGS_OF, remove_person_tags),
    Operation(
        "remove_person_tags_by_post", "POST", f"{TAGS_OF}/remove", and_who(remove_person_tags)
    ),
    Operation("add_person_thumbnails", "POST", THUMBNAILS_OF, add_person_thumbnails),
    Operation("remove_person_thumbnails", "DELETE", THUMBNAILS_OF, remove_person_thumbnails),
    Operation(
        "remove_person_thumbnails_by_post",
        "POST",
        f"{THUMBNAILS_OF}/remove",
        and_who(remove_person_thumbnails),
    ),
    Operation("list_person_tags", "GET", TAGS, list_person_tags),
    Operation("create_person_tag", "POST", TAGS, create_person_tag),
    Operation("delete_person_tag", "DELETE", f"{TAGS}/{{tag_id}}", delete_person_tag),
)
