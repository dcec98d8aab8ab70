from datetime import datetime

import pytest
from attrs import evolve

from mediaintel_async.clock import FastClock, ManualClock
from mediaintel_async.simulator.world.assets import Where
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.runs import RunState, Timings, uneven
from mediaintel_async.simulator.world.world import World

INDEX_SECONDS = 45


@pytest.fixture
def clock():
    """A clock that stands still until the test advances it."""
    return ManualClock()


@pytest.fixture
def world(clock):
    """An empty world."""
    return World(clock)


@pytest.fixture
def where(indexed):
    """An asset of ten scenes that has an index."""
    return indexed


def states(world, where, work, *, every, count):
    """The statuses that *count* requests show, one every *every* seconds."""
    seen = [world.look(where, work)]
    for _ in range(count - 1):
        world.clock.advance(every)
        seen.append(world.look(where, work))
    return seen


def test_nothing_runs_before_it_is_asked_for(world):
    """
    A new asset has no run, and its state is BEFORE.
    """
    where = world.add_asset()

    look = world.look(where, "index")

    assert RunState.BEFORE == look.state
    assert look.run is None


def test_an_asset_is_written_as_references_are(world):
    """
    The text of a `Where` is an asset reference of the client.
    """
    where = world.add_asset(workspace="w", project_id=1, asset_id=2)

    assert "w/1/2" == str(where)


def test_an_analysis_waits_and_runs_and_completes(world):
    """
    An analysis spends 5 seconds in the queue and 40 at work.
    """
    where = world.add_asset()
    world.start_index(where, {})

    looks = states(world, where, "index", every=22.5, count=3)

    assert [RunState.WAITING, RunState.RUNNING, RunState.COMPLETED] == [
        look.state for look in looks
    ]


def test_scenes_are_done_one_by_one(world, where):
    """
    The number of scenes done never falls, and ends at all of them.
    """
    world.start_summary(where)

    looks = states(world, where, "summary", every=5, count=10)

    counts = [look.done_count for look in looks]
    assert sorted(counts) == counts
    assert [0, 0] == counts[:2]
    assert 10 == counts[-1]
    assert RunState.COMPLETED == looks[-1].state


def test_scenes_take_unevenly_long():
    """
    No two scenes take equally long, but together they take the average each.
    """
    seconds = uneven("seed", 10, 4.0)

    assert 10 == len(set(seconds))
    assert pytest.approx(40.0) == sum(seconds)


def test_a_seed_decides_how_uneven_scenes_are():
    """
    The same seed gives the same times, another seed others.
    """
    times = [
        world.start_summary(world.add_asset(indexed=True)).step_seconds
        for world in (World(ManualClock(), 1), World(ManualClock(), 1), World(ManualClock(), 2))
    ]

    assert times[0] == times[1]
    assert times[0] != times[2]


def test_accepted_starts_are_billed(world):
    """
    The bill counts each accepted start under its asset and kind.
    """
    where = world.add_asset()
    world.start_index(where, {})
    world.finish(where, "index")
    world.start_summary(where)
    world.finish(where, "summary")

    world.start_summary(where)

    assert {(where, "index"): 1, (where, "summary"): 2} == dict(world.bill)


def test_refused_starts_are_not_billed(world, where):
    """
    A second start while a run is in progress is refused and not billed.
    """
    world.start_summary(where)

    with pytest.raises(Refused) as caught:
        world.start_summary(where)

    assert Reason.SUMMARY_IN_PROGRESS == caught.value.reason
    assert 1 == world.bill[where, "summary"]


def test_cancelled_runs_are_refunded(world, where, clock):
    """
    A cancelled run stays on the bill, is refunded, and shows no scenes.
    """
    world.start_summary(where)
    clock.advance(30)

    world.cancel(where, "summary")

    assert 1 == world.refunded[where, "summary"]
    assert 1 == world.bill[where, "summary"]
    look = world.look(where, "summary")
    assert (RunState.CANCELED, 0) == (look.state, look.done_count)
    assert look.completed_time is None


@pytest.mark.parametrize(
    ("work", "why"),
    [("index", Reason.INDEX_NOT_IN_PROGRESS), ("summary", Reason.SUMMARY_NOT_IN_PROGRESS)],
)
def test_what_has_ended_cannot_be_cancelled(world, work, why):
    """
    A run that has ended cannot be cancelled.
    """
    where = world.add_asset(summarized=True)

    with pytest.raises(Refused) as caught:
        world.cancel(where, work)

    assert why == caught.value.reason
    assert RunState.COMPLETED == world.look(where, work).state


