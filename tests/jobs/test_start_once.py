"""Each start under each fault: one run per intention, or OutcomeUnknown, by the bill."""

import asyncio
import math

import pytest
from arrivals import sent
from attrs import evolve

from mediaintel_async import (
    AnswerLost,
    AssetRef,
    AuthenticationFailed,
    ConfigurationError,
    Conflict,
    Credentials,
    IndexOptions,
    InvalidRequest,
    MediaIntelligence,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PermissionDenied,
    StillRunning,
    TooManyRequests,
)
from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.jobs.run_job import RunJob, start_and_return
from mediaintel_async.simulator import Fault, Timings
from mediaintel_async.simulator.fault import NONE

ACTED = {
    "dropped after acting": Fault.DROP_AFTER,
    "504 after acting": Fault.GATEWAY_TIMEOUT_AFTER,
    "unreadable": Fault.NOT_JSON,
    "slower than the timeout": Fault.SLOW(100),
    "visible late": Fault.LATE(12, Fault.DROP_AFTER),
    "500 after acting": Fault.STATUS(500, acts=True),
}
NOT_ACTED = {
    "dropped before acting": Fault.DROP_BEFORE,
    "504 before acting": Fault.GATEWAY_TIMEOUT_BEFORE,
    "a proxy's page": Fault.HTML,
    "500 before acting": Fault.STATUS(500),
}


def faults(kinds):
    """Run a test once for each of *kinds*."""
    return pytest.mark.parametrize("fault", kinds.values(), ids=kinds.keys())


REF = AssetRef("my-workspace", 1234, 5678)


@pytest.mark.parametrize("operation", ["request_index", "request_scene_summary"])
@faults({**ACTED, **NOT_ACTED})
async def test_a_pipeline_survives_each_lost_start_and_pays_once(
    client, asset, where, world, simulator, operation, fault
):
    """
    Whatever becomes of a start's answer, a pipeline ends with one run in each stage.
    """
    simulator.faults.add(operation, fault)

    summary = await client.summarize(asset)

    assert summary.scenes
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


@faults(ACTED)
async def test_a_lost_start_that_took_is_found_and_not_sent_again(
    client, indexed, world, simulator, fault
):
    """
    A start that took is recognised by looking: one POST, one run, and the job is ours.
    """
    simulator.faults.add("request_scene_summary", fault)

    job = await client.jobs.start_summary(REF)
    status = await job.wait()

    assert status.succeeded
    assert (1, 1) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


@faults(NOT_ACTED)
async def test_a_lost_start_that_did_not_take_is_sent_once_more(
    client, indexed, world, simulator, fault, clock
):
    """
    A start without effect for the time to settle is sent a second time.
    """
    simulator.faults.add("request_scene_summary", fault)
    began = clock.monotonic()

    await client.jobs.start_summary(REF)

    assert 30 <= clock.monotonic() - began < 32
    assert (1, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


@faults(NOT_ACTED)
async def test_a_start_is_never_sent_a_third_time(client, indexed, world, simulator, fault):
    """
    Two starts without effect are OutcomeUnknown, and so is everything after.
    """
    simulator.faults.add("request_scene_summary", fault, times=math.inf)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_summary(REF)

    with pytest.raises(OutcomeUnknown):
        await client.jobs.resume(caught.value.token).wait()
    assert (0, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_wait_that_found_its_lost_start_is_patient_at_once(
    new_client, indexed, world, simulator
):
    """
    The look that found the run was answered: failing looks right after it are passed over.
    """
    tokens = []

    async def save(token):
        tokens.append(token)

    await new_client().jobs.start_summary(REF, checkpoint=save)
    simulator.faults.add("get_scene_summary_status", NONE)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503), times=9)

    status = await new_client().jobs.resume(tokens[0]).wait()

    assert status.succeeded
    assert 1 == world.bill[indexed, "summary"]


@faults(NOT_ACTED)
async def test_over_a_finished_run_a_lost_start_is_not_repeated(
    client, summarized, world, simulator, fault
):
    """
    Where an older run stands finished and nothing changes, a lost new run is OutcomeUnknown.
    """
    simulator.faults.add("request_scene_summary", fault)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_summary(REF, reuse=False)

    assert caught.value.token
    assert (0, 1) == (world.bill[summarized, "summary"], sent(simulator, "request_scene_summary"))


