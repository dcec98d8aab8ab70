"""Persons and person tags, from the client to the simulator and back."""

import json
from datetime import datetime

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    MergedPersons,
    NewThumbnail,
    NotFound,
    Page,
    Person,
    PersonNameType,
    PersonQuery,
    PersonSortColumn,
    PersonTag,
    PersonTags,
    PersonThumbnail,
    RecommendedPersons,
    SimilarPerson,
    SimilarPersons,
    SortType,
)
from mediaintel_async.simulator import Fault

NOW = datetime(2027, 1, 15, 17)
W = "my-workspace"
HONG, YOO, NOBODY = 1001, 1002, 1003
ACTOR, ANCHOR = 100, 200
PICTURE = NewThumbnail("persons/thumbnails/hong.jpg", is_primary_thumbnail=True)
ANOTHER = NewThumbnail("persons/thumbnails/hong-2.jpg")


@pytest.fixture
def people(world):
    """Two persons with a name and one without; two tags."""
    world.add_person_tag(W, ACTOR, "Actor")
    world.add_person_tag(W, ANCHOR, "Anchor")
    world.add_person(
        W, HONG, [1234, 3002], name="Gildong Hong", tag_ids=[ACTOR, ANCHOR], asset_count=2
    )
    world.add_person(W, YOO, [4321], name="Jae-suk Yoo", tag_ids=[ANCHOR], asset_count=5)
    world.add_person(W, NOBODY, [1, 2], asset_count=3)


@pytest.fixture
def client(client, people):
    """A client of the service with these persons."""
    return client


def success(**result):
    """An answer with that result."""
    return Answer(body=json.dumps({"code": "0", "message": "success", "result": result}).encode())


async def ids_of(persons):
    """The ids of persons, in their order."""
    return [each.person_id async for each in persons]


# One person.


async def test_a_person_is_read(client):
    """
    A person has a name, tags and thumbnails; the counters with undocumented names are in `extra`.
    """
    person = await client.persons.get(W, HONG)

    assert (HONG, "Gildong Hong", None) == (person.person_id, person.name, person.description)
    assert (PersonTag(id=ACTOR, name="Actor"), PersonTag(id=ANCHOR, name="Anchor")) == person.tags
    assert [(1234, True), (3002, False)] == [
        (each.id, each.is_primary_thumbnail) for each in person.thumbnails
    ]
    assert {"assetCount": 2, "sceneCount": 0} == person.extra


async def test_a_person_may_be_anonymous(client):
    """
    The name of an anonymous person is None.
    """
    person = await client.persons.get(W, str(NOBODY))

    assert (NOBODY, None) == (person.person_id, person.name)


@pytest.mark.parametrize(
    ("result", "expected", "further"),
    [
        ({"id": 77}, 77, {}),
        ({"personId": "77"}, 77, {}),
        ({"personId": 77, "id": 5}, 77, {}),
        ({"personId": None, "id": "p-77"}, "p-77", {}),
        ({"id": 77, "assetCount": 3}, 77, {"assetCount": 3}),
    ],
)
async def test_a_person_has_one_id(result, expected, further):
    """
    `person_id` is what older answers call `id` and newer ones `personId`, as number or text.
    """
    async with ScriptedServer(success(**result)) as server, connect(server) as client:
        person = await client.persons.get(W, 77)

    assert (expected, further) == (person.person_id, person.extra)


async def test_a_person_without_an_id_is_no_answer():
    """
    A person without an id is an InvalidAnswer.
    """
    async with ScriptedServer(success(name="Hong")) as server, connect(server) as client:
        with pytest.raises(InvalidAnswer, match=r"personId: missing"):
            await client.persons.get(W, 77)


async def test_no_error_shows_the_address_of_a_thumbnail():
    """
    An error about an answer with a presigned address does not show the address.
    """
    picture = {"id": 1, "url": "https://h/a.jpg?canary", "isPrimaryThumbnail": "canary"}
    answer = success(personId=1, thumbnails=[picture])
    async with ScriptedServer(answer) as server, connect(server) as client:
        with pytest.raises(InvalidAnswer) as caught:
            await client.persons.get(W, 1)

    assert "$.result.thumbnails[0].isPrimaryThumbnail" in str(caught.value)
    assert "canary" not in repr(caught.value) + str(caught.value) + repr(vars(caught.value))
    assert caught.value.__cause__ is None is caught.value.__context__


