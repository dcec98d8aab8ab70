"""Persons and person tags of the simulator, asked without the client."""

import pytest

PERSONS = "/api/v1/workspaces/my-workspace/persons"
PERSON = f"{PERSONS}/1001"
THUMBNAILS = f"{PERSON}/person-thumbnail"
TAGS = "/api/v1/workspaces/my-workspace/person-tags"
KEY = {"thumbnailKey": "a.jpg", "isPrimaryThumbnail": False}
MAIN = {"thumbnailKey": "a.jpg", "isPrimaryThumbnail": True}


@pytest.fixture
def calls(calls, world):
    """Signed requests to a simulator with two persons and a tag."""
    world.add_person_tag("my-workspace", 100, "Actor")
    world.add_person("my-workspace", 1001, [1, 2], name="Gildong Hong", tag_ids=[100])
    world.add_person("my-workspace", 1002, [3])
    return calls


async def test_the_answer_to_a_creation_has_the_id_alone(calls):
    """
    The answer to the creation of a person has the id alone, as `id`.
    """
    got = await calls.post(PERSONS, {"thumbnails": [KEY]})

    assert {"id": 1003} == got.result


async def test_a_person_is_shown_as_documented(calls):
    """
    A person has an id, tags and thumbnails, a name where there is one, and two counters.
    """
    named, nameless = await calls.get(PERSON), await calls.get(f"{PERSONS}/1002")

    assert ["personId", "name", "tags", "thumbnails", "assetCount", "sceneCount"] == list(
        named.result
    )
    assert "name" not in nameless.result


async def test_a_deletion_shows_who_that_was(calls):
    """
    The answer to the deletion of a person shows the person.
    """
    before = await calls.get(PERSON)
    got = await calls.delete(PERSON)

    assert before.result == got.result
    assert (404, "404") == (await calls.get(PERSON)).refusal


async def test_the_first_thumbnail_is_the_main_one_unless_told(calls):
    """
    Unless one is chosen, the first thumbnail is primary; when it is removed, the next one is.
    """
    await calls.post(PERSONS, {"thumbnails": [KEY, KEY]})
    made = await calls.get(f"{PERSONS}/1003")
    left = await calls.delete(THUMBNAILS, {"thumbnailIds": [1]})

    assert [True, False] == [each["isPrimaryThumbnail"] for each in made.result["thumbnails"]]
    assert [(2, True)] == [
        (each["id"], each["isPrimaryThumbnail"]) for each in left.result["thumbnailList"]
    ]


async def test_who_is_merged_is_counted_once(calls):
    """
    A person named twice in a merge is merged once.
    """
    got = await calls.post(f"{PERSON}/merge", {"personIds": [1002, 1002]})

    assert (1001, 0, 1, "2027-01-15T17:00:00") == tuple(got.result.values())


async def test_a_person_without_thumbnails_takes_those_of_another(calls, world):
    """
    After a merge, a person without thumbnails has those of the other, the first being primary.
    """
    world.add_person("my-workspace", 1003)
    await calls.post(f"{PERSONS}/1003/merge", {"personIds": [1002]})

    got = await calls.get(f"{PERSONS}/1003")

    assert [(3, True)] == [
        (each["id"], each["isPrimaryThumbnail"]) for each in got.result["thumbnails"]
    ]


async def test_a_listing_without_tags_in_its_query_is_of_all(calls):
    """
    A listing without a name or tags in its query has all persons, up to 1000 a page.
    """
    got = await calls.get(f"{PERSONS}?pageNum=1")

    assert (2, 1000) == (got.result["totalCount"], got.result["pageSize"])


async def test_a_page_of_tags_is_small_unless_told(calls):
    """
    Listings of tags and searches have ten items a page by default.
    """
    tags = await calls.get(f"{TAGS}?pageNum=1")
    found = await calls.post(f"{PERSONS}/search", {"pageNum": 1})

    assert (10, 10) == (tags.result["pageSize"], found.result["pageSize"])


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=1",
        "pageNum=0",
        "pageNum=1&pageSize=1001",
        "pageNum=1&name=a",
        "pageNum=1&name=" + "a" * 51,
        "pageNum=1&name=a%3Bb",
        "pageNum=1&name=a%7Cb",
        "pageNum=1&name=a%60b",
        "pageNum=1&tagIdList=",
        "pageNum=1&tagIdList=a",
        "pageNum=1&tagIdList=" + ",".join(["1"] * 31),
    ],
)
async def test_a_listings_query_is_checked(calls, query):
    """
    A listing with an invalid page, name or tag is refused.
    """
    assert (400, "10001") == (await calls.get(f"{PERSONS}?{query}")).refusal


@pytest.mark.parametrize(
    "query", ["pageSize=1", "pageNum=1&pageSize=51", "pageNum=1&id=a", "pageNum=1&name="]
)
async def test_the_query_of_a_listing_of_tags_is_checked(calls, query):
    """
    A listing of tags with an invalid page, id or name is refused.
    """
    assert (400, "10001") == (await calls.get(f"{TAGS}?{query}")).refusal