def test_the_console_can_cancel(world, where):
    """
    A run cancelled in the console has the state of any cancelled run.
    """
    world.start_summary(where)

    world.cancel_elsewhere(where, "summary")

    assert RunState.CANCELED == world.look(where, "summary").state


def test_the_console_starts_on_its_own_bill(world, where):
    """
    A run started in the console cancels the run in progress, and is counted apart.
    """
    ours = world.start_summary(where)
    world.clock.advance(1)

    theirs = world.start_elsewhere(where, "summary")

    assert theirs is world.look(where, "summary").run
    assert theirs.requested_time > ours.requested_time
    assert 1 == world.bill[where, "summary"]
    assert 1 == world.refunded[where, "summary"]
    assert 1 == world.elsewhere[where, "summary"]


def test_the_consoles_own_runs_are_not_refunded(world, where):
    """
    Cancelling a run that was started in the console refunds nothing.
    """
    world.start_elsewhere(where, "index")

    world.cancel(where, "index")

    assert not world.refunded


def test_a_run_can_be_made_to_fail(world, where):
    """
    A failing run ends half way, with its reason.
    """
    world.fail_next(where, "summary", "out of luck")
    world.start_summary(where)

    looks = states(world, where, "summary", every=12.5, count=3)

    assert [RunState.WAITING, RunState.RUNNING, RunState.FAILED] == [look.state for look in looks]
    assert 3 <= looks[-1].done_count <= 7
    assert "out of luck" == looks[-1].run.failure


def test_only_the_next_run_fails(world, where):
    """
    The run after a failing one completes.
    """
    world.fail_next(where, "index", "out of luck")
    world.start_index(where, {})
    world.clock.advance(INDEX_SECONDS)
    world.start_index(where, {})

    world.clock.advance(INDEX_SECONDS)

    assert RunState.COMPLETED == world.look(where, "index").state


def test_a_failed_analysis_leaves_the_former_index(world, where):
    """
    Only a completed analysis replaces the index.
    """
    world.fail_next(where, "index", "out of luck")
    world.start_index(where, {})

    world.clock.advance(INDEX_SECONDS)

    assert RunState.FAILED == world.look(where, "index").state
    assert 1001 == world.readable_index(where).index_id


def test_a_new_index_replaces_the_former_and_its_summary(world):
    """
    After a new analysis the asset has no summary.
    """
    where = world.add_asset(summarized=True)
    world.start_index(where, {"sceneRange": "LONG"})

    world.clock.advance(INDEX_SECONDS)

    index = world.readable_index(where)
    assert (1002, {"sceneRange": "LONG"}) == (index.index_id, index.setting)
    assert RunState.BEFORE == world.look(where, "summary").state


def test_a_run_can_be_finished_at_once(world, where):
    """
    `finish()` completes all scenes of a run, even of one that was to fail.
    """
    world.fail_next(where, "summary", "out of luck")
    world.start_summary(where)

    world.finish(where, "summary")

    look = world.look(where, "summary")
    assert (RunState.COMPLETED, 10) == (look.state, look.done_count)
    assert 10 == len(world.readable_summary(where).written_by)


def test_two_runs_may_share_a_requested_time(world, where):
    """
    Requested times have whole seconds, so that runs requested within one second share theirs.
    """
    first = world.start_summary(where)
    world.finish(where, "summary")

    second = world.start_summary(where)
    world.finish(where, "summary")

    assert first.requested_time == second.requested_time
    assert world.look(where, "summary").completed_time == second.requested_time


def test_times_are_korean_and_whole(world, clock):
    """
    Times are the wall clock at the start plus the time passed, nine hours ahead of UTC.
    """
    world.korean_time(clock.monotonic())

    time = world.korean_time(clock.monotonic() + 90.9)

    assert datetime(2027, 1, 15, 17, 1, 30) == time


def test_a_fast_world_shows_fast_times():
    """
    With a `FastClock`, times on the wire pass as fast as the runs do.
    """
    world = World(FastClock(3600))
    now = world.clock.monotonic()

    seconds = (world.korean_time(now + 7200) - world.korean_time(now)).total_seconds()

    assert 7200 == seconds


