"""A search as a job: started once, waited for, resumed, and its hits read."""

import asyncio
import itertools
import math

import pytest
import tenacity
from arrivals import sent
from scripted_server import Answer, connect, refusal

from mediaintel_async import (
    AssetRef,
    Cancellation,
    Detached,
    InvalidAnswer,
    InvalidArgument,
    JobFailed,
    JobStatus,
    NotFound,
    OutcomeUnknown,
    RateLimit,
    RetryPolicy,
    SearchQuery,
    SearchState,
    SearchStatus,
    ServerError,
    StillRunning,
    Timeouts,
)
from mediaintel_async.simulator import Fault

W = "my-workspace"
CAR = SearchQuery(text="a red car")


@pytest.fixture
async def library(world):
    """Two indexed assets with 130 and 120 scenes, and one that is not indexed."""
    return [
        world.add_asset(W, 1234, 5678, scenes=130, indexed=True),
        world.add_asset(W, 1235, 5679, scenes=120, indexed=True),
        world.add_asset(W, 1234, 5680, scenes=10),
    ]


async def hits_of(result):
    """All hits of a result, as the service sent them."""
    return [hit.extra async for hit in result]


async def found(client, query=CAR):
    """All that a search finds."""
    return await hits_of(await (await client.jobs.start_search(W, query)).result())


async def take(hits, count):
    """Read the next hits of an iterator."""
    return [await anext(hits) for _ in range(count)]


# What is refused.