@pytest.mark.parametrize(
    "act",
    [
        lambda persons, url: persons.create(W, thumbnails=[url]),
        lambda persons, url: persons.create(W, thumbnails=[{"url": url}]),
        lambda persons, url: persons.create(W, thumbnails=url),
        lambda persons, url: persons.add_thumbnails(W, HONG, [PersonThumbnail(id=1, url=url)]),
        lambda persons, url: persons.add_thumbnails(W, HONG, [PICTURE, url]),
    ],
)
async def test_an_address_given_for_a_new_picture_is_not_quoted(client, act):
    """
    An error about a presigned address that is given instead of a NewThumbnail does not show it.
    """
    with pytest.raises(InvalidArgument) as caught:
        await act(client.persons, "https://h/a.jpg?canary")

    assert "canary" not in repr(caught.value) + str(caught.value)


async def test_a_printed_person_shows_no_address(client):
    """
    The repr of a person shows no presigned address of a thumbnail.
    """
    person = await client.persons.get(W, HONG)

    assert person.thumbnails[0].url.startswith("https://")
    assert "https" not in repr(person)


async def test_a_person_is_created(client):
    """
    A new person has an id, by which everything that was given can be read.
    """
    made = await client.persons.create(
        W, name="Sun-sin Yi", description="An admiral.", thumbnails=[ANOTHER, PICTURE]
    )

    person = await client.persons.get(W, made.person_id)
    assert Person(person_id=1004) == made
    assert ("Sun-sin Yi", "An admiral.") == (person.name, person.description)
    assert [False, True] == [each.is_primary_thumbnail for each in person.thumbnails]


async def test_a_person_is_created_without_a_name(client, simulator):
    """
    Without a name no name is sent, and the person is anonymous.
    """
    made = await client.persons.create(W, thumbnails=(each for each in [PICTURE]))

    person = await client.persons.get(W, made.person_id)
    assert ["thumbnails"] == list(simulator.requests[0].body)
    assert None is person.name


async def test_what_no_page_shows_can_be_sent_of_a_person(client, simulator):
    """
    `extra` is merged last into the body of `create()` and of `update()`.
    """
    made = await client.persons.create(W, thumbnails=[], name="A", extra={"name": None, "new": 1})
    await client.persons.update(W, made.person_id, extra={"newer": 2})

    assert [{"thumbnails": [], "name": None, "new": 1}, {"newer": 2}] == [
        each.body for each in simulator.requests
    ]


async def test_a_person_is_changed(client):
    """
    `update()` changes what is given, and returns the person as it is now.
    """
    person = await client.persons.update(
        W, HONG, name="Hong", description="A character.", primary_thumbnail_id="3002"
    )

    assert ("Hong", "A character.") == (person.name, person.description)
    assert [False, True] == [each.is_primary_thumbnail for each in person.thumbnails]
    assert person == await client.persons.get(W, HONG)


async def test_what_is_not_given_stays(client):
    """
    A change of the description leaves name and thumbnails as they are.
    """
    person = await client.persons.update(W, HONG, description="A character.")

    assert ("Gildong Hong", "A character.") == (person.name, person.description)
    assert [True, False] == [each.is_primary_thumbnail for each in person.thumbnails]


async def test_an_anonymous_person_gets_a_name(client):
    """
    `update()` can name an anonymous person.
    """
    await client.persons.update(W, NOBODY, name="Somebody")

    assert "Somebody" == (await client.persons.get(W, NOBODY)).name


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.persons.create(W, name="Jae-suk Yoo", thumbnails=[]),
        lambda client: client.persons.update(W, HONG, name="Jae-suk Yoo"),
        lambda client: client.persons.update(W, HONG, primary_thumbnail_id=4321),
        lambda client: client.persons.merge(W, HONG, [404]),
        lambda client: client.persons.add_tags(W, HONG, [404]),
        lambda client: client.persons.remove_thumbnails(W, HONG, [1234, 3002]),
        lambda client: client.persons.add_thumbnails(W, HONG, [PICTURE, PICTURE]),
        lambda client: client.person_tags.create(W, "Actor"),
    ],
)
async def test_what_the_service_refuses_is_its_refusal(client, world, act):
    """
    A name that is taken, or an unknown id, is the service's 400, and nothing changes.
    """
    with pytest.raises(InvalidRequest):
        await act(client)

    assert [HONG, YOO, NOBODY] == list(world.workspace(W).people.persons)
    assert "Gildong Hong" == (await client.persons.get(W, HONG)).name


