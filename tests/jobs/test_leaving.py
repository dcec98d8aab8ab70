"""Every way out of a wait leaves a token, and the token goes on without paying again."""

import asyncio
import contextlib
import math
import pickle

import aiohttp
import pytest
from arrivals import sent
from attrs import evolve

from mediaintel_async import (
    AnswerLost,
    AssetRef,
    ClientClosed,
    Credentials,
    Detached,
    InvalidArgument,
    JobFailed,
    MediaIntelligence,
    MediaIntelligenceError,
    NotFound,
    RetryPolicy,
    StillRunning,
    Timeouts,
)
from mediaintel_async.jobs.token import encode
from mediaintel_async.simulator import Fault


async def leave_by_timeout(client, asset, seconds):
    """Leave by the timeout of the call."""
    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=seconds)
    return caught.value.token


async def leave_by_cancellation(client, asset, seconds):
    """Leave because the task is cancelled."""
    task = asyncio.ensure_future(client.summarize(asset))
    await asyncio.sleep(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.token in "".join(caught.value.__notes__)
    return caught.value.token


async def leave_by_closing(client, asset, seconds):
    """Leave because the client is closed."""
    task = asyncio.ensure_future(client.summarize(asset))
    await asyncio.sleep(seconds)
    await client.aclose()
    with pytest.raises(Detached) as caught:
        await task
    return caught.value.token


async def leave_by_asyncio_timeout(client, asset, seconds):
    """Leave by a timeout around the call."""
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(seconds):
            await client.summarize(asset)
    return caught.value.__cause__.token


WAYS = [leave_by_timeout, leave_by_cancellation, leave_by_closing, leave_by_asyncio_timeout]


@pytest.mark.parametrize("seconds", [0.001, 3, 20, 48.5, 60, 85])
@pytest.mark.parametrize("leave", WAYS)
async def test_every_way_out_leaves_a_token_that_goes_on(
    new_client, asset, where, world, leave, seconds
):
    """
    Whenever and however a wait is left, another client ends the work and pays for nothing twice.
    """
    token = await leave(new_client(), asset, seconds)

    summary = await new_client().jobs.resume(token).result()

    assert 10 == len(summary.scenes)
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


@pytest.mark.parametrize("leave", WAYS)
@pytest.mark.parametrize("operation", ["request_index", "request_scene_summary"])
async def test_leaving_with_a_post_in_flight_loses_nothing(
    new_client, asset, where, world, simulator, operation, leave
):
    """
    A start that is in flight when its wait is left is found again, and not sent twice.
    """
    simulator.faults.add(operation, Fault.SLOW(8))
    seconds = {"request_index": 4, "request_scene_summary": 52}[operation]
    token = await leave(new_client(), asset, seconds)

    summary = await new_client().jobs.resume(token).result()

    assert summary.scenes
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])
    assert 1 == sent(simulator, operation)


async def test_a_cancelled_task_sees_its_post_to_the_end(client, asset, where, simulator, clock):
    """
    The task that is cancelled during a POST ends once the answer is there.
    """
    simulator.faults.add("request_index", Fault.SLOW(8))
    task = asyncio.ensure_future(client.jobs.start_index(asset))
    await asyncio.sleep(2)
    began = clock.monotonic()

    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert 5 < clock.monotonic() - began < 7


async def test_a_cancelled_task_does_not_wait_for_ever(client, asset, where, simulator, clock):
    """
    A POST that gets no answer holds up a cancellation for ten seconds at most.
    """
    simulator.faults.add("request_index", Fault.SLOW(25))
    task = asyncio.ensure_future(client.jobs.start_index(asset))
    await asyncio.sleep(2)
    began = clock.monotonic()

    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert abs(10 - (clock.monotonic() - began)) < 0.1


async def test_a_task_cancelled_before_the_post_starts_nothing(
    client, asset, where, simulator, world
):
    """
    A start that is cancelled while it still looks is not sent afterwards.
    """
    simulator.faults.add("get_index_status", Fault.SLOW(5))
    task = asyncio.ensure_future(client.jobs.start_index(asset))
    await asyncio.sleep(2)

    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(60)

    assert 0 == sent(simulator, "request_index")


async def test_progress_carries_a_token_before_anything_is_paid(client, asset, where, simulator):
    """
    `on_progress` is given a token before each POST that starts work.
    """
    told = []

    def tell(status):
        starts = sent(simulator, "request_index") + sent(simulator, "request_scene_summary")
        told.append((starts, status.token))

    await client.summarize(asset, on_progress=tell)

    assert 0 == told[0][0]
    assert all(token.startswith("mi1.") for _, token in told)


