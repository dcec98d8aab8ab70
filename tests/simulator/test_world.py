from datetime import datetime, timedelta

import pytest
from attrs import evolve

from mediaintel_async.clock import FastClock, ManualClock
from mediaintel_async.simulator.world.refusals import Refused, Why
from mediaintel_async.simulator.world.world import State, Timings, Where, World, uneven

INDEX_SECONDS = 45


@pytest.fixture
def clock():
    """A clock that stands still until it is turned."""
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
    """What *count* looks show, *every* so many seconds."""
    seen = [world.look(where, work)]
    for _ in range(count - 1):
        world.clock.advance(every)
        seen.append(world.look(where, work))
    return seen


def test_nothing_runs_before_it_is_asked_for(world):
    """
    The runs of a new asset have never been.
    """
    where = world.add_asset()

    look = world.look(where, "index")

    assert State.BEFORE == look.state
    assert look.run is None


def test_an_asset_is_written_as_references_are(world):
    """
    Where an asset lives reads like a reference of the client.
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

    assert [State.WAITING, State.RUNNING, State.COMPLETED] == [look.state for look in looks]


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
    assert State.COMPLETED == looks[-1].state


def test_scenes_take_unevenly_long():
    """
    No two scenes take equally long, but together they take the average each.
    """
    seconds = uneven("seed", 10, 4.0)

    assert 10 == len(set(seconds))
    assert pytest.approx(40.0) == sum(seconds)


def test_a_seed_decides_how_uneven_scenes_are():
    """
    The same seed gives the same times, another one others.
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
    A second start while one is going is refused and costs nothing.
    """
    world.start_summary(where)

    with pytest.raises(Refused) as caught:
        world.start_summary(where)

    assert Why.SUMMARY_GOING == caught.value.why
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
    assert (State.CANCELED, 0) == (look.state, look.done_count)
    assert look.completed_time is None


@pytest.mark.parametrize(
    ("work", "why"), [("index", Why.INDEX_NOT_GOING), ("summary", Why.SUMMARY_NOT_GOING)]
)
def test_what_has_ended_cannot_be_cancelled(world, work, why):
    """
    A run that is over stays as it is.
    """
    where = world.add_asset(summarized=True)

    with pytest.raises(Refused) as caught:
        world.cancel(where, work)

    assert why == caught.value.why
    assert State.COMPLETED == world.look(where, work).state


def test_the_console_can_cancel(world, where):
    """
    A run cancelled elsewhere looks like any cancelled one.
    """
    world.start_summary(where)

    world.cancel_elsewhere(where, "summary")

    assert State.CANCELED == world.look(where, "summary").state


def test_the_console_starts_on_its_own_bill(world, where):
    """
    A run started elsewhere cancels the one that is going, and is counted apart.
    """
    ours = world.start_summary(where)

    theirs = world.start_elsewhere(where, "summary")

    assert theirs is world.look(where, "summary").run
    assert theirs.requested_time > ours.requested_time
    assert 1 == world.bill[where, "summary"]
    assert 1 == world.refunded[where, "summary"]
    assert 1 == world.elsewhere[where, "summary"]


def test_the_consoles_own_runs_are_not_refunded(world, where):
    """
    Cancelling a run that was started elsewhere refunds nothing.
    """
    world.start_elsewhere(where, "index")

    world.cancel(where, "index")

    assert not world.refunded


def test_a_run_can_be_made_to_fail(world, where):
    """
    A failing run ends half way, with its text.
    """
    world.fail_next(where, "summary", "out of luck")
    world.start_summary(where)

    looks = states(world, where, "summary", every=12.5, count=3)

    assert [State.WAITING, State.RUNNING, State.FAILED] == [look.state for look in looks]
    assert 3 <= looks[-1].done_count <= 7
    assert "out of luck" == looks[-1].run.failure


def test_only_the_next_run_fails(world, where):
    """
    The run after a failing one goes well.
    """
    world.fail_next(where, "index", "out of luck")
    world.start_index(where, {})
    world.clock.advance(INDEX_SECONDS)
    world.start_index(where, {})

    world.clock.advance(INDEX_SECONDS)

    assert State.COMPLETED == world.look(where, "index").state


def test_a_failed_analysis_leaves_the_former_index(world, where):
    """
    An index is replaced by success alone.
    """
    world.fail_next(where, "index", "out of luck")
    world.start_index(where, {})

    world.clock.advance(INDEX_SECONDS)

    assert State.FAILED == world.look(where, "index").state
    assert 1001 == world.readable_index(where).index_id


def test_a_new_index_replaces_the_former_and_its_summary(world):
    """
    Reindexing leaves an asset that has never been summarised.
    """
    where = world.add_asset(summarized=True)
    world.start_index(where, {"sceneRange": "LONG"})

    world.clock.advance(INDEX_SECONDS)

    index = world.readable_index(where)
    assert (1002, {"sceneRange": "LONG"}) == (index.index_id, index.setting)
    assert State.BEFORE == world.look(where, "summary").state


def test_a_run_can_be_finished_at_once(world, where):
    """
    A finished run has completed all its scenes, even one that was to fail.
    """
    world.fail_next(where, "summary", "out of luck")
    world.start_summary(where)

    world.finish(where, "summary")

    look = world.look(where, "summary")
    assert (State.COMPLETED, 10) == (look.state, look.done_count)
    assert 10 == len(world.readable_summary(where).told_by)


def test_no_two_runs_share_a_requested_time(world, where):
    """
    Runs requested within one second are a second apart on paper.
    """
    first = world.start_summary(where)
    world.finish(where, "summary")

    second = world.start_summary(where)
    world.finish(where, "summary")

    assert timedelta(seconds=1) == second.requested_time - first.requested_time
    assert world.look(where, "summary").completed_time >= second.requested_time


def test_times_are_korean_and_whole(world, clock):
    """
    The wall clock of the start, plus what has passed, shown nine hours ahead of UTC.
    """
    world.korean_time(clock.monotonic())

    time = world.korean_time(clock.monotonic() + 90.9)

    assert datetime(2027, 1, 15, 17, 1, 30) == time


def test_a_fast_world_shows_fast_times():
    """
    Times on the wire pass as fast as the runs do, though the wall clock stays true.
    """
    world = World(FastClock(3600))
    now = world.clock.monotonic()

    seconds = (world.korean_time(now + 7200) - world.korean_time(now)).total_seconds()

    assert 7200 == seconds


def test_a_partial_run_rewrites_its_scenes_only(world):
    """
    The scenes that were not named keep the text of the full run, and its language stays.
    """
    where = world.add_asset(indexed=True, scenes=3)
    world.start_summary(where, locale="ko")
    world.finish(where, "summary")

    world.start_summary(where, [3, 1, 3])
    world.finish(where, "summary")

    summary = world.readable_summary(where)
    assert {1: 102, 2: 101, 3: 102} == summary.told_by
    assert (3, 1) == summary.analyzed_scene_ids
    assert "ko" == summary.locale


@pytest.mark.parametrize(
    ("scene_ids", "locale"), [([], None), ([11], None), ([0], None), ([1], "ko")]
)
def test_a_partial_run_names_scenes_that_exist_and_no_language(world, scene_ids, locale):
    """
    Scenes that are not there, none at all, or a locale beside them are refused.
    """
    where = world.add_asset(summarized=True)

    with pytest.raises(Refused) as caught:
        world.start_summary(where, scene_ids, locale)

    assert Why.INVALID == caught.value.why


def test_the_first_run_is_over_all_scenes(world, where):
    """
    A partial run needs a full one before it.
    """
    with pytest.raises(Refused) as caught:
        world.start_summary(where, [1])

    assert Why.NO_FULL_SUMMARY == caught.value.why


def test_a_summary_needs_an_index(world):
    """
    An asset that was never analysed cannot be summarised.
    """
    where = world.add_asset()

    with pytest.raises(Refused) as caught:
        world.start_summary(where)

    assert Why.NO_FINISHED_INDEX == caught.value.why


def test_a_summary_needs_an_index_that_is_not_being_replaced(world, where):
    """
    While an analysis is going no summary can be started.
    """
    world.start_index(where, {})

    with pytest.raises(Refused) as caught:
        world.start_summary(where)

    assert Why.NO_FINISHED_INDEX == caught.value.why


def test_an_index_is_not_replaced_under_a_summary(world, where):
    """
    While a summary is going no analysis can be started.
    """
    world.start_summary(where)

    with pytest.raises(Refused) as caught:
        world.start_index(where, {})

    assert Why.INDEX_DURING_SUMMARY == caught.value.why


def test_an_asset_can_come_with_its_past(world):
    """
    A summarised asset has both runs behind it, and nothing on the bill.
    """
    where = world.add_asset(summarized=True)

    index, summary = world.look(where, "index"), world.look(where, "summary")

    assert index.completed_time < summary.run.requested_time < summary.completed_time
    assert not world.bill


def test_an_asset_can_have_times_of_its_own(world):
    """
    Timings given to an asset are for that asset alone.
    """
    quick = world.add_asset(timings=Timings(index_queue_seconds=1, index_seconds=1))
    usual = world.add_asset()
    world.start_index(quick, {})
    world.start_index(usual, {})

    world.clock.advance(2)

    assert State.COMPLETED == world.look(quick, "index").state
    assert State.WAITING == world.look(usual, "index").state


def test_the_worlds_times_can_be_changed(world):
    """
    New timings are for all runs started from then on.
    """
    where = world.add_asset()
    world.timings = evolve(world.timings, index_queue_seconds=0, index_seconds=1)
    world.start_index(where, {})

    world.clock.advance(1)

    assert State.COMPLETED == world.look(where, "index").state


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
    An absent object is accepted, and comes to FILE_NOT_EXIST.
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

    assert Why.NOT_IMPORTED == caught.value.why


def test_ids_are_handed_out_once(world):
    """
    Ids that were given by hand are skipped.
    """
    world.add_asset(asset_id=5679)

    ids = [world.add_asset(project_id=project_id).asset_id for project_id in (1, 2)]

    assert [5678, 5680] == ids


def test_deleting_an_index_clears_what_hangs_on_it(world):
    """
    After the index is deleted the asset is as if never analysed nor summarised.
    """
    where = world.add_asset(summarized=True)

    world.delete_index(where)

    assert State.BEFORE == world.look(where, "index").state
    assert State.BEFORE == world.look(where, "summary").state
    with pytest.raises(Refused):
        world.readable_summary(where)


@pytest.mark.parametrize("work", ["index", "summary"])
def test_an_index_is_not_deleted_under_a_run(world, where, work):
    """
    While anything is going the index stays.
    """
    world.start_elsewhere(where, work)

    with pytest.raises(Refused) as caught:
        world.delete_index(where)

    assert Why.DELETE_WHILE_GOING == caught.value.why


def test_a_summary_is_readable_while_completed(world):
    """
    A summary that is being renewed cannot be read.
    """
    where = world.add_asset(summarized=True)
    world.start_summary(where)

    with pytest.raises(Refused) as caught:
        world.readable_summary(where)

    assert Why.NOT_COMPLETED == caught.value.why


def test_a_late_run_is_billed_but_not_seen(world, where):
    """
    Until it joins the queue, a late run shows nowhere and keeps nobody out.
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

    assert [State.BEFORE, State.BEFORE, State.WAITING] == [look.state for look in looks]
    assert run is looks[2].run
    assert run.requested_time == world.korean_time(0)