@pytest.mark.parametrize("query", ["personCount=0", "personCount=11", "scoreThreshold=79"])
async def test_a_comparisons_query_is_checked(calls, query):
    """
    A comparison is for one to ten persons, with a score from 80 up.
    """
    assert (400, "10001") == (await calls.get(f"{PERSON}/similar?{query}")).refusal


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"pageNum": 0},
        {"pageNum": "1"},
        {"pageNum": 1, "pageSize": 51},
        {"pageNum": 1, "name": "a"},
        {"pageNum": 1, "name": 12},
        {"pageNum": 1, "personIds": ["a"]},
        {"pageNum": 1, "tagIds": 1},
        {"pageNum": 1, "nameType": "ALL"},
        {"pageNum": 1, "sortColumn": "ID"},
        {"pageNum": 1, "sortType": "UP"},
    ],
)
async def test_a_searchs_body_is_checked(calls, body):
    """
    A search with an invalid page, condition or order is refused.
    """
    assert (400, "10001") == (await calls.post(f"{PERSONS}/search", body)).refusal


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"thumbnails": None},
        {"thumbnails": ["a.jpg"]},
        {"thumbnails": [{"thumbnailKey": "a.jpg"}]},
        {"thumbnails": [{"thumbnailKey": "", "isPrimaryThumbnail": True}]},
        {"thumbnails": [{"thumbnailKey": "a.jpg", "isPrimaryThumbnail": 1}]},
        {"thumbnails": [MAIN, MAIN]},
        {"thumbnails": [KEY] * 101},
        {"thumbnails": [], "name": " "},
        {"thumbnails": [], "name": 1},
        {"thumbnails": [], "name": "a" * 51},
        {"thumbnails": [], "name": "Gildong Hong"},
        {"thumbnails": [], "description": "a" * 701},
    ],
)
async def test_a_new_persons_body_is_checked(calls, world, body):
    """
    A new person needs thumbnails, at most one of them primary, and a name that is not taken.
    """
    assert (400, "10001") == (await calls.post(PERSONS, body)).refusal
    assert [1001, 1002] == list(world.workspace("my-workspace").people.persons)


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"description": ""},
        {"primaryThumbnailId": "1"},
        {"primaryThumbnailId": 3},
    ],
)
async def test_a_changed_persons_body_is_checked(calls, body):
    """
    A change needs a valid name, and a thumbnail of that person.
    """
    assert (400, "10001") == (await calls.send("PATCH", PERSON, body)).refusal


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/merge", {}),
        ("POST", "/merge", {"personIds": []}),
        ("POST", "/merge", {"personIds": [1001]}),
        ("POST", "/merge", {"personIds": [1002, 404]}),
        ("POST", "/merge", {"personIds": [1002] * 11}),
        ("POST", "/person-tags", {"tagIds": []}),
        ("POST", "/person-tags", {"tagIds": [404]}),
        ("POST", "/person-tags/remove", None),
        ("DELETE", "/person-tags", {"tagIds": ["100"]}),
        ("POST", "/person-thumbnail", {"thumbnails": []}),
    ],
)
async def test_what_is_done_with_a_person_is_checked(calls, method, path, body):
    """
    A merge needs one to ten other existing persons; tags and thumbnails must not be empty.
    """
    assert (400, "10001") == (await calls.send(method, PERSON + path, body)).refusal


@pytest.mark.parametrize(
    "body", [None, {"thumbnailKey": ""}, {"thumbnailKey": "a", "personCount": 11}]
)
async def test_a_recommendations_body_is_checked(calls, body):
    """
    A recommendation needs the key of an image, and is for one to ten persons.
    """
    got = await calls.post(f"{PERSONS}/recommend-by-thumbnail", body)

    assert (400, "10001") == got.refusal


@pytest.mark.parametrize("body", [None, {"name": ""}, {"name": 1}, {"name": "a" * 31}])
async def test_a_tags_body_is_checked(calls, body):
    """
    The name of a tag has one to thirty characters.
    """
    assert (400, "10001") == (await calls.post(TAGS, body)).refusal


async def test_thumbnails_are_removed(calls):
    """
    The answer of the DELETE form lists the remaining thumbnails, the first being primary.
    """
    calls.simulator.world.add_person("my-workspace", 1001, [1234, 4321])

    got = await calls.delete(THUMBNAILS, {"thumbnailIds": [1234, 999]})

    (thumbnail,) = got.result["thumbnailList"]
    assert ["thumbnailList"] == list(got.result)
    assert (4321, True) == (thumbnail["id"], thumbnail["isPrimaryThumbnail"])
    assert thumbnail["url"].startswith("https://")


async def test_thumbnails_are_removed_by_post(calls):
    """
    The answer of the POST form has the id of the person too.
    """
    calls.simulator.world.add_person("my-workspace", 1001, [1, 2, 3])

    got = await calls.post(f"{THUMBNAILS}/remove", {"thumbnailIds": [2]})

    assert 1001 == got.result["personId"]
    assert [1, 3] == [each["id"] for each in got.result["thumbnailList"]]


@pytest.mark.parametrize("body", [None, {}, {"thumbnailIds": "1"}, {"thumbnailIds": [1, 2]}])
async def test_a_removal_names_some_thumbnails(calls, body):
    """
    A removal without a list, or of all thumbnails of the person, is refused.
    """
    calls.simulator.world.add_person("my-workspace", 1001, [1, 2])

    got = await calls.delete(THUMBNAILS, body)

    assert (400, "10001") == got.refusal


async def test_an_unknown_person_is_not_found(calls):
    """
    A missing person is a 404 of the service.
    """
    got = await calls.post(f"{PERSONS}/1/person-thumbnail/remove", {"thumbnailIds": [2]})

    assert (404, "404") == got.refusal
