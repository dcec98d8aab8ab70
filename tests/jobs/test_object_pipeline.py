"""From a file in a bucket to its summary: one job, resumed at each stage, each paid once."""

import asyncio
import math

import pytest
from arrivals import sent
from lives import NEVER, live

from mediaintel_async import (
    Credentials,
    ImportState,
    IndexOptions,
    IndexState,
    InvalidArgument,
    JobFailed,
    MediaIntelligence,
    NotFound,
    OutcomeUnknown,
    ProjectRef,
    SceneSummaryState,
    Stage,
    StillRunning,
)
from mediaintel_async.clock import FastClock
from mediaintel_async.decisions.next_step import (
    Done,
    Facts,
    Intent,
    LookAt,
    next_step,
)
from mediaintel_async.decisions.pipeline_status import PipelineStatus
from mediaintel_async.models.assets import ImportStatus
from mediaintel_async.simulator import Fault, Simulator, World

PROJECT = ProjectRef("w", 1)
KEY = "holiday/sample-video.mp4"
OBJECT = {"bucket": "b", "key": KEY}


@pytest.fixture
async def project(world):
    """A project, and a file in a bucket."""
    world.put_object("b", KEY, scenes=3)
    world.add_project("w", 1)
    return ("w", 1)


def paid(world):
    """How many imports, indexes and summaries are on the bill."""
    kinds = [kind for (_, kind), count in world.bill.items() for _ in range(count)]
    return tuple(kinds.count(kind) for kind in ("import", "index", "summary"))


def only(world, project):
    """The one asset of the project."""
    (asset,) = world.assets(*project).values()
    return asset


async def test_a_file_is_brought_to_its_summary(client, project, world):
    """
    One call registers, imports, indexes and summarises a file, and pays each once.
    """
    summary = await client.summarize_object(PROJECT, **OBJECT)

    assert 3 == len(summary.scenes)
    assert (1, 1, 1) == paid(world)


async def test_the_stages_are_told_in_their_order(client, project):
    """
    `on_progress` sees the import, the index and the summary, each with its own state.
    """
    seen = []

    await client.summarize_object(PROJECT, **OBJECT, on_progress=seen.append)

    states = list(dict.fromkeys((status.stage, status.state) for status in seen))
    assert (Stage.IMPORT, ImportState.IN_PROGRESS) == states[0]
    assert (Stage.SUMMARY, SceneSummaryState.SUMMARIZE_COMPLETED) == states[-1]
    assert (Stage.INDEX, IndexState.ANALYZING) in states
    assert all(status.token for status in seen)
    assert ImportState.COMPLETED == seen[-1].importing.state
    assert (0.0, 1.0) == (seen[0].progress, seen[-1].progress)


@pytest.mark.parametrize("stage", Stage)
async def test_each_stage_is_resumed_without_paying_twice(new_client, project, world, stage):
    """
    The token of any stage ends the work in another client, with one run each.
    """
    tokens = {}

    def keep(status):
        tokens.setdefault(status.stage, status.token)
        if stage in tokens:
            raise LookupError

    with pytest.raises(LookupError):
        await new_client().summarize_object(PROJECT, **OBJECT, on_progress=keep)

    summary = await new_client().jobs.resume(tokens[stage]).result()

    assert 3 == len(summary.scenes)
    assert (1, 1, 1) == paid(world)


async def test_the_first_token_is_good_for_ever(client, new_client, project, world):
    """
    The token of the import finds the finished summary, long after everything has ended.
    """
    job = await client.jobs.start_object_pipeline(PROJECT, **OBJECT)
    token = job.token
    await job.wait()

    await new_client().jobs.resume(token).result()

    assert (1, 1, 1) == paid(world)


async def test_a_job_is_looked_at_while_it_imports(client, project, world):
    """
    `status()` of a job that imports shows the import, and `asset` where it will live.
    """
    job = await client.jobs.start_object_pipeline(PROJECT, **OBJECT)

    status = await job.status()

    assert (Stage.IMPORT, ImportState.IN_PROGRESS) == (status.stage, status.state)
    assert (False, False, 0.0) == (status.is_final, status.is_before, status.progress)
    assert only(world, project).where.asset_id == job.asset.asset_id


async def test_an_import_that_is_gone_is_told(client, project, simulator):
    """
    A 404 to a look at the import is raised: an asset that was registered has an import.
    """
    job = await client.jobs.start_object_pipeline(PROJECT, **OBJECT)
    simulator.faults.add("get_asset_import_status", Fault.STATUS(404, "404"))

    with pytest.raises(NotFound) as caught:
        await job.status()

    assert job.token == caught.value.token