def test_a_late_summary_of_a_replaced_index_is_lost(world, where):
    """
    An index that completes first clears a summary that was started on the former one.
    """
    world.start_summary(where, late_seconds=20)
    world.start_index(where, {})

    world.clock.advance(200)

    assert 1002 == world.readable_index(where).index_id
    with pytest.raises(Refused):
        world.readable_summary(where)


def test_a_look_can_be_stale(world):
    """
    The state before the newest run can still be shown.
    """
    where = world.add_asset(summarized=True)
    world.start_summary(where)

    stale = world.look(where, "summary", before_newest=True)

    assert State.COMPLETED == stale.state
    assert State.WAITING == world.look(where, "summary").state


def test_a_run_is_found_by_its_id(world, where):
    """
    Older runs of the same index can still be asked about.
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
    What was never put in is refused as missing.
    """
    world.add_project("my-workspace", 1234)

    with pytest.raises(Refused) as caught:
        world.asset(Where("my-workspace", 1234, 1))

    assert Why.MISSING == caught.value.why
    with pytest.raises(Refused):
        world.assets("my-workspace", 1)


def test_a_project_is_put_in_again_to_name_it(world):
    """
    A project that is there keeps its assets when it is named anew.
    """
    where = world.add_asset()

    world.add_project("my-workspace", 1234, "another name")

    assert "another name" == world.project("my-workspace", 1234).name
    assert where == world.asset(where).where