async def test_a_person_may_be_given_the_name_they_have(client):
    """
    A person can be renamed to the name that the person has already.
    """
    assert (await client.persons.update(W, HONG, name="Gildong Hong")).name == "Gildong Hong"


async def test_a_person_is_deleted(client):
    """
    A deleted person cannot be read any more; the others can.
    """
    assert None is await client.persons.delete(W, HONG)

    with pytest.raises(NotFound):
        await client.persons.get(W, HONG)
    assert [YOO, NOBODY] == await ids_of(client.persons.iterate(W))


async def test_a_deletion_that_arrived_twice_is_one(client, simulator):
    """
    A 404 is a success if the answer to a first DELETE was lost and it was sent again.
    """
    await client.persons.get(W, YOO)
    simulator.faults.add("delete_person", Fault.DROP_AFTER)

    await client.persons.delete(W, HONG)

    assert 2 == len([one for one in simulator.requests if one.method == "DELETE"])


@pytest.mark.parametrize("body", [b"", b'{"code": "0", "message": "success"}'])
async def test_a_deletion_needs_no_result(body):
    """
    A deletion succeeds with the older answer without a result, and with the newer one.
    """
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        assert None is await client.persons.delete(W, HONG)


async def test_persons_are_merged(client, world):
    """
    Merged persons cannot be read any more; what they had belongs to the remaining person.
    """
    merged = await client.persons.merge(W, str(HONG), [YOO, str(NOBODY), YOO])

    left = await client.persons.get(W, HONG)
    assert (
        MergedPersons(
            person_id=HONG,
            transferred_asset_count=8,
            transferred_thumbnail_count=3,
            merged_time=NOW,
        )
        == merged
    )
    assert ("Gildong Hong", {"assetCount": 10, "sceneCount": 0}) == (left.name, left.extra)
    assert [1234, 3002, 4321, 1, 2] == [each.id for each in left.thumbnails]
    assert [HONG] == await ids_of(client.persons.iterate(W))


async def test_a_merge_is_sent_once(client, simulator):
    """
    A merge cannot be undone, so it is not retried after a failure of the service.
    """
    simulator.faults.add("merge_persons", Fault.STATUS(503))

    with pytest.raises(Exception, match="HTTP 503"):
        await client.persons.merge(W, HONG, [YOO])

    assert 1 == len(simulator.requests)


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.persons.get(W, 404),
        lambda client: client.persons.update(W, 404, name="A"),
        lambda client: client.persons.delete(W, 404),
        lambda client: client.persons.merge(W, 404, [HONG]),
        lambda client: client.persons.list_similar(W, 404),
        lambda client: client.persons.add_tags(W, 404, [ACTOR]),
        lambda client: client.persons.remove_tags(W, 404, [ACTOR]),
        lambda client: client.persons.add_thumbnails(W, 404, [PICTURE]),
        lambda client: client.persons.remove_thumbnails(W, 404, [1]),
        lambda client: client.persons.get(W, "p-77"),
        lambda client: client.persons.get("other-workspace", HONG),
        lambda client: client.persons.list_page("other-workspace"),
        lambda client: client.person_tags.list_page("other-workspace"),
        lambda client: client.person_tags.delete(W, 404),
    ],
)
async def test_who_is_not_there_is_not_found(client, act):
    """
    An unknown person, tag or workspace is the service's 404.
    """
    with pytest.raises(NotFound) as caught:
        await act(client)

    assert not caught.value.from_gateway


# Listings and searches of persons.


