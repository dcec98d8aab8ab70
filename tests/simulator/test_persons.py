"""Persons and person tags of the stand-in service, asked without the client."""

import pytest

PERSONS = "/api/v1/workspaces/my-workspace/persons"
PERSON = f"{PERSONS}/1001"
TAGS = "/api/v1/workspaces/my-workspace/person-tags"
KEY = {"thumbnailKey": "a.jpg", "isPrimaryThumbnail": False}
MAIN = {"thumbnailKey": "a.jpg", "isPrimaryThumbnail": True}


@pytest.fixture
def calls(calls, world):
    """Signed requests to a service that knows two persons and a tag."""
    world.add_person_tag("my-workspace", 100, "Actor")
    world.add_person("my-workspace", 1001, [1, 2], name="Gildong Hong", tag_ids=[100])
    world.add_person("my-workspace", 1002, [3])
    return calls


async def test_a_creation_is_answered_as_the_older_page_shows(calls):
    """
    The answer to a creation has the id alone, and calls it `id`.
    """
    got = await calls.post(PERSONS, {"thumbnails": [KEY]})

    assert {"id": 1003} == got.result


async def test_a_person_is_shown_as_the_pages_show(calls):
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
    The answer to the deletion of a person has the person as of then.
    """
    before = await calls.get(PERSON)
    got = await calls.delete(PERSON)

    assert before.result == got.result
    assert (404, "404") == (await calls.get(PERSON)).refusal


async def test_the_first_thumbnail_is_the_main_one_unless_told(calls):
    """
    Without a main one among them, the first picture is it; removing it makes the next one it.
    """
    await calls.post(PERSONS, {"thumbnails": [KEY, KEY]})
    made = await calls.get(f"{PERSONS}/1003")
    left = await calls.delete(f"{PERSON}/person-thumbnail", {"thumbnailIds": [1]})

    assert [True, False] == [each["isPrimaryThumbnail"] for each in made.result["thumbnails"]]
    assert [(2, True)] == [
        (each["id"], each["isPrimaryThumbnail"]) for each in left.result["thumbnailList"]
    ]


async def test_who_is_merged_is_counted_once(calls):
    """
    A person named twice in a merge is folded in once.
    """
    got = await calls.post(f"{PERSON}/merge", {"personIds": [1002, 1002]})

    assert (1001, 0, 1, "2027-01-15T17:00:00") == tuple(got.result.values())


async def test_a_person_without_thumbnails_takes_those_of_another(calls, world):
    """
    Whoever had no picture has, after a merge, the other's, and a main one.
    """
    world.add_person("my-workspace", 1003)
    await calls.post(f"{PERSONS}/1003/merge", {"personIds": [1002]})

    got = await calls.get(f"{PERSONS}/1003")

    assert [(3, True)] == [
        (each["id"], each["isPrimaryThumbnail"]) for each in got.result["thumbnails"]
    ]


async def test_a_listing_without_tags_in_its_query_is_of_all(calls):
    """
    The page of a listing counts from its query, and is large unless told.
    """
    got = await calls.get(f"{PERSONS}?pageNum=1")

    assert (2, 1000) == (got.result["totalCount"], got.result["pageSize"])


async def test_a_page_of_tags_is_small_unless_told(calls):
    """
    Tags and searches come ten a page.
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
    A listing has a page that fits, and looks for what can be a name or a tag.
    """
    assert (400, "10001") == (await calls.get(f"{PERSONS}?{query}")).refusal


@pytest.mark.parametrize(
    "query", ["pageSize=1", "pageNum=1&pageSize=51", "pageNum=1&id=a", "pageNum=1&name="]
)
async def test_the_query_of_a_listing_of_tags_is_checked(calls, query):
    """
    A listing of tags has at most fifty a page, and looks for what can be an id or a name.
    """
    assert (400, "10001") == (await calls.get(f"{TAGS}?{query}")).refusal


@pytest.mark.parametrize("query", ["personCount=0", "personCount=11", "scoreThreshold=79"])
async def test_a_comparisons_query_is_checked(calls, query):
    """
    One to ten persons are compared, of a likeness from 80 up.
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
    A search has a page, and conditions and an order that the page knows.
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
    A new person has thumbnails, one main one at most, and a name that nobody has.
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
    A change has a name that fits, and a thumbnail of that person.
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
    Merging names one to ten others who are there, and tags and thumbnails are some.
    """
    assert (400, "10001") == (await calls.send(method, PERSON + path, body)).refusal


@pytest.mark.parametrize(
    "body", [None, {"thumbnailKey": ""}, {"thumbnailKey": "a", "personCount": 11}]
)
async def test_a_recommendations_body_is_checked(calls, body):
    """
    An image is named, and one to ten persons are asked for.
    """
    got = await calls.post(f"{PERSONS}/recommend-by-thumbnail", body)

    assert (400, "10001") == got.refusal


@pytest.mark.parametrize("body", [None, {"name": ""}, {"name": 1}, {"name": "a" * 31}])
async def test_a_tags_body_is_checked(calls, body):
    """
    A tag has a name of thirty characters at most.
    """
    assert (400, "10001") == (await calls.post(TAGS, body)).refusal