def test_a_partial_run_rewrites_its_scenes_only(world):
    """
    Scenes that a partial run does not name keep their text, and the language stays.
    """
    where = world.add_asset(indexed=True, scenes=3)
    world.start_summary(where, locale="ko")
    world.finish(where, "summary")

    world.start_summary(where, [3, 1, 3])
    world.finish(where, "summary")

    summary = world.readable_summary(where)
    assert {1: 102, 2: 101, 3: 102} == summary.written_by
    assert (3, 1) == summary.analyzed_scene_ids
    assert "ko" == summary.locale


@pytest.mark.parametrize(
    ("scene_ids", "locale"), [([], None), ([11], None), ([0], None), ([1], "ko")]
)
def test_a_partial_run_names_scenes_that_exist_and_no_language(world, scene_ids, locale):
    """
    A partial run with missing scenes, no scenes, or a locale is refused.
    """
    where = world.add_asset(summarized=True)

    with pytest.raises(Refused) as caught:
        world.start_summary(where, scene_ids, locale)

    assert Reason.INVALID == caught.value.reason


def test_the_first_run_is_over_all_scenes(world, where):
    """
    A partial run needs a full one before it.
    """
    with pytest.raises(Refused) as caught:
        world.start_summary(where, [1])

    assert Reason.NO_FULL_SUMMARY == caught.value.reason


def test_a_summary_needs_an_index(world):
    """
    An asset that was never analysed cannot be summarised.
    """
    where = world.add_asset()

    with pytest.raises(Refused) as caught:
        world.start_summary(where)

    assert Reason.NO_FINISHED_INDEX == caught.value.reason


def test_a_summary_needs_an_index_that_is_not_being_replaced(world, where):
    """
    No summary can be started while an analysis is in progress.
    """
    world.start_index(where, {})

    with pytest.raises(Refused) as caught:
        world.start_summary(where)

    assert Reason.NO_FINISHED_INDEX == caught.value.reason


def test_an_index_is_not_replaced_under_a_summary(world, where):
    """
    No analysis can be started while a summary is in progress.
    """
    world.start_summary(where)

    with pytest.raises(Refused) as caught:
        world.start_index(where, {})

    assert Reason.INDEX_DURING_SUMMARY == caught.value.reason


def test_an_asset_can_come_with_its_past(world):
    """
    An asset added as summarised has two completed runs, and nothing on the bill.
    """
    where = world.add_asset(summarized=True)

    index, summary = world.look(where, "index"), world.look(where, "summary")

    assert index.completed_time < summary.run.requested_time < summary.completed_time
    assert not world.bill


def test_an_asset_can_have_times_of_its_own(world):
    """
    Timings of an asset apply to that asset alone.
    """
    quick = world.add_asset(timings=Timings(index_queue_seconds=1, index_seconds=1))
    usual = world.add_asset()
    world.start_index(quick, {})
    world.start_index(usual, {})

    world.clock.advance(2)

    assert RunState.COMPLETED == world.look(quick, "index").state
    assert RunState.WAITING == world.look(usual, "index").state


def test_the_worlds_times_can_be_changed(world):
    """
    New timings of the world apply to all runs started from then on.
    """
    where = world.add_asset()
    world.timings = evolve(world.timings, index_queue_seconds=0, index_seconds=1)
    world.start_index(where, {})

    world.clock.advance(1)

    assert RunState.COMPLETED == world.look(where, "index").state


@pytest.mark.parametrize("outcome", ["COMPLETED", "INVALID_METADATA", "FAILED"])
def test_an_import_comes_to_what_its_object_says(world, outcome):
    """
    Registering takes two seconds and is billed to the project.
    """
    world.add_project("my-workspace", 1234)
    world.put_object("bucket", "a/b.mp4", outcome=outcome)
    where = world.register("my-workspace", 1234, "bucket", "a/b.mp4").where
    before = world.import_status(where)

    world.clock.advance(2)

    assert ("IN_PROGRESS", outcome) == (before, world.import_status(where))
    assert 1 == world.bill[where.project, "import"]
    assert "b.mp4" == world.asset(where).file_name


def test_what_is_not_in_the_bucket_is_not_found_there(world):
    """
    Registering an absent object is accepted, and ends with FILE_NOT_EXIST.
    """
    world.add_project("my-workspace", 1234)
    where = world.register("my-workspace", 1234, "bucket", "absent.mp4").where

    world.clock.advance(2)

    assert "FILE_NOT_EXIST" == world.import_status(where)