@faults(ACTED)
async def test_over_a_finished_run_a_lost_start_that_took_is_found(
    client, summarized, world, simulator, fault
):
    """
    A new run is told from the finished one by its time.
    """
    simulator.faults.add("request_scene_summary", fault)

    job = await client.jobs.start_summary(REF, reuse=False)
    status = await job.wait()

    assert status.succeeded
    assert (1, 1) == (world.bill[summarized, "summary"], sent(simulator, "request_scene_summary"))


async def test_an_effect_that_shows_after_settling_is_the_limit(client, indexed, world, simulator):
    """
    An effect later than `settle` is taken for none; the second start is then billed too.
    """
    simulator.faults.add("request_scene_summary", Fault.LATE(40, Fault.DROP_AFTER))

    await client.summarize(REF)

    assert (2, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_joined_run_is_looked_at_once(client, indexed, world, simulator):
    """
    Joining a run that is going takes the look that found it, and no other.
    """
    world.start_elsewhere(indexed, "summary")

    await client.jobs.start_summary(REF)

    assert 1 == sent(simulator, "get_scene_summary_status")


async def test_a_lost_start_that_was_found_is_looked_for_no_more(client, indexed, simulator):
    """
    The look that shows a lost start teaches its time as well: two looks are all it takes.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)

    await client.jobs.start_summary(REF)

    assert 2 == sent(simulator, "get_scene_summary_status")


@pytest.mark.parametrize("status", [400, 409])
async def test_a_refused_start_joins_the_run_that_is_going(
    client, summarized, world, simulator, status
):
    """
    A full run that is refused because a full run is going joins that one, 400 or 409.
    """
    simulator.assumed = evolve(simulator.assumed, second_request_status=status)
    world.start_elsewhere(summarized, "summary")

    job = await client.jobs.start_summary(REF, reuse=False)

    assert (await job.wait()).succeeded
    assert 0 == world.bill[summarized, "summary"]


@pytest.mark.parametrize("wanted", [{"scene_ids": [1, 2]}, {"locale": "ko"}])
async def test_a_start_with_wishes_of_its_own_meets_a_conflict(client, summarized, world, wanted):
    """
    A run over chosen scenes, or in a language, is not replaced by another: Conflict, with a
    token that attaches to the run in the way.
    """
    world.start_elsewhere(summarized, "summary")

    with pytest.raises(Conflict) as caught:
        await client.jobs.start_summary(REF, reuse=False, **wanted)

    other = client.jobs.resume(caught.value.token)
    assert (await other.wait()).succeeded
    assert 0 == world.bill[summarized, "summary"]


async def test_a_partial_run_in_the_way_of_a_full_one_is_a_conflict(client, summarized, world):
    """
    A new full run is not replaced by one over some scenes.
    """
    world.start_elsewhere(summarized, "summary", scene_ids=[1])

    with pytest.raises(Conflict):
        await client.jobs.start_summary(REF, reuse=False)

    assert 0 == world.bill[summarized, "summary"]


async def test_an_index_with_options_meets_a_conflict(client, asset, where, world):
    """
    An analysis with options of its own is not replaced by the one that is running.
    """
    world.start_elsewhere(where, "index")

    with pytest.raises(Conflict) as caught:
        await client.jobs.start_index(asset, IndexOptions(scene_range="LONG"))

    assert (await client.jobs.resume(caught.value.token).wait()).succeeded


async def test_the_index_stage_of_a_pipeline_joins_whatever_runs(client, asset, where, world):
    """
    For a pipeline any index will do, whatever its options.
    """
    world.start_elsewhere(where, "index")

    summary = await client.summarize(asset, index=IndexOptions(scene_range="LONG"))

    assert summary.scenes
    assert 0 == world.bill[where, "index"]


async def test_a_refusal_without_a_run_is_raised_as_it_came(client, asset, where, simulator):
    """
    A refused start where nothing is going raises the service's own refusal.
    """
    simulator.faults.add("request_index", Fault.CONFLICT)

    with pytest.raises(Conflict, match="Refused by the simulator"):
        await client.jobs.start_index(asset)

    assert 1 == sent(simulator, "request_index")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.STATUS(401), AuthenticationFailed),
        (Fault.STATUS(403, "403"), PermissionDenied),
        (Fault.STATUS(400, "10001"), InvalidRequest),
    ],
)
async def test_a_certain_refusal_is_raised_at_once(client, indexed, simulator, world, fault, error):
    """
    What the service refused for good is not looked for, and not sent again.
    """
    simulator.faults.add("request_scene_summary", fault)

    with pytest.raises(error):
        await client.jobs.start_summary(REF)

    assert (0, 1) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_throttled_start_is_simply_sent_again(client, indexed, simulator, world):
    """
    429 turned the start away before anything was done, so it is repeated.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="2"), times=2)

    await client.summarize(REF)

    assert (1, 3) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_quota_used_up_is_not_asked_again(client, indexed, simulator, world):
    """
    429 with the quota's code comes out at once.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, "400"))

    with pytest.raises(Exception, match="Quota") as caught:
        await client.jobs.start_summary(REF)

    assert not isinstance(caught.value, TooManyRequests)
    assert 1 == sent(simulator, "request_scene_summary")


async def test_a_lost_start_then_refused_is_our_own_run(client, indexed, simulator, world):
    """
    An effect that shows just after settling makes the service refuse the second start: it is
    our first one, and is joined.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)
    simulator.faults.add("get_scene_summary_status", Fault(), times=1)
    simulator.faults.add("get_scene_summary_status", Fault.STALE, times=10)

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded
    assert (1, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_start_lost_where_no_look_succeeds_is_unknown(client, indexed, simulator, world):
    """
    Where no look succeeds for `Timeouts.unreachable`, a lost start is not sent again.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)
    simulator.faults.add("get_scene_summary_status", Fault(), times=1)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(500), times=math.inf)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_summary(REF)

    assert 1 == sent(simulator, "request_scene_summary")
    simulator.faults.clear()
    assert (await client.jobs.resume(caught.value.token).wait()).succeeded
    assert 1 == world.bill[indexed, "summary"]


async def test_a_lost_start_beside_somebody_elses_run_is_unknown(
    client, summarized, simulator, world
):
    """
    A run over other scenes than ours is not taken for ours, and ours is not sent again.
    """

    async def start_elsewhere():
        await asyncio.sleep(1)
        world.start_elsewhere(summarized, "summary", scene_ids=[9])

    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    other = asyncio.ensure_future(start_elsewhere())

    with pytest.raises(OutcomeUnknown):
        await client.jobs.start_summary(REF, reuse=False, scene_ids=[1])

    await other
    assert 1 == sent(simulator, "request_scene_summary")


async def test_starts_for_one_asset_queue_behind_each_other(client, indexed, world, simulator):
    """
    Ten starts at the same moment, all for new runs, send one POST at a time and one is paid.
    """
    jobs = await asyncio.gather(*(client.jobs.start_summary(REF, reuse=False) for _ in range(10)))

    assert {True} == {(await job.wait()).succeeded for job in jobs}
    assert 1 == world.bill[indexed, "summary"]
    assert {} == client._context.locks


async def test_a_lost_start_whose_waiter_timed_out_is_not_sent_again(
    client, indexed, world, simulator
):
    """
    With nobody waiting any more, a lost start is left to whoever resumes.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)

    with pytest.raises(StillRunning) as caught:
        await client.summarize(REF, timeout=20)

    await asyncio.sleep(100)
    assert 1 == sent(simulator, "request_scene_summary")
    await client.jobs.resume(caught.value.token).result()
    assert (1, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_wait_that_timed_out_in_a_start_can_go_on(client, indexed, world, simulator):
    """
    The same job, waited for again, sees the start to its end without paying twice.
    """
    simulator.faults.add("request_scene_summary", Fault.SLOW(25))
    job = client.jobs.pipeline(REF)
    with pytest.raises(StillRunning):
        await job.wait(timeout=10)

    await job.result()

    assert (1, 1) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_an_import_is_not_sent_again(client, world, simulator):
    """
    A registration whose answer was lost is never repeated.
    """
    world.add_project("my-workspace", 1234)
    simulator.faults.add("register_asset", Fault.DROP_AFTER)

    with pytest.raises((AnswerLost, OutcomeUnknown)):
        await client.jobs.start_import(REF.project, bucket="b", key="k.mp4")

    assert 1 == sent(simulator, "register_asset")


async def test_a_service_that_answers_404_for_no_run_is_understood(client, indexed, simulator):
    """
    A 404 of the service on the first look stands for an asset that never had a run.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded


async def test_a_call_that_is_gone_is_not_taken_for_an_asset_without_a_run(
    client, indexed, simulator
):
    """
    The gateway's 404 on the first look is raised, and nothing is started.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404))

    with pytest.raises(NotFound) as caught:
        await client.jobs.start_summary(REF)

    assert caught.value.from_gateway
    assert 0 == sent(simulator, "request_scene_summary")


async def test_a_lost_start_that_is_refused_the_second_time_is_unknown(client, indexed, simulator):
    """
    When the second start is refused for good, the first may have taken all the same.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    simulator.faults.add("request_scene_summary", Fault.STATUS(403, "403"))

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_summary(REF)

    assert isinstance(caught.value.__cause__, PermissionDenied)


async def test_a_refusal_that_cannot_be_looked_into_is_raised(client, indexed, simulator):
    """
    Where the look after a refused start fails, the refusal is what is known.
    """
    simulator.faults.add("request_scene_summary", Fault.CONFLICT)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(403, "403"))

    with pytest.raises(Conflict, match="Refused by the simulator"):
        await client.jobs.start_summary(REF)


async def test_a_lost_start_then_a_refusal_that_cannot_be_looked_into_is_unknown(
    client, indexed, simulator
):
    """
    A lost start, then a refused one, then a look that fails: nothing is certain.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    simulator.faults.add("request_scene_summary", Fault.CONFLICT)
    simulator.faults.add("get_scene_summary_status", Fault(), times=11)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(403, "403"))

    with pytest.raises(OutcomeUnknown, match="neither looking nor sending"):
        await client.jobs.start_summary(REF)