async def test_tokens_from_every_moment_resume(new_client, asset, where, world):
    """
    Each token that a pipeline ever showed can be resumed when all is over, at no cost.
    """
    tokens = set()
    await new_client().summarize(asset, on_progress=lambda status: tokens.add(status.token))
    client = new_client()

    summaries = await asyncio.gather(*(client.jobs.resume(one).result() for one in tokens))

    assert len(tokens) > 3
    assert {10} == {len(one.scenes) for one in summaries}
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_tokens_of_a_new_run_resume_without_a_second_start(new_client, world):
    """
    With reuse=False too, a token from before the POST finds the run that the POST started.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    tokens = []
    await new_client().summarize(
        AssetRef("w", 1, 2), reuse=False, on_progress=lambda status: tokens.append(status.token)
    )
    pending = [one for one in tokens if new_client().jobs.resume(one)._facts.waiting_for]

    summaries = await asyncio.gather(*(new_client().jobs.resume(one).result() for one in pending))

    assert summaries
    assert 1 == world.bill[here, "summary"]


async def test_a_failure_carries_a_token_and_pickles(client, asset, where, world):
    """
    An error of a job can be sent home from a worker process, token and last status included.
    """
    world.fail_next(where, "index", "no such codec")
    with pytest.raises(JobFailed) as caught:
        await client.summarize(asset)

    copy = pickle.loads(pickle.dumps(caught.value))

    assert (caught.value.token, caught.value.last_status) == (copy.token, copy.last_status)
    assert str(caught.value) == str(copy)


async def test_resuming_needs_no_service(new_client, simulator, asset):
    """
    `resume()` itself sends nothing.
    """
    token = new_client().jobs.attach_summary(asset).token

    job = new_client().jobs.resume(token)

    assert [] == simulator.requests
    assert token == job.token


async def test_a_closed_client_detaches_all_and_takes_no_more(new_client, asset, where):
    """
    Closing ends every wait with Detached, and later calls with ClientClosed.
    """
    client = new_client()
    job = await client.jobs.start_pipeline(asset)
    waits = [asyncio.ensure_future(job.wait()) for _ in range(20)]
    await asyncio.sleep(5)

    await client.aclose()

    outcomes = await asyncio.gather(*waits, return_exceptions=True)
    assert [Detached] * 20 == [type(one) for one in outcomes]
    assert {job.token} == {one.token for one in outcomes}
    with pytest.raises(ClientClosed):
        await job.wait()


async def test_closing_sees_a_post_to_its_end(new_client, asset, where, simulator, world):
    """
    A start in flight is not cut off by closing; whoever waits for it is detached.
    """
    simulator.faults.add("request_index", Fault.SLOW(5))
    client = new_client()
    task = asyncio.ensure_future(client.jobs.start_index(asset))
    await asyncio.sleep(2)

    await client.aclose()

    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    token = outcome.token
    assert (await new_client().jobs.resume(token).wait()).succeeded
    assert 1 == world.bill[where, "index"]


async def test_closing_while_a_lost_start_is_looked_for_detaches(
    new_client, asset, where, simulator, world
):
    """
    Closing does not wait for a lost start to settle; its token does.
    """
    simulator.faults.add("request_index", Fault.DROP_AFTER)
    simulator.faults.add("get_index_status", Fault())
    simulator.faults.add("get_index_status", Fault.BEFORE, times=3)
    client = new_client()
    task = asyncio.ensure_future(client.jobs.start_index(asset))
    await asyncio.sleep(2)

    await client.aclose()

    with pytest.raises(Detached) as caught:
        await task
    assert (await new_client().jobs.resume(caught.value.token).wait()).succeeded
    assert 1 == world.bill[where, "index"]


async def test_watching_ends_at_the_limit_of_a_wait(new_client, asset, where, clock):
    """
    A watch that nobody leaves ends with StillRunning after `Timeouts.wait`.
    """
    job = await new_client(timeouts=Timeouts(wait=30)).jobs.start_index(asset)
    began = clock.monotonic()

    with pytest.raises(StillRunning):
        _ = [status async for status in job.watch()]

    assert abs(30 - (clock.monotonic() - began)) < 0.01


async def test_a_name_too_long_for_a_token_hides_no_error(client):
    """
    Where a job's own token would be too long, its errors come without one.
    """
    job = client.jobs.attach_summary(AssetRef("w" * 1000, 1, 2))

    with pytest.raises(NotFound) as caught:
        await job.status()

    assert caught.value.token is None


async def test_an_import_without_a_run_cannot_be_begun_anew(client, asset):
    """
    The token of an import names an import that was made; another one is InvalidArgument.
    """
    said = client.jobs.attach_import(asset)._token_fields()

    with pytest.raises(InvalidArgument, match="anew"):
        await client.jobs.resume(encode(evolve(said, run=None))).wait()


async def test_a_token_that_names_no_asset_is_refused(client, asset):
    """
    A token with too many ids is damaged.
    """
    said = client.jobs.attach_summary(asset)._token_fields()

    with pytest.raises(InvalidArgument, match="asset"):
        client.jobs.resume(encode(evolve(said, ids=(1, 2, 3))))


async def test_a_token_of_an_unknown_kind_is_refused(client, asset):
    """
    A token of a kind that this version does not know is an InvalidArgument.
    """
    said = client.jobs.attach_summary(asset)._token_fields()

    with pytest.raises(InvalidArgument, match="kind"):
        client.jobs.resume(encode(evolve(said, kind="opera")))


def test_a_job_is_made_without_a_loop(asset):
    """
    Resuming and attaching need no running event loop: there is no I/O in them.
    """
    client = MediaIntelligence(Credentials("a", "b"))

    job = client.jobs.resume(client.jobs.attach_summary(asset).token)

    assert "not looked at" in repr(job)


async def test_what_was_not_started_is_not_said_to_go_on(client, asset, where, simulator):
    """
    A wait that is left before anything was started says so, and has no last status.
    """
    simulator.faults.add("get_index_status", Fault.SLOW(50))

    with pytest.raises(StillRunning, match="nothing was started yet") as caught:
        await client.summarize(asset, timeout=5)

    assert caught.value.last_status is None


async def test_a_start_without_an_answer_is_not_said_to_go_on(client, asset, where, simulator):
    """
    A wait that is left while a start is unconfirmed says that the start may have been sent.
    """
    simulator.faults.add("request_index", Fault.SLOW(50))

    with pytest.raises(StillRunning, match="a start may have been sent") as caught:
        await client.summarize(asset, timeout=5)

    assert client.jobs.resume(caught.value.token)._token_fields().run.is_pending


async def test_nothing_is_started_while_the_client_closes(
    new_client, asset, where, world, simulator
):
    """
    A start that is begun while the client waits for another one's POST is refused, and not sent.
    """
    other = world.add_asset(workspace="w", project_id=1, asset_id=9, indexed=True)
    simulator.faults.add("request_index", Fault.SLOW(8))
    client = new_client()
    first = asyncio.ensure_future(client.jobs.start_index(asset))
    await asyncio.sleep(2)
    closing = asyncio.ensure_future(client.aclose())
    await asyncio.sleep(1)

    with pytest.raises(ClientClosed):
        await client.jobs.start_summary(AssetRef("w", 1, 9))

    await closing
    await asyncio.gather(first, return_exceptions=True)
    assert 0 == world.bill[other, "summary"]


@pytest.fixture
async def own_session():
    """A session of the caller's."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("whose", ["the client's", "the caller's"])