def test_an_asset_is_analysed_after_its_import(world):
    """
    Nothing can be analysed before its registration is complete.
    """
    world.add_project("my-workspace", 1234)
    world.put_object("bucket", "a.mp4")
    where = world.register("my-workspace", 1234, "bucket", "a.mp4").where

    with pytest.raises(Refused) as caught:
        world.start_index(where, {})

    assert Reason.NOT_IMPORTED == caught.value.reason


def test_ids_are_handed_out_once(world):
    """
    New ids skip those that a test has given.
    """
    world.add_asset(asset_id=5679)

    ids = [world.add_asset(project_id=project_id).asset_id for project_id in (1, 2)]

    assert [5678, 5680] == ids


def test_deleting_an_index_clears_what_hangs_on_it(world):
    """
    Deleting an index also deletes the summary, and both kinds of run.
    """
    where = world.add_asset(summarized=True)

    world.delete_index(where)

    assert RunState.BEFORE == world.look(where, "index").state
    assert RunState.BEFORE == world.look(where, "summary").state
    with pytest.raises(Refused):
        world.readable_summary(where)


@pytest.mark.parametrize("work", ["index", "summary"])
def test_an_index_is_not_deleted_under_a_run(world, where, work):
    """
    An index cannot be deleted while a run is in progress.
    """
    world.start_elsewhere(where, work)

    with pytest.raises(Refused) as caught:
        world.delete_index(where)

    assert Reason.DELETE_DURING_RUN == caught.value.reason


def test_a_summary_is_readable_while_completed(world):
    """
    A summary cannot be read while a new run is in progress.
    """
    where = world.add_asset(summarized=True)
    world.start_summary(where)

    with pytest.raises(Refused) as caught:
        world.readable_summary(where)

    assert Reason.NOT_COMPLETED == caught.value.reason


def test_a_late_run_is_billed_but_not_seen(world, where):
    """
    Until it joins the queue, a late run is invisible and blocks no other start.
    """
    world.start_summary(where, late_seconds=20)

    second = world.start_summary(where)

    assert second is world.look(where, "summary").run
    assert 2 == world.bill[where, "summary"]


def test_a_late_run_appears(world, where):
    """
    Its time in the queue begins when it appears; it was requested before.
    """
    run = world.start_summary(where, late_seconds=20)

    looks = states(world, where, "summary", every=10, count=3)

    assert [RunState.BEFORE, RunState.BEFORE, RunState.WAITING] == [look.state for look in looks]
    assert run is looks[2].run
    assert run.requested_time == world.korean_time(0)


def test_a_late_summary_of_a_replaced_index_is_lost(world, where):
    """
    A new index deletes a late summary that was started on the former index.
    """
    world.start_summary(where, late_seconds=20)
    world.start_index(where, {})

    world.clock.advance(200)

    assert 1002 == world.readable_index(where).index_id
    with pytest.raises(Refused):
        world.readable_summary(where)


def test_a_look_can_be_stale(world):
    """
    A status can show the state before the newest run.
    """
    where = world.add_asset(summarized=True)
    world.start_summary(where)

    stale = world.look(where, "summary", before_newest=True)

    assert RunState.COMPLETED == stale.state
    assert RunState.WAITING == world.look(where, "summary").state


def test_a_run_is_found_by_its_id(world, where):
    """
    Older runs of the same index can be found by their id.
    """
    first = world.start_summary(where)
    world.cancel(where, "summary")
    world.start_summary(where)

    found = world.summary_run(where, 101)

    assert first is found
    with pytest.raises(Refused):
        world.summary_run(where, 999)


def test_unknown_places_are_missing(world):
    """
    Workspaces, projects and assets that do not exist are refused as missing.
    """
    world.add_project("my-workspace", 1234)

    with pytest.raises(Refused) as caught:
        world.asset(Where("my-workspace", 1234, 1))

    assert Reason.MISSING == caught.value.reason
    with pytest.raises(Refused):
        world.assets("my-workspace", 1)


def test_a_project_is_put_in_again_to_name_it(world):
    """
    Adding a project again renames it, and keeps its assets.
    """
    where = world.add_asset()

    world.add_project("my-workspace", 1234, "another name")

    assert "another name" == world.project("my-workspace", 1234).name
    assert where == world.asset(where).where