async def test_a_lost_start_then_a_refusal_without_a_run_is_unknown(client, indexed, simulator):
    """
    A lost start, then a refusal where no run shows: the first may be what is in the way.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    simulator.faults.add("request_scene_summary", Fault.CONFLICT)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_summary(REF)

    assert isinstance(caught.value.__cause__, Conflict)


async def test_leaving_the_queue_of_starts_leaves_nothing(client, indexed, simulator):
    """
    A start that is cancelled while it queues behind another one is never sent.
    """
    simulator.faults.add("request_scene_summary", Fault.SLOW(5))
    first = asyncio.ensure_future(client.jobs.start_summary(REF, reuse=False))
    await asyncio.sleep(1)
    second = asyncio.ensure_future(client.jobs.start_summary(REF, reuse=False))
    await asyncio.sleep(1)

    second.cancel()
    await asyncio.wait([second])
    await first

    assert 1 == sent(simulator, "request_scene_summary")
    assert {} == client._context.locks


async def test_what_was_refused_can_be_begun_anew(client, indexed, simulator, world):
    """
    The token of a refused start has no run in it: resuming it looks, and starts.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(403, "403"))
    with pytest.raises(PermissionDenied) as caught:
        await client.jobs.start_summary(REF)

    await client.jobs.resume(caught.value.token).wait()

    assert 1 == world.bill[indexed, "summary"]


