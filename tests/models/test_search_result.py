"""The hits of a search, read page by page from a service that may misbehave."""

import json

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    AssetRef,
)

W = "my-workspace"


@pytest.fixture
async def server():
    """A server that gives the answers a test prepares."""
    async with ScriptedServer() as server:
        yield server


def page(*hits, **fields):
    """The answer with one page of a completed search."""
    results = [{"n": hit} for hit in hits]
    answer = {"searchId": "s", "status": "COMPLETED", "results": results, **fields}
    return Answer(body=json.dumps({"code": "0", "message": "success", "result": answer}).encode())


def asked_for(server):
    """The page that each request asked for."""
    return [one.target.rpartition("pageNum=")[2] for one in server.received]


@pytest.mark.parametrize("counts", [{}, {"totalPage": 1000}, {"totalCount": 10**9}], ids=str)
async def test_a_repeated_page_ends_the_hits(server, clock, counts):
    """
    A server that gives the same page for ever is asked for it once more, whatever it promises.
    """
    server.answers = [page(1, 2, **counts)]

    async with connect(server, clock=clock) as client:
        hits = [hit.extra["n"] async for hit in client.search.iterate(W, "s")]

    assert ([1, 2], ["1", "2"]) == (hits, asked_for(server))


async def test_pages_that_go_in_circles_end(server, clock):
    """
    Pages that come again after others are no news either.
    """
    server.answers = [page(1), page(2), page(1), page(2)]

    async with connect(server, clock=clock) as client:
        hits = [hit.extra["n"] async for hit in client.search.iterate(W, "s")]

    assert ([1, 2], 3) == (hits, len(server.received))


async def test_a_total_that_grows_is_not_followed(server, clock):
    """
    How many pages there are is taken from the first one.
    """
    server.answers = [page(1, totalPage=2), page(2, totalPage=3), page(3, totalPage=4)]

    async with connect(server, clock=clock) as client:
        hits = [hit.extra["n"] async for hit in client.search.iterate(W, "s")]

    assert [1, 2] == hits


async def test_what_vanishes_between_pages_is_passed_over(server, clock):
    """
    A page that has become empty is not the end, and a hit that moved to the next comes once.
    """
    server.answers = [
        page(1, 2, totalPage=4, pageSize=2),
        page(totalPage=3),
        page(2, 3, totalPage=3),
        page(4, totalPage=3),
    ]

    async with connect(server, clock=clock) as client:
        hits = [hit.extra["n"] async for hit in client.search.iterate(W, "s", page_size=2)]

    assert [1, 2, 3, 4] == hits


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"totalPage": 10**9}, 11),
        ({"totalCount": 10**9}, 11),
        ({"totalCount": 2, "pageSize": 2}, 1),
        ({"totalCount": 2}, 1),
        ({"totalPage": 0}, 1),
        ({}, 2),
    ],
    ids=str,
)
async def test_empty_pages_come_to_an_end(server, clock, fields, expected):
    """
    Ten empty pages in a row are the end, and one is where no total is told.
    """
    server.answers = [page(1, 2, **fields), page(**fields)]

    async with connect(server, clock=clock) as client:
        _ = [hit async for hit in client.search.iterate(W, "s")]

    assert expected == len(server.received)


async def test_hits_are_what_the_service_sent(server, clock):
    """
    Null instead of hits is none, and a hit that names no asset has no reference.
    """
    answer = {
        "status": "COMPLETED",
        "pageNum": 1,
        "totalPages": 1,
        "totalCount": 3,
        "results": [{"assetId": 5}, {"assetId": "7", "projectId": 6}, {"projectId": 6}],
    }
    nothing = {"status": "COMPLETED", "results": None}
    server.answers = [
        Answer(body=json.dumps({"code": "0", "result": one}).encode()) for one in (answer, nothing)
    ]

    async with connect(server, clock=clock) as client:
        status = await client.search.list_page(W, 123)
        empty = [hit async for hit in client.search.iterate(W, 123)]

    assert [None, AssetRef(W, 6, 7), None] == [hit.ref for hit in status.hits]
    assert (1, 1) == (status.page_number, status.total_pages)
    assert [] == empty