async def test_a_page_of_persons_is_read(client):
    """
    A page has its persons and their total number.
    """
    page = await client.persons.list_page(W, page=2, page_size=2)

    assert [NOBODY] == [each.person_id for each in page.items]
    assert (3, 2, 2, 2) == (page.total_count, page.total_pages, page.page_number, page.page_size)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [HONG, YOO, NOBODY]),
        ({"name": "Yoo"}, [YOO]),
        ({"tag_ids": [ANCHOR]}, [HONG, YOO]),
        ({"tag_ids": iter([ACTOR, "200"])}, [HONG, YOO]),
        ({"name": "Hong", "tag_ids": [ANCHOR]}, [HONG]),
        ({"name": "홍길동"}, []),
    ],
)
async def test_persons_are_listed_by_name_and_tags(client, conditions, expected):
    """
    The listed persons have the name and one of the tags.
    """
    found = await ids_of(client.persons.iterate(W, page_size=1, **conditions))

    assert expected == found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (PersonQuery(), [YOO, NOBODY, HONG]),
        (PersonQuery(name="Hong"), [HONG]),
        (PersonQuery(person_ids=[HONG, str(NOBODY), 404]), [NOBODY, HONG]),
        (PersonQuery(tag_ids=[ACTOR]), [HONG]),
        (PersonQuery(name_type=PersonNameType.ANONYMOUS), [NOBODY]),
        (PersonQuery(name_type="NAMED", sort_type="ASC"), [HONG, YOO]),
        (PersonQuery(sort_column=PersonSortColumn.PERSON_ID), [NOBODY, YOO, HONG]),
        (PersonQuery(sort_column="CREATED_AT", sort_type=SortType.ASC), [HONG, YOO, NOBODY]),
        (PersonQuery(sort_column="NAME", sort_type="ASC"), [NOBODY, HONG, YOO]),
        (PersonQuery(extra={"nameType": "NAMED"}), [YOO, HONG]),
    ],
)
async def test_persons_are_searched(client, query, expected):
    """
    The persons found meet all conditions, and come in the requested order.
    """
    found = await ids_of(client.persons.iterate_search(W, query, page_size=2))

    assert expected == found


async def test_a_page_of_a_search_is_read(client, simulator):
    """
    A search for persons is a POST that only reads, so it is retried after a failure of the service.
    """
    simulator.faults.add("search_persons", Fault.STATUS(503))

    page = await client.persons.search_page(W, page=1, page_size=2)

    assert [YOO, NOBODY] == [each.person_id for each in page.items]
    assert (3, 2) == (page.total_count, page.total_pages)
    assert 2 == len(simulator.requests)


async def test_a_search_may_be_answered_in_another_way():
    """
    An answer to a search that does not have the form of a page is in `extra`.
    """
    answer = success(persons=[{"who": 1}])
    async with ScriptedServer(answer) as server, connect(server) as client:
        page = await client.persons.search_page(W)

    assert Page(extra={"persons": [{"who": 1}]}) == page


async def test_persons_can_be_deleted_while_they_are_iterated(client, world):
    """
    A person that moves to an earlier page, because others were deleted, is not skipped.
    """
    world.add_person(W, 1004)
    world.add_person(W, 1005)

    async for person in client.persons.iterate(W, page_size=2):
        await client.persons.delete(W, person.person_id)

    assert {} == world.workspace(W).people.persons


# Comparisons of faces.


async def test_similar_persons_are_listed(client, world):
    """
    The most similar persons come first; the fields beside the id are in `extra`.
    """
    world.add_person(W, 1007, [5])

    similar = await client.persons.list_similar(W, HONG, person_count=2, score_threshold=85)

    assert (
        SimilarPersons(
            person_id=HONG,
            similar_persons=(
                SimilarPerson(person_id=YOO, extra={"score": 97}),
                SimilarPerson(person_id=NOBODY, extra={"score": 94}),
            ),
        )
        == similar
    )


async def test_nobody_may_be_similar(client, world):
    """
    The list of similar persons is empty if nobody reaches the threshold.
    """
    similar = await client.persons.list_similar(W, HONG, score_threshold=100)

    assert () == similar.similar_persons