@pytest.mark.parametrize("outcome", ["FAILED", "FILE_NOT_EXIST", "INVALID_METADATA"])
async def test_a_failed_import_ends_it(client, project, world, outcome):
    """
    A file that cannot be imported is JobFailed with the service's reason, and nothing is indexed.
    """
    world.put_object("b", KEY, outcome=outcome)

    with pytest.raises(JobFailed, match=rf"failed \({outcome}\): The import is") as caught:
        await client.summarize_object(PROJECT, **OBJECT)

    assert (Stage.IMPORT, outcome) == (
        caught.value.last_status.stage,
        caught.value.last_status.state,
    )
    assert (1, 0, 0) == paid(world)


async def test_a_failed_import_stays_failed(client, project, world):
    """
    Resuming the token of a failed import, or waiting again, tells the same.
    """
    world.put_object("b", KEY, outcome="FAILED")
    job = await client.jobs.start_object_pipeline(PROJECT, **OBJECT)

    ended = await job.wait()

    assert (True, False, False) == (ended.is_final, ended.succeeded, ended.canceled)
    assert ended == await job.wait()
    assert ended == await client.jobs.resume(job.token).wait()


async def test_an_import_cannot_be_cancelled(client, project):
    """
    The service cannot cancel an import, so neither can the job while it is at that.
    """
    job = await client.jobs.start_object_pipeline(PROJECT, **OBJECT)

    with pytest.raises(InvalidArgument, match="the service has no such call"):
        await job.cancel()


async def test_a_timeout_during_the_import_detaches(client, project):
    """
    `on_timeout="cancel"` cannot stop an import, and leaves it going.
    """
    with pytest.raises(StillRunning) as caught:
        await client.summarize_object(PROJECT, **OBJECT, timeout=1, on_timeout="cancel")

    assert caught.value.cancellation is None
    assert 3 == len((await client.jobs.resume(caught.value.token).result()).scenes)


async def test_the_timeout_counts_the_registration(client, project, simulator, clock):
    """
    What registering takes is part of the whole call's timeout.
    """
    simulator.faults.add("register_asset", Fault.SLOW(8))
    began = clock.monotonic()

    with pytest.raises(StillRunning):
        await client.summarize_object(PROJECT, **OBJECT, timeout=10)

    assert 10 <= clock.monotonic() - began < 10.1


@pytest.mark.parametrize(
    "arguments",
    [
        {"timeout": -1},
        {"on_timeout": "stop"},
        {"on_progress": 5},
        {"locale": ""},
        {"index": "LONG"},
        {"bucket": ""},
    ],
    ids=str,
)
async def test_nothing_is_registered_for_arguments_that_make_no_sense(
    client, project, world, arguments
):
    """
    An InvalidArgument comes before the file is registered.
    """
    with pytest.raises(InvalidArgument):
        await client.summarize_object(PROJECT, **{**OBJECT, **arguments})

    assert (0, 0, 0) == paid(world)


@pytest.mark.parametrize("project", ["w/1", None])
async def test_a_project_is_a_reference(client, project, simulator):
    """
    What is no ProjectRef is an InvalidArgument, and nothing is sent.
    """
    with pytest.raises(InvalidArgument, match="expected a ProjectRef"):
        await client.jobs.start_object_pipeline(project, **OBJECT)

    assert [] == simulator.requests


async def test_extra_that_no_token_holds_is_refused_first(client, project, world):
    """
    What would make the token too long is refused before the file is registered.
    """
    with pytest.raises(InvalidArgument, match="too long for the token"):
        await client.jobs.start_object_pipeline(PROJECT, **OBJECT, extra={"note": "x" * 1000})

    assert (0, 0, 0) == paid(world)


async def test_a_language_is_asked_for(client, project, world):
    """
    `locale` and options of the index reach the service.
    """
    summary = await client.summarize_object(
        PROJECT, **OBJECT, locale="en", index=IndexOptions(scene_range="LONG")
    )

    assert "told in en" in summary.scenes[0]["summary"]
    assert "LONG" == only(world, project).index.setting["sceneRange"]
    assert (1, 1, 1) == paid(world)


async def test_a_lost_registration_has_one_candidate_and_its_token(
    client, project, simulator, world
):
    """
    Where the answer is lost, nothing is sent again; the token goes on with what it made.
    """
    simulator.faults.add("register_asset", Fault.DROP_AFTER)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.summarize_object(PROJECT, **OBJECT)

    (candidate,) = caught.value.candidates
    job = client.jobs.resume(caught.value.token)
    assert 3 == len((await job.result()).scenes)
    assert candidate.ref == job.asset
    assert (1, 1, 1) == paid(world)