@pytest.mark.parametrize(
    "ask",
    [
        lambda search: search.request(W, "a red car"),
        lambda search: search.request("", CAR),
        lambda search: search.request_scenes({"text": "car"}),
        lambda search: search.request_scenes(SearchQuery(text="car", project_ids=[1])),
        lambda search: search.list_page(W, "s", page=0),
        lambda search: search.list_page(W, "s", page="1"),
        lambda search: search.list_page(W, "s", page_size=101),
        lambda search: search.list_page(W, "s", page_size=True),
        lambda search: search.list_page(W, ""),
        lambda search: search.list_scenes_page(W, "s", page_size=0),
        lambda search: search.list_scenes_page(W, None),
        lambda search: search.issue_image_upload_url(""),
        lambda search: search.check_image_upload(5),
    ],
)
async def test_a_call_that_makes_no_sense_is_not_sent(client, simulator, ask):
    """
    An argument that the service does not take is an InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument):
        await ask(client.search)

    assert [] == simulator.requests


# The job.


async def test_a_search_finds_the_scenes_of_what_is_indexed(client, library, simulator):
    """
    A search is started once, waited for while it runs, and its hits say which asset they are in.
    """
    job = await client.jobs.start_search(W, SearchQuery(text="car", asset_ids=[5679]))
    seen = []
    result = await job.result(on_progress=lambda status: seen.append(status.state))

    hits = [hit async for hit in result]
    assert [SearchState.RUNNING, SearchState.COMPLETED] == seen
    assert (120, {AssetRef(W, 1235, 5679)}) == (result.total_count, {hit.ref for hit in hits})
    assert list(range(1, 121)) == sorted(hit.extra["sceneId"] for hit in hits)
    assert 1 == sent(simulator, "search_assets")


async def test_a_search_waits_as_long_as_it_runs(client, library, world, clock):
    """
    An hour of RUNNING is waited through.
    """
    job = await client.jobs.start_search(W, CAR)
    world.searches.get(job._search_id)
    before = clock.monotonic()
    object.__setattr__(world.searches.get(job._search_id), "ends_at", before + 3600)

    status = await job.wait()

    assert status.succeeded
    assert 3600 <= clock.monotonic() - before < 3780


async def test_hits_come_best_first_over_all_pages(client, library):
    """
    All 250 hits come, in the order of the service, although a page has a hundred.
    """
    hits = await found(client)

    assert 250 == len({(hit["assetId"], hit["sceneId"]) for hit in hits})
    assert sorted(hits, key=lambda hit: -hit["score"]) == hits


async def test_a_search_that_finds_nothing_is_a_success(client, world):
    """
    No hits are a result like any other.
    """
    world.add_workspace(W)

    assert [] == await found(client)


async def test_a_failed_search_is_told(client, library, world):
    """
    `result()` of a search that failed is JobFailed, with the last status and a token.
    """
    world.searches.fail_next()
    job = await client.jobs.start_search(W, CAR)

    with pytest.raises(JobFailed, match=r"search \w+ in my-workspace failed \(FAILED\)") as caught:
        await job.result()

    assert SearchState.FAILED == caught.value.last_status.state
    assert job.token == caught.value.token


@pytest.mark.parametrize(
    "fault",
    [Fault.DROP_AFTER, Fault.DROP_BEFORE, Fault.GATEWAY_TIMEOUT_AFTER, Fault.NOT_JSON],
    ids=["done", "not done", "504", "unreadable"],
)
async def test_a_lost_search_is_unknown_and_not_sent_again(client, library, simulator, fault):
    """
    Where the answer to a start is lost, so is the id: nothing is sent again.
    """
    simulator.faults.add("search_assets", fault)

    with pytest.raises(OutcomeUnknown, match="nothing is sent again") as caught:
        await client.jobs.start_search(W, CAR)

    assert ((), None) == (caught.value.candidates, caught.value.token)
    assert 1 == sent(simulator, "search_assets")


async def test_a_refused_search_is_raised_as_it_came(client):
    """
    A workspace that does not exist is the service's own 404.
    """
    with pytest.raises(NotFound):
        await client.jobs.start_search(W, CAR)


async def test_a_token_resumes_a_search_elsewhere(new_client, library, simulator):
    """
    Another client reads what was started, without another search.
    """
    async with new_client() as first:
        token = (await first.jobs.start_search(W, CAR)).token

    result = await new_client().jobs.resume(token).result()

    assert 250 == len(await hits_of(result))
    assert 1 == sent(simulator, "search_assets")


async def test_a_search_is_attached_to_by_its_id(client, library):
    """
    What `client.search.request()` started can be waited for.
    """
    started = await client.search.request(W, CAR)

    assert (await client.jobs.attach_search(W, started.search_id).wait()).succeeded


@pytest.mark.parametrize("arguments", [("", "s"), (W, ""), (W, None)])
async def test_attaching_needs_a_workspace_and_an_id(client, arguments):
    """
    A search that has no name is an InvalidArgument.
    """
    with pytest.raises(InvalidArgument):
        client.jobs.attach_search(*arguments)


async def test_a_token_without_a_search_is_damaged(client, where, asset):
    """
    A token of the kind `search` that names an asset instead is refused.
    """
    job = client.jobs.attach_search(W, "s")
    job._search_id = "s"
    said = job._token_fields()
    object.__setattr__(said, "ids", (1, 2))
    job._token_fields = lambda: said

    with pytest.raises(InvalidArgument, match="does not name a search"):
        client.jobs.resume(job.token)


async def test_a_search_left_in_flight_has_its_token(new_client, library, simulator):
    """
    A task cancelled while the start is in flight sees it to its end, and carries the token.
    """
    simulator.faults.add("search_assets", Fault.SLOW(5))
    task = asyncio.ensure_future(new_client().jobs.start_search(W, CAR))
    await asyncio.sleep(2)
    task.cancel()

    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    assert (await new_client().jobs.resume(caught.value.token).wait()).succeeded


async def test_a_search_left_without_an_answer_has_none(client, library, simulator):
    """
    A task cancelled while an answer does not come within ten seconds leaves without a token.
    """
    simulator.faults.add("search_assets", Fault.SLOW(50))
    task = asyncio.ensure_future(client.jobs.start_search(W, CAR))
    await asyncio.sleep(2)
    task.cancel()

    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    assert not hasattr(caught.value, "token")


async def test_closing_the_client_while_a_search_is_started_is_detached(
    new_client, library, simulator
):
    """
    A start that has no answer ten seconds after the client was closed ends as Detached.
    """
    simulator.faults.add("search_assets", Fault.SLOW(50))
    client = new_client()
    task = asyncio.ensure_future(client.jobs.start_search(W, CAR))
    await asyncio.sleep(2)
    await client.aclose()

    with pytest.raises(Detached, match="closed before an answer came") as caught:
        await task

    assert caught.value.token is None


async def test_a_timeout_leaves_a_search_going(client, library):
    """
    `timeout` leaves with StillRunning and a token, even if it was asked to cancel.
    """
    job = await client.jobs.start_search(W, CAR)

    with pytest.raises(StillRunning) as caught:
        await job.result(timeout=0, on_timeout="cancel")

    assert (SearchState.RUNNING, None) == (
        caught.value.last_status.state,
        caught.value.cancellation,
    )
    assert (await client.jobs.resume(caught.value.token).wait()).succeeded


async def test_a_search_cannot_be_cancelled(client, library):
    """
    The service has no call for it, so `cancel()` is an InvalidArgument.
    """
    job = await client.jobs.start_search(W, CAR)

    with pytest.raises(InvalidArgument, match="the service has no such call"):
        await job.cancel()

    assert Cancellation.CANCELED not in (await job.wait()).state


async def test_watching_a_search_shows_each_change(client, library):
    """
    `watch()` yields RUNNING, then COMPLETED, and ends.
    """
    job = await client.jobs.start_search(W, CAR)

    assert ["RUNNING", "COMPLETED"] == [status.state async for status in job.watch()]


async def test_an_ended_search_is_not_looked_at_again(client, library, simulator):
    """
    A second wait gives the final status at once.
    """
    job = await client.jobs.start_search(W, CAR)
    ended = await job.wait()
    looks = sent(simulator, "get_asset_search_result")

    assert ended is await job.wait()
    assert looks == sent(simulator, "get_asset_search_result")


async def test_a_wait_for_an_ended_search_shows_its_end(client, library):
    """
    Whoever waits for what has ended is shown the final status, too.
    """
    job = await client.jobs.start_search(W, CAR)
    ended = await job.wait()
    shown = []

    await job.wait(on_progress=shown.append)

    assert [ended] == shown


async def test_between_two_steps_of_a_watch_the_end_is_still_expected(client, library):
    """
    What is known of earlier searches tells `seconds_left`, also while nobody waits.
    """
    for _ in range(3):
        await (await client.jobs.start_search(W, CAR)).wait()
    job = await client.jobs.start_search(W, CAR)

    await anext(aiter(job.watch()))

    assert 0 < job.seconds_left < 60


async def test_what_should_have_ended_long_ago_has_no_seconds_left(client, library, clock):
    """
    `seconds_left` counts down to 0, and no further.
    """
    for _ in range(3):
        await (await client.jobs.start_search(W, CAR)).wait()
    job = await client.jobs.start_search(W, CAR)
    await anext(aiter(job.watch()))

    await clock.sleep(1000)

    assert 0 == job.seconds_left


async def test_a_failed_look_of_a_wait_is_not_sent_again_at_once(new_client, library, simulator):
    """
    The wait looks again when its cadence says so; the transport's retry keeps out of it.
    """
    client = new_client(retry=RetryPolicy(wait=tenacity.wait_fixed(0.01)))
    job = await client.jobs.start_search(W, CAR)
    watch = job.watch()
    await anext(watch)
    simulator.faults.add("get_asset_search_result", Fault.STATUS(500), times=2)

    await anext(watch)

    looks = [one.at for one in simulator.requests if one.operation == "get_asset_search_result"]
    assert all(later - earlier > 0.5 for earlier, later in itertools.pairwise(looks))


class Counting(tenacity.wait.wait_base):
    """A cadence of half a second that keeps the numbers of the looks."""

    def __init__(self):
        self.numbers = []

    def __call__(self, retry_state):
        """Take the number, and ask for half a second."""
        self.numbers.append(retry_state.attempt_number)
        return 0.5


async def test_a_watch_of_a_search_keeps_its_pace(new_client, library):
    """
    The steps of one watch count their looks on, as one wait does.
    """
    cadence = Counting()
    job = await new_client(cadence=cadence).jobs.start_search(W, CAR)

    _ = [status async for status in job.watch()]

    assert len(cadence.numbers) > 2
    assert list(range(1, 1 + len(cadence.numbers))) == cadence.numbers


async def test_searches_of_two_workspaces_are_not_mixed_up(server, clock):
    """
    An id counts within its workspace: equal ones in two workspaces are two searches.
    """

    def answer(received):
        state = "FAILED" if "/other/" in received.target else "COMPLETED"
        return Answer(body=f'{{"code": "0", "result": {{"status": "{state}"}}}}'.encode())

    server.answers = [answer]
    async with connect(server, clock=clock) as client:
        jobs = [client.jobs.attach_search(one, "5") for one in (W, "other")]

        ends = await asyncio.gather(*(job.wait() for job in jobs))

    assert [True, False] == [one.succeeded for one in ends]


async def test_a_look_at_a_search_is_its_status(client, library):
    """
    `status()` makes one look; `asset` is None, since a search is about no single asset.
    """
    job = await client.jobs.start_search(W, CAR)

    status = await job.status()

    assert (SearchState.RUNNING, False, None) == (status.state, status.is_final, status.progress)
    assert job.asset is None
    assert f"<SearchJob: search {status.search_id} in my-workspace, RUNNING>" == repr(job)


async def test_a_stale_look_after_the_end_changes_nothing(client, library, world):
    """
    What has completed stays so, whatever a later look shows.
    """
    job = await client.jobs.start_search(W, CAR)
    await job.wait()
    object.__setattr__(world.searches.get(job._search_id), "ends_at", math.inf)

    assert SearchState.RUNNING == (await job.status()).state
    assert (await job.wait()).succeeded


async def test_closing_the_client_detaches_a_search(new_client, library):
    """
    Whoever waits when the client is closed gets Detached, with the token.
    """
    client = new_client()
    job = await client.jobs.start_search(W, CAR)
    waiting = asyncio.ensure_future(job.wait())
    await asyncio.sleep(0.5)
    await client.aclose()

    with pytest.raises(Detached) as caught:
        await waiting

    assert job.token == caught.value.token


async def test_passing_trouble_only_moves_the_next_look(client, library, simulator):
    """
    A wait survives errors of the service, and a word that this version does not know.
    """
    unknown = b'{"code": "0", "result": {"searchId": "s", "status": "RANKING"}}'
    simulator.faults.add("get_asset_search_result", Fault.STATUS(500))
    simulator.faults.add("get_asset_search_result", Fault.DROP_AFTER)
    simulator.faults.add("get_asset_search_result", Fault.HTML)
    simulator.faults.add("get_asset_search_result", Fault.BODY(unknown))

    job = await client.jobs.start_search(W, CAR)

    assert (await job.wait()).succeeded


def test_a_status_says_what_every_status_says():
    """
    A search has no message and cannot be cancelled; it is done or not.
    """
    status: JobStatus = SearchStatus(state=SearchState.COMPLETED)

    assert (True, True, 1.0, None) == (
        status.is_final,
        status.succeeded,
        status.progress,
        status.message,
    )
    assert (False, False) == (status.is_before, status.canceled)


# The hits.


async def test_pages_are_read_when_they_are_asked_for(client, library, simulator):
    """
    A hundred hits need one page, and the next one another: nothing is read ahead.
    """
    result = await (await client.jobs.start_search(W, CAR)).result()
    before = sent(simulator, "get_asset_search_result")

    hits = aiter(result)
    await take(hits, 100)
    after_a_hundred = sent(simulator, "get_asset_search_result")
    await take(hits, 1)

    assert before == after_a_hundred
    assert before + 1 == sent(simulator, "get_asset_search_result")


async def test_hits_can_be_read_twice(client, library):
    """
    Iterating again begins again.
    """
    result = await (await client.jobs.start_search(W, CAR)).result()

    assert await hits_of(result) == await hits_of(result)


async def test_iterate_reads_the_hits_of_an_id(client, library):
    """
    `client.search.iterate()` needs no job, and takes pages of any size.
    """
    started = await client.search.request(W, CAR)
    await client.jobs.attach_search(W, started.search_id).wait()

    hits = [hit async for hit in client.search.iterate(W, started.search_id, page_size=7)]

    assert 250 == len(hits)


async def test_the_older_search_is_there(client, library):
    """
    `request_scenes()` and `list_scenes_page()` do as the newer calls do.
    """
    started = await client.search.request_scenes(CAR)
    running = await client.search.list_scenes_page(W, started.search_id)
    await asyncio.sleep(5)

    status = await client.search.list_scenes_page(W, started.search_id, page=3, page_size=100)

    assert (SearchState.RUNNING, None) == (running.state, running.hits)
    assert (250, 3, 3) == (status.total_count, status.total_pages, status.page_number)
    assert 50 == len(status.hits)
    assert {1234, 1235} == {hit.ref.project_id for hit in status.hits}


async def test_hits_of_a_search_that_runs_are_an_invalid_answer(client, library):
    """
    Reading hits before the search has completed says so, instead of finding nothing.
    """
    started = await client.search.request(W, CAR)

    with pytest.raises(InvalidAnswer, match="expected COMPLETED before any hit is read"):
        _ = [hit async for hit in client.search.iterate(W, started.search_id)]


async def test_a_page_that_cannot_be_read_is_an_error(client, library, simulator):
    """
    An error of a later page reaches whoever iterates; the hits before it have come.
    """
    hits = aiter(await (await client.jobs.start_search(W, CAR)).result())
    simulator.faults.add("get_asset_search_result", Fault.STATUS(500), times=math.inf)
    before = await take(hits, 100)

    with pytest.raises(ServerError):
        await anext(hits)

    assert 100 == len(before)


async def test_neither_hits_nor_reads_are_in_a_repr(client, library):
    """
    A repr of result, status or hit shows no field that the service sent: one may be a key.
    """
    result = await (await client.jobs.start_search(W, CAR)).result()
    hit = await anext(aiter(result))

    assert "score" not in f"{result!r} {result.first_page!r} {hit!r}"
    assert "<100 hits>" in repr(result.first_page)


# The documented limit.


@pytest.mark.parametrize("a_minute", [100, pytest.param(1000, marks=pytest.mark.thorough)])
async def test_searches_keep_to_so_many_a_minute(server, clock, a_minute):
    """
    However many are started at once, no minute sees more than allowed: by the document, 1,000.
    """
    server.answers = [Answer(body=b'{"code": "0", "result": {"searchId": "s"}}')]
    limits = RateLimit(searches_per_minute=a_minute)

    async with connect(server, clock=clock, rate_limit=limits) as client:
        searches = (client.search.request(W, CAR) for _ in range(2 * a_minute + 10))
        await asyncio.gather(*searches)

    assert [] == [
        first
        for first, later in zip(server.arrivals, server.arrivals[a_minute:], strict=False)
        if later - first < 60
    ]
    assert server.arrivals[-1] - server.arrivals[0] < 132


async def test_searches_held_up_do_not_leave_all_at_once(server, clock):
    """
    After a pause that the service asked for, too, no minute sees more searches than allowed.
    """
    started = Answer(body=b'{"code": "0", "result": {"searchId": "s"}}')
    server.answers = [refusal(429, "410", Retry_After="60"), started]
    limits = RateLimit(searches_per_minute=100)

    async with connect(server, clock=clock, rate_limit=limits) as client:
        await asyncio.gather(*(client.search.request(W, CAR) for _ in range(210)))

    assert [] == [
        first
        for first, later in zip(server.arrivals, server.arrivals[100:], strict=False)
        if later - first < 60
    ]


async def test_other_calls_pass_searches_by(server, clock):
    """
    Reading results is not held up by the limit of starting searches.
    """
    body = b'{"code": "0", "result": {"searchId": "s", "status": "RUNNING"}}'
    server.answers = [Answer(body=body)]

    async with connect(server, clock=clock) as client:
        began = clock.monotonic()
        shared_start = asyncio.gather(*(client.search.request(W, CAR) for _ in range(100)))
        await asyncio.sleep(0)
        await client.search.list_page(W, "s")
        passed = clock.monotonic() - began
        await shared_start

    assert passed < 1


async def test_searches_waiting_for_their_turn_end_with_the_client(server, clock):
    """
    Closing the client ends the wait for a turn at once.
    """
    server.answers = [refusal(500)]

    client = connect(server, clock=clock, timeouts=Timeouts(wait=1))
    waiting = [asyncio.ensure_future(client.search.request(W, CAR)) for _ in range(500)]
    await asyncio.sleep(1)
    began = clock.monotonic()
    await client.aclose()
    await asyncio.wait(waiting)

    assert clock.monotonic() - began < 5
    assert all(task.exception() for task in waiting)