async def test_a_start_that_was_left_in_flight_and_lost_is_not_sent_again(
    client, indexed, world, simulator
):
    """
    A start that is lost after its waiter has timed out waits for whoever resumes it.
    """
    simulator.faults.add("request_scene_summary", Fault(acts=False, delay_seconds=20, drops=True))
    with pytest.raises(StillRunning) as caught:
        await client.summarize(REF, timeout=10)

    await asyncio.sleep(200)

    assert 1 == sent(simulator, "request_scene_summary")
    await client.jobs.resume(caught.value.token).result()
    assert (1, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_looks_that_fail_decide_nothing(client, world, simulator):
    """
    A lost start whose looks fail at the end of `settle` is looked at until one succeeds.
    """
    here = world.add_asset(
        indexed=True,
        scenes=1,
        timings=Timings(summary_queue_seconds=1, scene_seconds=3),
    )
    simulator.faults.add("request_scene_summary", Fault.LATE(2, Fault.DROP_AFTER))
    simulator.faults.add("get_scene_summary_status", Fault(), times=2)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(500), times=9)

    await client.jobs.start_summary(REF)

    assert (1, 1) == (world.bill[here, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_throttled_start_that_was_left_is_as_if_never_sent(
    client, summarized, world, simulator
):
    """
    A start that was turned away, and left before it was sent again, is begun anew.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="60"))
    job = client.jobs.pipeline(REF, reuse=False)
    with pytest.raises(StillRunning):
        await job.wait(timeout=10)

    await job.result()

    assert 1 == world.bill[summarized, "summary"]


AMBIGUOUS = {
    "408": Fault.STATUS(408, "408", acts=True),
    "302": Fault(acts=True, answer=Fault.REDIRECT("http://127.0.0.1:1/").answer),
    "499": Fault.STATUS(499, "499", acts=True),
    "an error in a 200": Fault.BODY(b'{"code": "500", "message": "x"}', acts=True),
}


@faults(AMBIGUOUS)
async def test_an_answer_that_says_little_is_looked_into(client, indexed, world, simulator, fault):
    """
    Only a plain refusal counts as one: after anything else the effect is looked for.
    """
    simulator.faults.add("request_scene_summary", fault)

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded
    assert (1, 1) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_a_resumed_start_that_is_refused_waits_for_nobodys_run(
    new_client, summarized, world, simulator
):
    """
    When the second start of a resumed pipeline is refused, it does not take another's run for it.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(403, "403"))
    token = []
    with pytest.raises(PermissionDenied):
        await new_client().summarize(
            REF, reuse=False, on_progress=lambda status: token.append(status.token)
        )
    simulator.faults.add("request_scene_summary", Fault.STATUS(403, "403"))
    job = new_client().jobs.resume(token[-1])
    with pytest.raises((PermissionDenied, OutcomeUnknown)):
        await job.result()
    world.start_elsewhere(summarized, "summary", scene_ids=[7])

    with pytest.raises((Conflict, OutcomeUnknown)):
        await job.result()


@pytest.mark.parametrize("operation", ["request_index", "request_scene_summary"])
async def test_a_start_that_does_not_show_yet_is_joined_within_a_client(
    client, asset, where, world, simulator, operation
):
    """
    Callers who come while an accepted start is not visible yet share it, and pay nothing more.
    """
    simulator.faults.add(operation, Fault.LATE(20), times=math.inf)
    first = asyncio.ensure_future(client.summarize(asset))
    callers = []
    await asyncio.sleep(3)
    callers.append(asyncio.ensure_future(client.summarize(asset)))
    await asyncio.sleep(52)
    callers.append(asyncio.ensure_future(client.summarize(asset)))

    summaries = await asyncio.gather(first, *callers)

    assert {10} == {len(one.scenes) for one in summaries}
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_what_was_accepted_is_not_kept_in_mind_for_ever(client, indexed, world):
    """
    Starts older than the grace period are forgotten, and a failed run is started anew.
    """
    world.fail_next(indexed, "summary", "x")
    job = await client.jobs.start_summary(REF)
    await job.wait()

    again = await client.jobs.start_summary(REF)
    await again.wait()
    await asyncio.sleep(200)
    await client.jobs.start_index(REF)

    assert 2 == world.bill[indexed, "summary"]
    assert 1 == len(client._context.accepted)


async def test_an_outage_longer_than_settle_leaves_no_start_unknown(
    client, world, simulator, clock
):
    """
    Starts that are lost when the service goes away for a minute are found or sent when it is back.
    """
    refs = []
    for number in range(20):
        world.add_asset(workspace="w", project_id=1, asset_id=number, indexed=True, scenes=20)
        refs.append(AssetRef("w", 1, number))
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER, times=10)
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE, times=10)

    async def go_away():
        await clock.sleep(0.9)
        simulator.faults.add("*", Fault.STATUS(503), times=math.inf)
        await clock.sleep(60)
        simulator.faults.clear()

    outage = asyncio.ensure_future(go_away())

    await asyncio.gather(*(client.summarize(one) for one in refs))

    await outage
    assert 20 == sum(world.bill.values())


