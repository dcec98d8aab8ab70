"""Starts, looks, cancellations, closings and faults in any order; what must hold at every step."""

import asyncio
import gc
import math
import re

import pytest
from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from virtual_time import VirtualTimeLoop

from mediaintel_async import (
    AssetRef,
    Conflict,
    Credentials,
    MediaIntelligence,
    MediaIntelligenceError,
)
from mediaintel_async.simulator import Fault, Simulator
from mediaintel_async.simulator.world.refusals import Refused
from mediaintel_async.simulator.world.world import World

SETTLE, REQUEST, FINISH = 30, 60, 15
LONGEST_START = 3600
"""A start and a single look have no timeout of their own; retries and settling bound them."""

ON_THE_WIRE = {
    "drop before": Fault.DROP_BEFORE,
    "drop after": Fault.DROP_AFTER,
    "gateway timeout before": Fault.GATEWAY_TIMEOUT_BEFORE,
    "gateway timeout after": Fault.GATEWAY_TIMEOUT_AFTER,
    "refused": Fault.REFUSED(20),
    "slow": Fault.SLOW(20),
    "too slow": Fault.SLOW(100),
    "slow body": Fault.SLOW_BODY(20),
    "endless": Fault.ENDLESS,
    "cut": Fault.CUT,
    "429": Fault.STATUS(429),
    "429 seconds": Fault.STATUS(429, retry_after="7"),
    "429 date": Fault.STATUS(429, "420", retry_after_date=7),
    "429 nonsense": Fault.STATUS(429, retry_after="soon"),
    "quota": Fault.STATUS(429, "400"),
    "500": Fault.STATUS(500, "service"),
    "503": Fault.STATUS(503),
    "conflict": Fault.CONFLICT,
    "400": Fault.STATUS(400, "10001"),
    "401": Fault.STATUS(401),
    "403": Fault.STATUS(403, "403"),
    "404": Fault.STATUS(404, "404"),
    "page": Fault.HTML,
    "no JSON": Fault.NOT_JSON,
    "redirect": Fault.REDIRECT("http://127.0.0.1:1/elsewhere"),
    "nested": Fault.NESTED(300),
    "wrong type": Fault.WRONG_TYPE,
    "blanks": Fault.HUGE(200_000),
}
IN_A_STATUS = {
    "no time": Fault.NO_TIME,
    "backwards": Fault.BACKWARDS,
    "new word": Fault.SHOWN({"status": "PONDERING"}),
    "no status": Fault.MISSING(["status"]),
    "null status": Fault.SHOWN({"status": None}),
    "nulls": Fault.SHOWN({"requestedTime": None, "completedTime": None, "totalSceneCount": None}),
    "new member": Fault.SHOWN({"mood": [{"new": True}]}),
    "both spellings": Fault.BOTH_SPELLINGS,
}
STARTS = ["request_index", "request_scene_summary"]
LOOKS = ["get_index_status", "get_scene_summary_status"]
OTHERS = ["get_scene_summary", "get_index", "cancel_scene_summary", "cancel_index", "get_asset"]

NUMBERS = st.integers(0, 1000)
PAUSES = st.sampled_from([0.0, 0.003, 0.5, 3.0, 20.0, 70.0, 400.0])
TIMEOUTS = st.sampled_from([0, 0.004, 1, 15, 40, 100, 1000])


@define(eq=False)
class Wait:
    """Something that is awaited, and what is promised of it."""

    task: asyncio.Task
    ends_before: float
    asset: str | None = None
    fresh_since: float = -math.inf
    """When a run was asked for that must be a new one."""

    was_cancelled: bool = field(default=False, init=False)
    ended_at: float = field(default=math.inf, init=False)


class RememberingWorld(World):
    """A world that forgets no run, as the service does when an asset is indexed anew."""

    def __init__(self, clock):
        super().__init__(clock)
        self.summaries = {}

    def _begin(self, asset, work, **facts):
        run = super()._begin(asset, work, **facts)
        if work == "summary":
            self.summaries[run.number] = run
        return run


