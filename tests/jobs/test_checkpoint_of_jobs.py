"""`checkpoint=`: awaited with the token before each billed request, and once it was accepted."""

import asyncio

import pytest
from arrivals import sent

from mediaintel_async import AssetRef, InvalidArgument, ProjectRef, SearchQuery, Stage
from mediaintel_async.jobs.token import decode_token
from mediaintel_async.simulator import Fault

BILLED = ["request_index", "request_scene_summary"]


class Log:
    """A checkpoint that notes what it got, and which billed requests had arrived by then."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.seen = []

    async def save(self, token):
        """Note the token; slowly, as a database does."""
        await asyncio.sleep(0.5)
        arrived = sum(sent(self.simulator, operation) for operation in BILLED)
        self.seen.append((decode_token(token), arrived))

    @property
    def runs(self):
        """Kind, stage, whether the run is pending, and how many billed requests had arrived."""
        return [(one.kind, one.stage, one.run.is_pending, arrived) for one, arrived in self.seen]


@pytest.fixture
def log(simulator):
    """A checkpoint."""
    return Log(simulator)


async def test_each_billed_request_has_its_checkpoints(client, asset, where, log):
    """
    A pipeline's token is saved before each start, when it says that a start may have been sent, and
    once the start was accepted.
    """
    await client.summarize(asset, checkpoint=log.save)

    assert [
        ("pipeline", Stage.INDEX, True, 0),
        ("pipeline", Stage.INDEX, False, 1),
        ("pipeline", Stage.SUMMARY, True, 1),
        ("pipeline", Stage.SUMMARY, False, 2),
    ] == log.runs


async def test_a_pipeline_that_is_started_or_resumed_has_checkpoints(client, asset, where, log):
    """
    `start_pipeline()` passes its tokens on, and a resumed job those of the stages to come.
    """
    job = await client.jobs.start_pipeline(asset, checkpoint=log.save)
    assert [(Stage.INDEX, True), (Stage.INDEX, False)] == [one[1:3] for one in log.runs]

    await client.jobs.resume(job.token, checkpoint=log.save).result()

    assert [(Stage.SUMMARY, True), (Stage.SUMMARY, False)] == [one[1:3] for one in log.runs[2:]]


async def test_jobs_of_one_run_have_checkpoints(client, world, log):
    """
    `start_index()` and `start_summary()` save the token before their request and after it.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2)
    job = await client.jobs.start_index(AssetRef("w", 1, 2), checkpoint=log.save)
    await job.wait()

    await client.jobs.start_summary(AssetRef("w", 1, 2), checkpoint=log.save)

    assert [
        ("index", None, True, 0),
        ("index", None, False, 1),
        ("summary", None, True, 1),
        ("summary", None, False, 2),
    ] == log.runs


@pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")
async def test_the_older_starts_have_checkpoints(client, asset, where, log):
    """
    The starts of `client.legacy.jobs` take a checkpoint, too.
    """
    jobs = client.legacy.jobs
    await (await jobs.start_analysis(asset, analysis_person_count=1, checkpoint=log.save)).wait()
    index = await client.indexes.get(asset)
    await jobs.start_summary(asset, index.index_id, checkpoint=log.save)

    kinds = [(one.kind, one.run.is_pending) for one, _ in log.seen]
    assert [
        ("legacy analysis", True),
        ("legacy analysis", False),
        ("legacy summary", True),
        ("legacy summary", False),
    ] == kinds