async def test_who_has_no_thumbnails_cannot_be_compared(client, world):
    """
    Comparing a person without thumbnails is refused by the service.
    """
    world.add_person(W, 1004)

    with pytest.raises(InvalidRequest):
        await client.persons.list_similar(W, 1004)


async def test_persons_are_recommended_for_an_image(client, simulator):
    """
    All of a recommendation is in `extra`, as its fields are undocumented; the call is repeatable.
    """
    simulator.faults.add("recommend_persons_by_thumbnail", Fault.STATUS(503))

    found = await client.persons.recommend_by_thumbnail(W, "persons/1002.jpg", person_count=1)

    assert RecommendedPersons(extra={"persons": [{"personId": YOO, "score": 100}]}) == found
    assert 2 == len(simulator.requests)


# Tags and thumbnails of a person.


async def test_tags_are_put_on_a_person(client):
    """
    `add_tags()` returns all tags of the person, and ignores those that the person had.
    """
    tags = await client.persons.add_tags(W, YOO, [ANCHOR, ACTOR, str(ACTOR)])

    expected = (PersonTag(id=ANCHOR, name="Anchor"), PersonTag(id=ACTOR, name="Actor"))
    assert PersonTags(tags=expected) == tags


@pytest.mark.parametrize(("form", "expected"), [("", HONG), ("_by_delete", None)])
async def test_tags_are_taken_off_a_person(client, form, expected):
    """
    Both forms of removing tags return the remaining tags, and ignore unknown ones.
    """
    remove = getattr(client.persons, f"remove_tags{form}")

    tags = await remove(W, HONG, [ACTOR, 404])

    assert PersonTags(tags=(PersonTag(id=ANCHOR, name="Anchor"),), person_id=expected) == tags


async def test_thumbnails_are_added(client):
    """
    `add_thumbnails()` returns all thumbnails of the person; only the new primary one is primary.
    """
    left = await client.persons.add_thumbnails(W, YOO, iter([ANOTHER, PICTURE]))

    assert [(4321, False), (3001, False), (3003, True)] == [
        (each.id, each.is_primary_thumbnail) for each in left.thumbnails
    ]


# Person tags.


async def test_a_tag_is_created(client):
    """
    The receipt for a new tag has its time and its creator.
    """
    tag = await client.person_tags.create(W, "Singer")

    assert PersonTag(id=101, name="Singer", created_user_name="username", created_time=NOW) == tag


async def test_tags_are_listed(client):
    """
    A page has its tags with their last changes, and their total number.
    """
    page = await client.person_tags.list_page(W, page=2, page_size=1)

    expected = PersonTag(id=ANCHOR, name="Anchor", updated_user_name="username", updated_time=NOW)
    assert (expected,) == page.items
    assert (2, 2, 2, 1) == (page.total_count, page.total_pages, page.page_number, page.page_size)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"tag_id": ACTOR}, [ACTOR]),
        ({"tag_id": "200"}, [ANCHOR]),
        ({"tag_id": 404}, []),
        ({"name": "An"}, [ANCHOR]),
        ({"name": "An", "tag_id": ACTOR}, []),
    ],
)
async def test_a_tag_is_looked_for(client, conditions, expected):
    """
    Tags can be listed by id and by name.
    """
    page = await client.person_tags.list_page(W, **conditions)

    assert expected == [each.id for each in page.items]


async def test_tags_are_iterated(client, simulator):
    """
    `iterate()` requests one page after the other, up to the last.
    """
    names = [each.name async for each in client.person_tags.iterate(W, page_size=1)]

    assert ["Actor", "Anchor"] == names
    assert 2 == len(simulator.requests)


async def test_tags_are_iterated_by_name(client):
    """
    `iterate(name=...)` yields only tags of such a name.
    """
    assert ["Actor"] == [each.name async for each in client.person_tags.iterate(W, name="Act")]


async def test_a_tag_is_deleted(client):
    """
    A deleted tag is gone from the workspace and from its persons.
    """
    await client.person_tags.delete(W, str(ANCHOR))

    person = await client.persons.get(W, HONG)
    assert [ACTOR] == [each.id async for each in client.person_tags.iterate(W)]
    assert [ACTOR] == [each.id for each in person.tags]