async def test_settling_counts_from_the_first_look_that_succeeds(client, indexed, simulator, clock):
    """
    A lost start is sent again only after 30 s of looks, whatever failed before them.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503), times=8)

    await client.jobs.start_summary(REF)

    looks = [one.at for one in simulator.requests if one.operation == "get_scene_summary_status"]
    posts = [one.at for one in simulator.requests if one.operation == "request_scene_summary"]
    assert looks[9] > 20
    assert posts[1] - looks[9] >= 30


async def test_looks_that_are_forbidden_end_the_search_for_a_lost_start(client, indexed, simulator):
    """
    A look that will be refused the next time too makes a lost start OutcomeUnknown at once.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(403, "403"))

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_summary(REF)

    assert isinstance(caught.value.__cause__, PermissionDenied)


async def test_a_lost_start_in_the_second_of_the_run_before_is_found(
    client, summarized, world, simulator
):
    """
    Two runs of one second are told apart by the state: the run before had ended.
    """
    world.start_elsewhere(summarized, "summary")
    world.finish(summarized, "summary")
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)

    job = await client.jobs.start_summary(REF, reuse=False)

    assert job.run.requested_time == job.run.baseline.requested_time
    assert (await job.wait()).succeeded
    assert (1, 1) == (world.bill[summarized, "summary"], sent(simulator, "request_scene_summary"))