async def test_what_is_joined_or_fetched_is_not_announced_as_a_start(client, world, log):
    """
    Where nothing is sent that is billed, no token says that a start may have been sent.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)

    await client.summarize(AssetRef("w", 1, 2), checkpoint=log.save)

    assert [] == [one for one in log.runs if one[2]]


async def test_an_import_and_a_search_are_saved_once_they_have_an_id(client, world, log):
    """
    A registration and a search have a token from their answer on; it is saved then.
    """
    world.put_object("b", "k.mp4")
    world.add_project("w", 1)
    project = ProjectRef("w", 1)
    jobs = [
        await client.jobs.start_import(project, bucket="b", key="k.mp4", checkpoint=log.save),
        await client.jobs.start_search("w", SearchQuery(text="a car"), checkpoint=log.save),
    ]

    assert [decode_token(job.token).ids for job in jobs] == [one.ids for one, _ in log.seen]


async def test_an_object_is_saved_at_each_step(client, world, log):
    """
    `summarize_object()` saves the token of the registration, then those of each start.
    """
    world.put_object("b", "k.mp4", scenes=3)
    world.add_project("w", 1)

    await client.summarize_object(ProjectRef("w", 1), bucket="b", key="k.mp4", checkpoint=log.save)

    assert [
        (Stage.IMPORT, False),
        (Stage.INDEX, True),
        (Stage.INDEX, False),
        (Stage.SUMMARY, True),
        (Stage.SUMMARY, False),
    ] == [one[1:3] for one in log.runs]


@pytest.mark.parametrize("error", [OSError("disk full"), InvalidArgument("no such row")])
async def test_a_checkpoint_that_raises_sends_nothing(client, asset, where, world, error):
    """
    If the checkpoint raises, that very error leaves the call with a token, and nothing was billed.
    """

    async def fail(_):
        raise error

    with pytest.raises(type(error)) as caught:
        await client.summarize(asset, checkpoint=fail)

    assert error is caught.value
    assert {} == dict(world.bill)
    assert decode_token(caught.value.token).kind == "pipeline"


async def test_a_checkpoint_that_raises_after_the_start_leaves_the_run(client, asset, where, world):
    """
    If the checkpoint raises once the start was accepted, the token leads to that run.
    """
    calls = []

    async def fail_second(token):
        calls.append(token)
        if len(calls) > 1:
            raise KeyError("gone")

    with pytest.raises(KeyError) as caught:
        await client.summarize(asset, checkpoint=fail_second)

    assert not decode_token(caught.value.token).run.is_pending
    await client.jobs.resume(caught.value.token).result()
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


def returns_nothing(_):
    """No coroutine."""


@pytest.mark.parametrize("checkpoint", [5, "x", returns_nothing])
async def test_what_cannot_be_awaited_is_no_checkpoint(
    client, asset, where, simulator, world, checkpoint
):
    """
    What cannot be called, or returns nothing to await, is InvalidArgument; nothing is billed.
    """
    for start in (client.summarize, client.jobs.start_index, client.jobs.start_pipeline):
        with pytest.raises(InvalidArgument, match="checkpoint"):
            await start(asset, checkpoint=checkpoint)

    assert {} == dict(world.bill)
    assert 0 == sum(sent(simulator, operation) for operation in BILLED)


async def test_a_checkpoint_that_cannot_be_called_is_refused_before_any_request(
    client, asset, simulator
):
    """
    Each method refuses it at once.
    """
    with pytest.raises(InvalidArgument, match="5 is not a checkpoint"):
        client.jobs.pipeline(asset, checkpoint=5)
    with pytest.raises(InvalidArgument, match="checkpoint"):
        client.jobs.resume(client.jobs.attach_index(asset).token, checkpoint=5)

    assert [] == simulator.requests


async def test_a_lambda_that_returns_a_coroutine_is_a_checkpoint(client, asset, where, log):
    """
    What counts is that the result can be awaited.
    """
    await client.summarize(asset, checkpoint=lambda token: asyncio.wait_for(log.save(token), 9))

    assert 4 == len(log.seen)


async def test_a_call_that_is_cancelled_in_a_checkpoint_has_sent_nothing(
    client, asset, where, world
):
    """
    Cancelled while the checkpoint waits, a call leaves its token, and no start.
    """

    async def never(_):
        await asyncio.sleep(10**6)

    task = asyncio.ensure_future(client.summarize(asset, checkpoint=never))
    await asyncio.sleep(30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    assert caught.value.token
    assert {} == dict(world.bill)
    await client.jobs.resume(caught.value.token).result()
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


@pytest.mark.parametrize("operation", BILLED)
async def test_the_last_token_before_each_start_knows_of_it(
    client, asset, where, simulator, world, operation
):
    """
    `on_progress` gets, before each start, a token that says that the start may have been sent.
    """
    held, at_post = [], []
    act = simulator._act

    def note(self_operation, *rest):
        if self_operation is not None and self_operation.operation_id == operation:
            at_post.append(held[-1])
        return act(self_operation, *rest)

    simulator._act = note

    await client.summarize(asset, on_progress=held.append)

    (status,) = at_post
    token = decode_token(status.token)
    stage = Stage.INDEX if operation == "request_index" else Stage.SUMMARY
    assert (stage, True, True) == (token.stage, token.run.is_pending, status.is_starting)
    assert stage is status.stage


async def test_a_start_that_is_sent_again_is_saved_again(client, asset, where, simulator, log):
    """
    Each request has a checkpoint of its own, also the second of a start whose answer was lost.
    """
    simulator.faults.add("request_index", Fault.DROP_BEFORE)

    await client.jobs.start_index(asset, checkpoint=log.save)

    assert [1, 2, 2] == [one.run.sends for one, _ in log.seen]