# Invalid arguments, for which nothing is sent.

PERSONS = [
    ("workspace", lambda persons: persons.list_page("")),
    ("workspace", lambda persons: persons.create(None, thumbnails=[])),
    ("page", lambda persons: persons.list_page(W, page=0)),
    ("page", lambda persons: persons.search_page(W, page="1")),
    ("page_size", lambda persons: persons.list_page(W, page_size=1001)),
    ("page_size", lambda persons: anext(persons.iterate(W, page_size=0))),
    ("page_size", lambda persons: persons.search_page(W, page_size=51)),
    ("page_size", lambda persons: anext(persons.iterate_search(W, page_size=51))),
    ("query", lambda persons: persons.search_page(W, {"name": "Hong"})),
    ("query", lambda persons: anext(persons.iterate_search(W, None))),
    *(
        ("name", lambda persons, bad=bad: persons.list_page(W, name=bad))
        for bad in ("", "a", "a" * 51, "ab;", "a|b", "`ab", 12, b"ab")
    ),
    ("name", lambda persons: anext(persons.iterate(W, name="a"))),
    ("tag_ids", lambda persons: persons.list_page(W, tag_ids=[])),
    ("tag_ids", lambda persons: persons.list_page(W, tag_ids=range(31))),
    ("tag_ids", lambda persons: persons.list_page(W, tag_ids="100")),
    ("person_id", lambda persons: persons.get(W, "")),
    ("person_id", lambda persons: persons.get(W, ".")),
    ("person_id", lambda persons: persons.delete(W, True)),
    ("person_id", lambda persons: persons.merge(W, None, [1])),
    ("thumbnails", lambda persons: persons.create(W, thumbnails=[PICTURE] * 2)),
    ("thumbnails", lambda persons: persons.create(W, thumbnails=[ANOTHER] * 101)),
    ("thumbnails", lambda persons: persons.create(W, thumbnails=["a.jpg"])),
    ("thumbnails", lambda persons: persons.create(W, thumbnails="a.jpg")),
    ("thumbnails", lambda persons: persons.create(W, thumbnails=None)),
    ("thumbnails", lambda persons: persons.create(W, thumbnails=PICTURE)),
    ("thumbnails", lambda persons: persons.add_thumbnails(W, HONG, [])),
    ("thumbnails", lambda persons: persons.add_thumbnails(W, HONG, ["a.jpg"])),
    *(
        ("name", lambda persons, bad=bad: persons.create(W, thumbnails=[], name=bad))
        for bad in ("", " ", "\n\u3000", "a" * 51, 1)
    ),
    ("description", lambda persons: persons.create(W, thumbnails=[], description="")),
    ("description", lambda persons: persons.create(W, thumbnails=[], description="a" * 701)),
    ("name", lambda persons: persons.update(W, HONG, name=" ")),
    ("name", lambda persons: persons.update(W, HONG)),
    ("name", lambda persons: persons.update(W, HONG, extra={})),
    ("description", lambda persons: persons.update(W, HONG, description="a" * 701)),
    ("primary_thumbnail_id", lambda persons: persons.update(W, HONG, primary_thumbnail_id="a")),
    ("primary_thumbnail_id", lambda persons: persons.update(W, HONG, primary_thumbnail_id=True)),
    ("absorbed_ids", lambda persons: persons.merge(W, HONG, [])),
    ("absorbed_ids", lambda persons: persons.merge(W, HONG, range(11))),
    ("absorbed_ids", lambda persons: persons.merge(W, HONG, [YOO, HONG])),
    ("absorbed_ids", lambda persons: persons.merge(W, str(HONG), [str(HONG)])),
    ("absorbed_ids", lambda persons: persons.merge(W, HONG, YOO)),
    ("absorbed_ids", lambda persons: persons.merge(W, HONG, "1002")),
    ("absorbed_ids", lambda persons: persons.merge(W, HONG, ["Yoo"])),
    ("person_count", lambda persons: persons.list_similar(W, HONG, person_count=0)),
    ("person_count", lambda persons: persons.list_similar(W, HONG, person_count=11)),
    ("person_count", lambda persons: persons.recommend_by_thumbnail(W, "a", person_count=1.0)),
    ("score_threshold", lambda persons: persons.list_similar(W, HONG, score_threshold=79)),
    ("score_threshold", lambda persons: persons.list_similar(W, HONG, score_threshold=101)),
    ("score_threshold", lambda persons: persons.recommend_by_thumbnail(W, "a", score_threshold=1)),
    ("thumbnail_key", lambda persons: persons.recommend_by_thumbnail(W, "")),
    ("thumbnail_key", lambda persons: persons.recommend_by_thumbnail(W, PICTURE)),
    ("tag_ids", lambda persons: persons.add_tags(W, HONG, [])),
    ("tag_ids", lambda persons: persons.add_tags(W, HONG, ["Actor"])),
    ("tag_ids", lambda persons: persons.remove_tags(W, HONG, [1.0])),
    ("tag_ids", lambda persons: persons.remove_tags_by_delete(W, HONG, [-1])),
]