class Keys:
    """A credentials callable that fails or hangs while `trouble` is set."""

    def __init__(self, simulator):
        self.keys = Credentials(simulator.access_key, simulator.secret_key)
        self.trouble = None

    async def __call__(self):
        """Return the keys, or make trouble."""
        if self.trouble is not None:
            await self.trouble()
        return self.keys


async def hang():
    """Never return."""
    await asyncio.sleep(math.inf)


async def fail():
    """Fail as a vault does that is away."""
    raise ConnectionRefusedError


@pytest.mark.parametrize(("trouble", "error"), [(hang, NotSent), (fail, ConfigurationError)])
async def test_a_start_without_keys_was_not_sent(simulator, clock, summarized, trouble, error):
    """
    A start whose keys cannot be had is an error that says so: signing is not sending.
    """
    keys = Keys(simulator)
    async with MediaIntelligence(keys, base_url=simulator.url, clock=clock) as client:

        async def lose_keys():
            keys.trouble = trouble

        job = RunJob(
            client.jobs._summary_kind(REF, Intent(reuse=False)),
            client._context,
            checkpoint=lambda _: lose_keys(),
        )

        with pytest.raises(error) as caught:
            await start_and_return(job)

        assert client.jobs.resume(caught.value.token).run is None
    assert 0 == sent(simulator, "request_scene_summary")


async def test_keys_that_hang_for_once_delay_a_start(simulator, clock, summarized, world):
    """
    A start whose keys came too late the first time looks again and is sent.
    """
    keys = Keys(simulator)
    async with MediaIntelligence(keys, base_url=simulator.url, clock=clock) as client:

        async def hang_once():
            keys.trouble = None
            await hang()

        async def lose_keys_once(_):
            keys.trouble = hang_once

        job = RunJob(
            client.jobs._summary_kind(REF, Intent(reuse=False)),
            client._context,
            checkpoint=lose_keys_once,
        )
        # The look after the keys that hang needs keys too.
        await start_and_return(job)

    assert 1 == sent(simulator, "request_scene_summary")
    assert 1 == world.bill[summarized, "summary"]