async def test_a_lost_registration_that_did_not_take_has_none(client, project, simulator, world):
    """
    Without a candidate there is no token, and nothing is sent again.
    """
    simulator.faults.add("register_asset", Fault.DROP_BEFORE)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.summarize_object(PROJECT, **OBJECT)

    assert ((), None) == (caught.value.candidates, caught.value.token)
    assert (0, 1) == (paid(world)[0], sent(simulator, "register_asset"))


async def test_a_registration_left_in_flight_is_known(new_client, project, simulator, world):
    """
    A task cancelled while the registration is in flight carries the token of the pipeline.
    """
    simulator.faults.add("register_asset", Fault.SLOW(5))
    task = asyncio.ensure_future(new_client().summarize_object(PROJECT, **OBJECT))
    await asyncio.sleep(2)
    task.cancel()

    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    assert 3 == len((await new_client().jobs.resume(caught.value.token).result()).scenes)
    assert (1, 1, 1) == paid(world)


async def test_a_project_that_is_not_there_is_the_services_own_404(client, world):
    """
    A refused registration is raised as it came.
    """
    with pytest.raises(NotFound):
        await client.summarize_object(PROJECT, **OBJECT)


async def test_passing_trouble_does_not_end_the_import(client, project, simulator):
    """
    Looks at the import that fail only move the next one.
    """
    simulator.faults.add("get_asset_import_status", Fault.STATUS(503), times=3)

    assert 3 == len((await client.summarize_object(PROJECT, **OBJECT)).scenes)


async def test_never_wait_still_registers(client, project, world):
    """
    A timeout of 0 registers, looks once, and leaves a token.
    """
    with pytest.raises(StillRunning) as caught:
        await client.summarize_object(PROJECT, **OBJECT, timeout=0)

    assert ImportState.IN_PROGRESS == caught.value.last_status.state
    assert await client.jobs.resume(caught.value.token).result(timeout=math.inf)


# Decisions.


def test_an_import_under_way_is_followed_first():
    """
    While the import goes on, nothing else is looked at.
    """
    facts = Facts(waiting_for=Stage.IMPORT)

    assert LookAt(Stage.IMPORT, until_ended=True) == next_step(Intent(), facts)


@pytest.mark.parametrize(
    ("state", "expected"),
    [(ImportState.COMPLETED, LookAt(Stage.SUMMARY)), (ImportState.FAILED, Done())],
)
def test_what_comes_after_an_import_is_its_end_to_say(state, expected):
    """
    A good import leads to the summary, and a bad one to the end.
    """
    facts = Facts(importing=ImportStatus(state=state))

    assert expected == next_step(Intent(), facts)


def test_a_pipeline_that_imports_has_the_words_of_the_import():
    """
    State and message of a status are those of its stage.
    """
    importing = ImportStatus(state=ImportState.IN_PROGRESS, message="The import is going.")
    status = PipelineStatus(stage=Stage.IMPORT, importing=importing)

    assert (ImportState.IN_PROGRESS, "The import is going.") == (status.state, status.message)


# Killed.


async def one_life(clock, lines):
    """Let a client live, go on from its last token, and return the bill and its lines."""
    world = World(clock)
    world.add_project("w", 1)
    world.put_object("b", "k.mp4", scenes=10)
    async with Simulator(clock=clock, world=world) as simulator:
        tokens, lived = await live(simulator.url, lines, "object")
        keys = Credentials(simulator.access_key, simulator.secret_key)
        async with MediaIntelligence(keys, base_url=simulator.url, clock=clock) as client:
            if tokens:
                await client.jobs.resume(tokens[-1]).result()
            else:
                await client.summarize_object(PROJECT, bucket="b", key="k.mp4")
    return paid(world), lived


WHOLE_LIFE = []
"""How many lines a client runs that nobody kills, once that is known."""


async def killed_at(fraction):
    """Kill a client after that fraction of its lines; return the bill once all is resumed."""
    clock = FastClock(1000)
    if not WHOLE_LIFE:
        WHOLE_LIFE.append((await one_life(clock, NEVER))[1])
    (lines,) = WHOLE_LIFE
    return (await one_life(clock, max(1, int(lines * fraction))))[0]


@pytest.mark.parametrize("fraction", [0.2, 0.4, 0.6, 0.8])
def test_a_killed_pipeline_of_an_object_is_paid_once(fraction):
    """
    After kill -9 the last token ends the work with one index and one summary.
    """
    # In real time, sped up: a process of its own cannot share a virtual clock.
    assert (1, 1) == asyncio.run(killed_at(fraction))[1:]


@pytest.mark.thorough
@pytest.mark.parametrize("percent", range(100))
def test_a_pipeline_of_an_object_killed_anywhere_is_paid_once(percent):
    """
    A hundred places to die, evenly over the lines of a pipeline that begins with a file.
    """
    assert (1, 1) == asyncio.run(killed_at(percent / 100))[1:]