@pytest.mark.parametrize("fault", [Fault.ENDLESS, Fault.SLOW(1000)], ids=["body", "headers"])
async def test_closing_ends_calls_whose_answer_is_on_its_way(
    new_client, own_session, asset, where, simulator, clock, whose, fault
):
    """
    Whoever waits for an answer when the client is closed is told so at once, by any session.
    """
    client = new_client(session={"the client's": None, "the caller's": own_session}[whose])
    simulator.faults.add("*", fault, math.inf)
    call = asyncio.ensure_future(client.assets.get(asset))
    wait = asyncio.ensure_future(client.summarize(asset))
    await asyncio.sleep(5)

    await client.aclose()
    await asyncio.wait({call, wait})

    assert isinstance(call.exception(), AnswerLost)
    assert isinstance(wait.exception(), Detached)
    assert wait.exception().token
    assert clock.monotonic() < 6


@pytest.mark.parametrize("rounds", range(12))
async def test_a_session_that_its_owner_closes_ends_a_call(
    new_client, own_session, asset, where, rounds
):
    """
    A caller who closes the session under a call gets an error of the tree, whenever that is.
    """
    client = new_client(session=own_session, retry=RetryPolicy(attempts=1))
    call = asyncio.ensure_future(client.assets.get(asset))
    for _ in range(rounds):
        await asyncio.sleep(0)

    await own_session.close()
    await asyncio.wait({call})

    assert call.exception() is None or isinstance(call.exception(), MediaIntelligenceError)


async def test_closing_detaches_who_just_looks(client, asset, where, simulator):
    """
    A single look that is on its way when the client is closed is Detached, with the token.
    """
    job = client.jobs.attach_summary(asset)
    simulator.faults.add("*", Fault.SLOW(1000))
    look = asyncio.ensure_future(job.status())
    await asyncio.sleep(5)

    await client.aclose()
    await asyncio.wait({look})

    assert isinstance(look.exception(), Detached)
    assert job.token == look.exception().token


async def test_closing_hides_no_error_of_the_caller(client, asset):
    """
    What goes wrong for another reason while the client is closed stays what it is.
    """
    job = client.jobs.attach_summary(asset)

    async def stumble():
        with job.token_on_errors():
            await client.aclose()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        await stumble()

    assert job.token == caught.value.token


async def test_closing_does_not_swallow_a_cancellation(client, asset, simulator):
    """
    A task that is cancelled while its client is closed ends as cancelled.
    """
    simulator.faults.add("*", Fault.SLOW(1000))
    call = asyncio.ensure_future(client.assets.get(asset))
    await asyncio.sleep(5)

    call.cancel()
    await client.aclose()
    await asyncio.wait({call})

    assert call.cancelled()


async def test_closing_ends_the_pauses_between_looks(client, asset, where, simulator, clock):
    """
    A wait that rests between its stages, because the service asked for it, leaves at once.
    """
    simulator.faults.add("*", Fault.STATUS(503, retry_after="100"), math.inf)
    wait = asyncio.ensure_future(client.summarize(asset))
    await asyncio.sleep(350)

    before = clock.monotonic()
    await client.aclose()
    await asyncio.wait({wait})

    assert isinstance(wait.exception(), Detached)
    assert clock.monotonic() - before < 1