@pytest.mark.parametrize(("argument", "act"), PERSONS)
async def test_what_cannot_be_meant_of_a_person_is_not_sent(client, simulator, argument, act):
    """
    An invalid argument raises InvalidArgument with its name, and nothing is sent.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument}\\b"):
        await act(client.persons)

    assert [] == simulator.requests


TAGS = [
    ("workspace", lambda tags: tags.list_page("..")),
    ("page", lambda tags: tags.list_page(W, page=-1)),
    ("page_size", lambda tags: tags.list_page(W, page_size=51)),
    ("page_size", lambda tags: anext(tags.iterate(W, page_size=51))),
    ("tag_id", lambda tags: tags.list_page(W, tag_id="Actor")),
    ("tag_id", lambda tags: tags.delete(W, "Actor")),
    ("tag_id", lambda tags: tags.delete(W, None)),
    ("name", lambda tags: tags.list_page(W, name="")),
    ("name", lambda tags: tags.list_page(W, name="a" * 31)),
    ("name", lambda tags: tags.create(W, "")),
    ("name", lambda tags: tags.create(W, "a" * 31)),
    ("name", lambda tags: tags.create(W, None)),
]


@pytest.mark.parametrize(("argument", "act"), TAGS)
async def test_what_cannot_be_meant_of_a_tag_is_not_sent(client, simulator, argument, act):
    """
    An invalid argument raises InvalidArgument with its name, and nothing is sent.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument} "):
        await act(client.person_tags)

    assert [] == simulator.requests


@pytest.mark.parametrize(
    ("argument", "make"),
    [
        ("name", lambda: PersonQuery(name="a")),
        ("name", lambda: PersonQuery(name="a;b")),
        ("person_ids", lambda: PersonQuery(person_ids=[])),
        ("person_ids", lambda: PersonQuery(person_ids=["Hong"])),
        ("tag_ids", lambda: PersonQuery(tag_ids=100)),
        ("name_type", lambda: PersonQuery(name_type="named")),
        ("sort_column", lambda: PersonQuery(sort_column="ID")),
        ("sort_type", lambda: PersonQuery(sort_type="")),
        ("extra", lambda: PersonQuery(extra=["name"])),
        ("thumbnail_key", lambda: NewThumbnail("")),
        ("thumbnail_key", lambda: NewThumbnail(None)),
        ("is_primary_thumbnail", lambda: NewThumbnail("a.jpg", is_primary_thumbnail=1)),
    ],
)
def test_a_wish_that_cannot_be_one_is_not_made(argument, make):
    """
    A PersonQuery and a NewThumbnail check their values when they are made.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument} "):
        make()


def test_the_words_of_a_search_are_those_of_the_service():
    """
    The enums of a search for persons have exactly the words of the contract.
    """
    assert ["NAMED", "ANONYMOUS"] == list(PersonNameType)
    assert ["ASSET_COUNT", "CREATED_AT", "PERSON_ID", "NAME"] == list(PersonSortColumn)
    assert ["ASC", "DESC"] == list(SortType)