class AnyOrder(RuleBasedStateMachine):
    """A world of four assets, and a client that is closed and opened again."""

    def __init__(self):
        super().__init__()
        self.loop = VirtualTimeLoop()
        self.complaints = []
        self.loop.set_exception_handler(lambda _, context: self.complaints.append(context))
        self.clock = self.loop.clock
        self.world = RememberingWorld(self.clock)
        self.simulator = Simulator(self.clock, self.world)
        self.reusing = {
            "new": self.world.add_asset(file_name="new.mp4", scenes=5),
            "indexed": self.world.add_asset(file_name="indexed.mp4", scenes=5, indexed=True),
        }
        self.renewing = {
            "bare": self.world.add_asset(file_name="bare.mp4", scenes=5, indexed=True),
            "done": self.world.add_asset(file_name="done.mp4", scenes=5, summarized=True),
        }
        self.wheres = {**self.reusing, **self.renewing}
        self.intents = dict.fromkeys(self.wheres, 0)
        self.failures = dict.fromkeys(self.wheres, 0)
        self.waits, self.tokens = [], []
        self.run(self.simulator.start())
        self.client = self.open()

    def run(self, work):
        """Run *work* in the machine's own loop."""
        return self.loop.run_until_complete(work)

    def open(self):
        """A new client, as of a new process."""
        keys = Credentials(self.simulator.access_key, self.simulator.secret_key)
        return MediaIntelligence(keys, base_url=self.simulator.url, clock=self.clock)

    def ref(self, name):
        """What the client calls an asset."""
        where = self.wheres[name]
        return AssetRef(where.workspace, where.project_id, where.asset_id)

    def begin(self, work, seconds, pause, **facts):
        """Let *work* run for a moment; it must have ended within *seconds*."""
        ends_before = self.clock.monotonic() + seconds
        wait = Wait(self.loop.create_task(work), ends_before, **facts)
        wait.task.add_done_callback(lambda _: self.note_end(wait))
        self.waits.append(wait)
        self.run(asyncio.sleep(pause))

    def note_end(self, wait):
        """Take note of when a wait has ended."""
        wait.ended_at = self.clock.monotonic()

    @rule(
        asset=st.sampled_from(["new", "indexed"]),
        way=st.sampled_from(["summarize", "pipeline", "summary", "watch"]),
        timeout=TIMEOUTS,
        on_timeout=st.sampled_from(["detach", "detach", "cancel"]),
        pause=PAUSES,
    )
    def reuse(self, asset, way, timeout, on_timeout, pause):
        """Ask for a summary that may be there already."""
        client, ref = self.client, self.ref(asset)
        end = {"timeout": timeout, "on_timeout": on_timeout}

        async def pipeline():
            job = await client.jobs.start_pipeline(ref)
            self.tokens.append(job.token)
            return await job.result(**end)

        async def summary():
            job = await client.jobs.start_summary(ref)
            self.tokens.append(job.token)
            return await job.result(**end)

        async def watch():
            job = client.jobs.pipeline(ref)
            async for status in job.watch():
                self.tokens.append(job.token)
                if timeout and status.progress:
                    return

        ways = {
            "summarize": lambda: client.summarize(ref, **end),
            "pipeline": pipeline,
            "summary": summary,
            "watch": watch,
        }
        longest = {"summarize": 0, "watch": 86_400}.get(way, LONGEST_START)
        more = SETTLE + REQUEST if on_timeout == "cancel" else 0
        # To look once is to look once to the end.
        more += REQUEST * 4 if timeout == 0 else 0
        self.begin(ways[way](), timeout + longest + more + FINISH, pause, asset=asset)

    @rule(
        asset=st.sampled_from(["bare", "done"]),
        way=st.sampled_from(["summarize", "summary", "index"]),
        timeout=TIMEOUTS,
        pause=PAUSES,
    )
    def renew(self, asset, way, timeout, pause):
        """Ask for something new, and billed."""
        client, ref = self.client, self.ref(asset)
        self.intents[asset] += 1

        async def summary():
            job = await client.jobs.start_summary(ref, reuse=False)
            self.tokens.append(job.token)
            return await job.result(timeout=timeout)

        async def index():
            job = await client.jobs.start_index(ref)
            self.tokens.append(job.token)
            return await job.wait(timeout=timeout)

        ways = {
            "summarize": lambda: client.summarize(ref, reuse=False, timeout=timeout),
            "summary": summary,
            "index": index,
        }
        longest = 0 if way == "summarize" else LONGEST_START
        more = REQUEST * 4 if timeout == 0 else 0
        self.begin(
            ways[way](),
            timeout + longest + more + FINISH,
            pause,
            asset=asset,
            fresh_since=self.clock.monotonic(),
        )

    @rule(number=NUMBERS, timeout=TIMEOUTS, pause=PAUSES)
    def resume(self, number, timeout, pause):
        """Go on from any token, as another process would."""
        if self.tokens:
            job = self.client.jobs.resume(self.tokens[number % len(self.tokens)])
            # What was not started before is started now: that is an intention too.
            for asset, where in self.renewing.items():
                self.intents[asset] += where.asset_id == job.asset.asset_id
            more = REQUEST * 4 if timeout == 0 else 0
            self.begin(job.result(timeout=timeout), timeout + more + FINISH, pause)

    @rule(number=NUMBERS, pause=PAUSES)
    def look(self, number, pause):
        """Look once at any job."""
        if self.tokens:
            job = self.client.jobs.resume(self.tokens[number % len(self.tokens)])
            self.begin(job.status(), LONGEST_START, pause)

    @rule(number=NUMBERS, pause=PAUSES)
    def cancel(self, number, pause):
        """Cancel any job."""
        if self.tokens:
            job = self.client.jobs.resume(self.tokens[number % len(self.tokens)])
            self.begin(job.cancel(), LONGEST_START, pause)

    @rule(number=NUMBERS, pause=PAUSES)
    def cancel_task(self, number, pause):
        """Cancel a task that waits."""
        if self.waits:
            wait = self.waits[number % len(self.waits)]
            wait.was_cancelled = True
            wait.ends_before = self.clock.monotonic() + FINISH
            wait.task.cancel()
            self.run(asyncio.sleep(pause))

    @rule(pause=PAUSES)
    def close(self, pause):
        """Close the client, whatever it is doing, and open another."""
        closing = self.clock.monotonic()
        self.run(self.client.aclose())
        assert self.clock.monotonic() - closing <= FINISH
        for wait in self.waits:
            wait.ends_before = min(wait.ends_before, self.clock.monotonic() + 1)
        self.client = self.open()
        self.run(asyncio.sleep(pause))

    @rule(
        operation=st.sampled_from([*STARTS, *STARTS, *LOOKS, *OTHERS]),
        fault=st.sampled_from(list(ON_THE_WIRE)),
        times=st.integers(1, 3),
    )
    def break_the_wire(self, operation, fault, times):
        """Let something go wrong between here and there."""
        # To a look 404 says that there never was a run, as truly as any other answer.
        if operation not in LOOKS or fault != "404":
            self.simulator.faults.add(operation, ON_THE_WIRE[fault], times)

    @rule(
        operation=st.sampled_from(LOOKS),
        fault=st.sampled_from(list(IN_A_STATUS)),
        times=st.integers(1, 3),
    )
    def blur_a_status(self, operation, fault, times):
        """Let a look show less, more, or older things than it should."""
        self.simulator.faults.add(operation, IN_A_STATUS[fault], times)

    @rule(
        name=st.sampled_from(["new", "indexed", "bare", "done"]),
        work=st.sampled_from(["index", "summary"]),
    )
    def fail_next(self, name, work):
        """Let the next run fail."""
        self.failures[name] += 1
        self.world.fail_next(self.wheres[name], work, "out of luck")

    @rule(
        name=st.sampled_from(["new", "indexed", "bare", "done"]),
        work=st.sampled_from(["index", "summary"]),
    )
    def cancel_elsewhere(self, name, work):
        """Somebody cancels a run in the console."""
        try:
            self.world.cancel_elsewhere(self.wheres[name], work)
        except Refused:
            return

    @rule(pause=PAUSES)
    def rest(self, pause):
        """Let time pass."""
        self.run(asyncio.sleep(pause))

    @invariant()
    def every_wait_ends_in_its_time(self):
        """No wait is longer than it may be, and what it came to is what was promised."""
        now = self.clock.monotonic()
        for wait in [each for each in self.waits if each.task.done()]:
            self.waits.remove(wait)
            self.judge(wait)
        assert [] == [wait for wait in self.waits if wait.ends_before < now]

    def judge(self, wait):
        """Hold what a wait came to against what is promised."""
        assert wait.task.done()
        # What has ended at this very moment has not been noted yet.
        assert min(wait.ended_at, self.clock.monotonic()) <= wait.ends_before
        try:
            came_to = wait.task.result()
        except asyncio.CancelledError as error:
            self.keep(error, needs_token=False)
            assert wait.was_cancelled
            return
        except MediaIntelligenceError as error:
            # A Conflict never carries a token that could start anything, and may so have none.
            self.keep(error, needs_token=not isinstance(error, Conflict))
            return
        if wait.asset is not None and hasattr(came_to, "scenes"):
            texts = [scene["summary"] for scene in came_to.scenes]
            assert all(f"of {wait.asset}.mp4," in text for text in texts)
            numbers = {int(re.search(r"by run (\d+)", text)[1]) for text in texts}
            runs = [self.world.summaries[number] for number in numbers]
            assert all(run.ends_at >= wait.fresh_since for run in runs)

    def keep(self, error, *, needs_token=True):
        """Keep the token of an error, which any client of the service can resume."""
        token = getattr(error, "token", None)
        assert token is not None or not needs_token
        if token is not None:
            self.client.jobs.resume(token)
            self.tokens.append(token)

    @invariant()
    def nothing_is_started_twice(self):
        """What may be reused is billed once; what is wanted anew, once for each wish."""
        for name, where in self.wheres.items():
            for work in ("index", "summary"):
                bill = self.world.bill[where, work]
                # A run that failed or was cancelled does not count: the next may be wanted.
                ended_badly = self.world.refunded[where, work] + self.failures[name]
                allowed = 1 + ended_badly if name in self.reusing else self.intents[name]
                assert bill <= allowed, (name, work, bill, allowed)

    def teardown(self):
        """Nothing is left: no task, no timer, no socket, no entry in a table."""
        try:
            self.every_wait_ends_in_its_time()
            context = self.client._context
            self.run(self.client.aclose())
            self.run(asyncio.sleep(1))
            for wait in self.waits:
                self.judge(wait)
            self.waits.clear()
            assert [] == [*context.starts, *context.waits, *context.locks]
            assert set() == asyncio.all_tasks(self.loop) - self.tasks_of_the_service()
            self.run(self.simulator.stop())
            assert set() == asyncio.all_tasks(self.loop)
            self.run(asyncio.sleep(0))
            assert [] == [timer for timer in self.loop._scheduled if not timer.cancelled()]
            assert self.clock.next_wake() is None
            assert 1 == len(self.loop._selector.get_map())  # the loop's own
            gc.collect()
            assert [] == self.complaints
        finally:
            self.loop.close()

    def tasks_of_the_service(self):
        """What the stand-in runs."""
        return {
            task
            for task in asyncio.all_tasks(self.loop)
            if "aiohttp/web" in repr(task) or "_be_away" in repr(task)
        }


def test_what_is_promised_holds_in_any_order():
    """
    Every wait ends in its time, nothing is billed twice, and nothing is left behind.
    """
    run_state_machine_as_test(AnyOrder, settings=settings(max_examples=12))


@pytest.mark.thorough
def test_what_is_promised_holds_in_very_many_orders():
    """
    Every wait ends in its time, nothing is billed twice, and nothing is left behind.
    """
    run_state_machine_as_test(AnyOrder, settings=settings.get_profile("thorough"))
