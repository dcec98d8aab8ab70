import asyncio
import math
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from simulator_calls import ASSET

from mediaintel_async.simulator import Fault
from mediaintel_async.simulator.faults import NONE, Faults, InvalidFaults

START = f"{ASSET}/scene-summary"
STATUS = f"{ASSET}/scene-summary/status"


@pytest.fixture
def where(indexed):
    """The asset 5678, indexed and not summarised."""
    return indexed


@pytest.mark.parametrize(("fault", "billed"), [(Fault.DROP_BEFORE, 0), (Fault.DROP_AFTER, 1)])
async def test_a_connection_is_dropped(calls, where, fault, billed):
    """
    Not a byte of an answer arrives, and whether the start took only the bill tells.
    """
    calls.simulator.faults.add("request_scene_summary", fault)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)

    assert billed == calls.simulator.world.bill[where, "summary"]
    assert ["request_scene_summary"] == [each.operation for each in calls.simulator.requests]


async def test_a_reused_connection_is_dropped(calls, where):
    """
    A connection that has carried answers is dropped as well.
    """
    await calls.get(ASSET)
    calls.simulator.faults.add("*", Fault.DROP_BEFORE)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)

    assert 200 == (await calls.post(START)).status


async def test_dropping_is_quiet(calls, where, caplog):
    """
    Nothing is logged about a dropped connection.
    """
    calls.simulator.faults.add("*", Fault.DROP_AFTER)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)
    await calls.simulator.stop()

    assert [] == caplog.records


@pytest.mark.parametrize(
    ("fault", "billed"),
    [(Fault.GATEWAY_TIMEOUT_BEFORE, 0), (Fault.GATEWAY_TIMEOUT_AFTER, 1)],
)
async def test_the_gateway_times_out(calls, where, fault, billed):
    """
    504 comes whether or not the start took.
    """
    calls.simulator.faults.add("request_scene_summary", fault)

    got = await calls.post(START)

    assert (504, "510") == got.gateway_refusal
    assert billed == calls.simulator.world.bill[where, "summary"]


async def test_an_answer_is_slow(calls, where, clock):
    """
    A slow start has taken at once, and is answered later.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.SLOW(20))
    before = clock.monotonic()

    got = await calls.post(START)

    assert "2027-01-15T17:00:00" == got.result["createdTime"]
    assert 20 <= clock.monotonic() - before < 21


async def test_nobody_need_wait_for_a_slow_answer(calls, where):
    """
    When the caller leaves, the start has taken all the same.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.SLOW(1000))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(calls.post(START), 10)

    assert 1 == calls.simulator.world.bill[where, "summary"]
    assert "SUMMARIZING" == (await calls.get(STATUS)).result["status"]


async def test_stopping_does_not_wait_for_a_slow_answer(calls, where, clock):
    """
    A held-back answer is given up, without leaving a task behind.
    """
    before = asyncio.all_tasks()
    calls.simulator.faults.add("request_scene_summary", Fault.SLOW(1000))
    asking = asyncio.create_task(calls.post(START))
    await clock.sleep(1)

    await calls.simulator.stop()

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await asking
    assert before == asyncio.all_tasks()
    assert clock.monotonic() < 10


async def test_a_run_is_late(calls, where, clock):
    """
    A late start is accepted and billed, and its run appears after a while.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.LATE(20))

    accepted = await calls.post(START)
    hidden = await calls.get(STATUS)
    await clock.sleep(20)
    seen = await calls.get(STATUS)

    assert 101 == accepted.result["sceneSummaryId"] == seen.result["sceneSummaryId"]
    assert "BEFORE_SUMMARIZE" == hidden.result["status"]
    assert "WAIT_SUMMARIZE" == seen.result["status"]
    assert 1 == calls.simulator.world.bill[where, "summary"]


async def test_a_late_run_keeps_nobody_out(calls, where):
    """
    A second start before a late run appears is accepted, and billed again.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.LATE(20))
    await calls.post(START)

    second = await calls.post(START)

    assert 102 == second.result["sceneSummaryId"]
    assert 2 == calls.simulator.world.bill[where, "summary"]


async def test_a_late_run_can_be_lost_too(calls, where, clock):
    """
    A late start may come with a dropped connection.
    """
    fault = Fault.LATE(20, then=Fault.DROP_AFTER)
    calls.simulator.faults.add("request_index", fault)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(f"{ASSET}/index", {})
    hidden = await calls.get(f"{ASSET}/index/status")
    await clock.sleep(20)
    seen = await calls.get(f"{ASSET}/index/status")

    assert "ANALYZE_COMPLETED" == hidden.result["status"]
    assert "WAIT_ANALYZE" == seen.result["status"]


async def test_a_start_conflicts(calls, where):
    """
    409 comes though nothing is going, and nothing was done.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.CONFLICT)

    got = await calls.post(START)

    assert (409, "409") == got.refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(
    ("status", "code", "shown"),
    [
        (400, None, "100"),
        (401, None, "200"),
        (401, "210", "210"),
        (404, None, "300"),
        (413, None, "430"),
        (429, None, "410"),
        (429, "400", "400"),
        (429, "420", "420"),
        (500, None, "900"),
        (503, None, "500"),
        (504, None, "510"),
    ],
)
async def test_the_gateway_refuses(calls, where, status, code, shown):
    """
    A status comes with the gateway's body that fits it.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.STATUS(status, code))

    got = await calls.post(START)

    assert (status, shown) == got.gateway_refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(
    ("status", "code", "shown"),
    [(400, "10001", "10001"), (404, "404", "404"), (403, None, "403"), (409, "510", "510")],
)
async def test_the_service_refuses(calls, where, status, code, shown):
    """
    A code that is not the gateway's for that status makes it the service's refusal.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.STATUS(status, code))

    got = await calls.post(START)

    assert (status, shown) == got.refusal


async def test_an_error_may_come_after_acting(calls, where):
    """
    A 500 does not mean that the start did not take.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.STATUS(500, acts=True))

    got = await calls.post(START)

    assert (500, "900") == got.gateway_refusal
    assert 1 == calls.simulator.world.bill[where, "summary"]


@pytest.mark.parametrize("retry_after", ["5", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
async def test_a_refusal_says_when_to_come_back(calls, where, retry_after):
    """
    Retry-After goes out as it was given.
    """
    fault = Fault.STATUS(429, retry_after=retry_after)
    calls.simulator.faults.add("get_asset", fault)

    got = await calls.get(ASSET)

    assert retry_after == got.headers["Retry-After"]


async def test_a_refusal_may_not_say_when_to_come_back(calls, where):
    """
    Unless given, there is no Retry-After.
    """
    calls.simulator.faults.add("get_asset", Fault.STATUS(429))

    got = await calls.get(ASSET)

    assert "Retry-After" not in got.headers


async def test_a_look_is_stale(calls, where):
    """
    A stale look shows the run before the newest.
    """
    calls.simulator.world.start_summary(where)
    calls.simulator.world.finish(where, "summary")
    await calls.post(START)
    calls.simulator.faults.add("get_scene_summary_status", Fault.STALE, times=2)

    statuses = [(await calls.get(STATUS)).result["status"] for _ in range(3)]

    assert ["SUMMARIZE_COMPLETED", "SUMMARIZE_COMPLETED", "WAIT_SUMMARIZE"] == statuses


async def test_a_look_knows_nothing(calls, where):
    """
    A look may say that nothing was ever requested.
    """
    calls.simulator.faults.add("*", Fault.BEFORE, times=2)

    index = await calls.get(f"{ASSET}/index/status")
    summary = await calls.get(STATUS)

    assert "BEFORE_ANALYZE" == index.result["status"]
    assert "BEFORE_SUMMARIZE" == summary.result["status"]


async def test_a_look_that_knows_nothing_knows_the_assets(calls):
    """
    An asset that is not there is missing all the same.
    """
    calls.simulator.faults.add("*", Fault.BEFORE)

    got = await calls.get(STATUS)

    assert (404, "404") == got.refusal


async def test_an_answer_lacks_its_time(calls, where):
    """
    The status comes without requestedTime.
    """
    await calls.post(START)
    calls.simulator.faults.add("get_scene_summary_status", Fault.NO_TIME)

    got = await calls.get(STATUS)

    assert "requestedTime" not in got.result
    assert "WAIT_SUMMARIZE" == got.result["status"]


async def test_a_proxy_answers(calls, where):
    """
    A page in HTML comes with 502, and nothing was done.
    """
    calls.simulator.faults.add("*", Fault.HTML)

    got = await calls.post(START)

    assert 502 == got.status
    assert got.headers["Content-Type"].startswith("text/html")
    assert not calls.simulator.world.bill


async def test_an_answer_breaks_off(calls, where):
    """
    A start has taken, and its 200 is not JSON.
    """
    calls.simulator.faults.add("*", Fault.NOT_JSON)

    got = await calls.post(START)

    assert (200, b'{"code": "0", "mess') == (got.status, got.raw)
    assert 1 == calls.simulator.world.bill[where, "summary"]


async def test_any_answer_can_be_given(calls, where):
    """
    Bytes, type and status are as wished.
    """
    calls.simulator.faults.add("*", Fault.BODY(b"<a/>", "application/xml", 202))

    got = await calls.post(START)

    assert (202, b"<a/>") == (got.status, got.raw)
    assert got.headers["Content-Type"].startswith("application/xml")


async def test_an_answer_leads_elsewhere(calls, where):
    """
    A redirect names its goal, and nothing was done.
    """
    calls.simulator.faults.add("*", Fault.REDIRECT("https://example.com/"))

    got = await calls.post(START)

    assert (302, "https://example.com/") == (got.status, got.headers["Location"])
    assert not calls.simulator.world.bill


async def test_faults_come_in_their_order(calls, where):
    """
    First in, first out, each as often as it was told, and then the truth.
    """
    faults = calls.simulator.faults
    faults.add("get_asset", Fault.STATUS(500), times=2)
    faults.add("get_asset", Fault.STATUS(503))

    statuses = [(await calls.get(ASSET)).status for _ in range(4)]

    assert [500, 500, 503, 200] == statuses


async def test_an_operations_own_faults_come_first(calls, where):
    """
    The faults of every operation wait until an operation has none of its own.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503))
    calls.simulator.faults.add("get_asset", Fault.STATUS(500))

    statuses = [(await calls.get(ASSET)).status for _ in range(3)]

    assert [500, 503, 200] == statuses


async def test_faults_can_be_for_ever(calls, where):
    """
    An outage lasts until it is cleared.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503), times=math.inf)
    during = [(await calls.get(ASSET)).status for _ in range(3)]

    calls.simulator.faults.clear()

    assert [503, 503, 503] == during
    assert 200 == (await calls.get(ASSET)).status


async def test_unsigned_requests_use_up_no_faults(calls, where):
    """
    A request that the gateway turns away meets no fault.
    """
    calls.simulator.faults.add("get_asset", Fault.STATUS(503))

    unsigned = await calls.send("GET", ASSET, headers={})
    signed = await calls.get(ASSET)

    assert (401, 503) == (unsigned.status, signed.status)


async def test_unknown_calls_meet_faults(calls):
    """
    The faults of every operation are for unknown ones too.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503))

    got = await calls.get("/nothing")

    assert (503, "500") == got.gateway_refusal


def test_no_fault_is_planned_for_what_does_not_exist():
    """
    A misspelt operation is refused, and what comes near it is named.
    """
    with pytest.raises(InvalidFaults) as caught:
        Faults().add("request_scene_sumary", Fault.HTML)

    assert str(caught.value).startswith(
        "operation: 'request_scene_sumary' is unknown; near it: request_scene_summary, "
    )


@pytest.mark.parametrize("probability", [0, -0.5, 1.5, math.nan])
def test_no_fault_is_planned_with_nonsense_for_a_probability(probability):
    """
    A fault that never comes, or more often than always, is refused.
    """
    with pytest.raises(InvalidFaults, match="probability: above 0 and up to 1"):
        Faults().add("*", Fault.HTML, probability=probability)


def outcomes(faults, operation):
    """Whether each of the next thousand requests of *operation* meets a fault."""
    return [faults.take(operation) is not NONE for _ in range(1000)]


def test_a_fault_with_a_probability_comes_now_and_then():
    """
    As often as its probability says, until its times are used up.
    """
    faults = Faults()
    faults.add("*", Fault.HTML, times=100, probability=0.2)

    met = outcomes(faults, "get_asset")

    assert 100 == sum(met)
    assert 350 < len(met) - met[::-1].index(True) < 650


def test_the_same_seed_lets_the_same_requests_meet_faults():
    """
    Which requests of an operation a fault meets is decided by seed and operation alone.
    """
    one, again, other = Faults(7), Faults(7), Faults(8)
    for each in (one, again, other):
        each.add("*", Fault.HTML, math.inf, 0.2)
    outcomes(again, "get_index")

    met = outcomes(one, "get_asset")

    assert met == outcomes(again, "get_asset")
    assert met != outcomes(other, "get_asset")


def test_a_request_that_one_fault_spares_may_meet_the_next():
    """
    Faults with probabilities are tried in their order, those of every operation last.
    """
    faults = Faults()
    faults.add("get_asset", Fault.HTML, math.inf, 0.5)
    faults.add("get_asset", Fault.CONFLICT, math.inf, 0.5)
    faults.add("*", Fault.NOT_JSON, math.inf)

    met = [faults.take("get_asset") for _ in range(1000)]

    assert 400 < met.count(Fault.HTML) < 600
    assert 150 < met.count(Fault.CONFLICT) < 350
    assert 1000 == sum(met.count(each) for each in (Fault.HTML, Fault.CONFLICT, Fault.NOT_JSON))


# The wire.


async def test_connections_are_refused_for_a_while(calls, where, clock):
    """
    Nothing is done, and nobody gets through until the port is open again.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.REFUSED(20))

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)
    await clock.sleep(19)
    with pytest.raises(aiohttp.ClientConnectorError):
        await calls.get(ASSET)
    await clock.sleep(2)

    assert 200 == (await calls.get(ASSET)).status
    assert not calls.simulator.world.bill


async def test_an_outage_drops_what_is_under_way(calls, where, clock):
    """
    Whoever waits for an answer is dropped as well, and a second outage adds nothing.
    """
    calls.simulator.faults.add("get_asset", Fault.SLOW(100))
    waiting = asyncio.create_task(calls.get(ASSET))
    await clock.sleep(1)
    calls.simulator.faults.add("request_scene_summary", Fault.REFUSED(20), times=2)

    both = await asyncio.gather(calls.post(START), calls.post(START), return_exceptions=True)

    with pytest.raises(aiohttp.ClientConnectionError):
        await waiting
    assert all(isinstance(each, aiohttp.ClientConnectionError) for each in both)
    assert clock.monotonic() < 10


async def test_stopping_ends_an_outage(calls, where):
    """
    A stand-in that is away can be stopped, and leaves no task behind.
    """
    before = asyncio.all_tasks()
    calls.simulator.faults.add("request_scene_summary", Fault.REFUSED(1000))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)

    await calls.simulator.stop()

    assert before == asyncio.all_tasks()


async def test_a_body_is_slow(calls, where, clock):
    """
    The headers come at once, the body in pieces, and it is whole in the end.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.SLOW_BODY(20))
    target = calls.simulator.url + START
    headers = calls.headers("POST", START)

    async with calls.session.post(target, headers=headers) as answer:
        at_once = clock.monotonic() < 1
        body = await answer.json()

    assert at_once
    assert 101 == body["result"]["sceneSummaryId"]
    assert 20 <= clock.monotonic() < 21


async def test_a_body_never_ends(calls, where, clock):
    """
    It drips for as long as anybody listens, and stopping gives it up.
    """
    before = asyncio.all_tasks()
    calls.simulator.faults.add("get_asset", Fault.ENDLESS)
    asking = asyncio.create_task(calls.get(ASSET))
    await clock.sleep(200)
    is_done = asking.done()

    await calls.simulator.stop()

    assert not is_done
    with pytest.raises(aiohttp.ClientPayloadError):
        await asking
    assert before == asyncio.all_tasks()


@pytest.mark.parametrize("fault", [Fault.ENDLESS, Fault.HUGE(10**9), Fault.SLOW_BODY(1000)])
async def test_nobody_need_listen_to_the_end_of_a_body(calls, where, fault, caplog):
    """
    When the caller leaves in the middle of a body, nothing is logged about it.
    """
    calls.simulator.faults.add("request_scene_summary", fault)
    headers = calls.headers("POST", START)

    async with calls.session.post(calls.simulator.url + START, headers=headers) as answer:
        assert 200 == answer.status
    await calls.simulator.stop()

    assert [] == [one for one in caplog.records if one.name.startswith("aiohttp")]


async def test_a_body_is_cut(calls, where, caplog):
    """
    Half a body comes, and it was done; nothing is logged about it.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.CUT)

    with pytest.raises(aiohttp.ClientPayloadError):
        await calls.post(START)

    assert 1 == calls.simulator.world.bill[where, "summary"]
    assert [] == caplog.records


async def test_a_body_is_huge(calls, where):
    """
    Blanks follow the true answer, which is JSON all the same.
    """
    calls.simulator.faults.add("get_asset", Fault.HUGE(1_000_001))

    got = await calls.get(ASSET)

    assert 5678 == got.result["assetId"]
    assert b" " * 1_000_001 == got.raw[got.raw.index(b" " * 1000) :]


async def test_an_answer_is_nested(calls, where):
    """
    A further member goes as deep as one likes.
    """
    calls.simulator.faults.add("get_asset", Fault.NESTED(3))

    got = await calls.get(ASSET)

    assert [[[]]] == got.result["nested"]
    assert 5678 == got.result["assetId"]


async def test_members_are_missing(calls, where):
    """
    A member that is left out is not null, it is not there.
    """
    calls.simulator.faults.add("get_asset", Fault.MISSING(["fileName", "metaData"]))

    got = await calls.get(ASSET)

    assert {"assetId", "projectId", "key", "createUserName"} == got.result.keys()


async def test_members_are_not_the_true_ones(calls, where):
    """
    Members may be others, null, or new.
    """
    members = {"status": "PONDERING", "requestedTime": None, "mood": [1]}
    calls.simulator.faults.add("get_scene_summary_status", Fault.SHOWN(members))

    got = await calls.get(STATUS)

    assert members == {name: got.result[name] for name in members}


async def test_members_come_in_both_spellings(calls, where):
    """
    What the pages spell in two ways comes twice, with one value.
    """
    calls.simulator.faults.add("get_asset", Fault.BOTH_SPELLINGS)

    got = await calls.get(ASSET)

    assert "username" == got.result["createUserName"] == got.result["createdUserName"]


async def test_a_status_goes_backwards(calls, where, clock):
    """
    A run that is under way is shown as if it had just been accepted; no run is invented.
    """
    calls.simulator.faults.add("get_scene_summary_status", Fault.BACKWARDS, times=2)
    nothing = await calls.get(STATUS)
    await calls.post(START)
    await clock.sleep(10)

    back, now = await calls.get(STATUS), await calls.get(STATUS)

    assert "BEFORE_SUMMARIZE" == nothing.result["status"]
    assert "WAIT_SUMMARIZE" == back.result["status"]
    assert "SUMMARIZING" == now.result["status"]
    assert now.result["requestedTime"] == back.result["requestedTime"]


async def test_an_answer_has_the_wrong_type(calls, where):
    """
    The true answer comes under another name.
    """
    calls.simulator.faults.add("get_asset", Fault.WRONG_TYPE)

    got = await calls.get(ASSET)

    assert got.headers["Content-Type"].startswith("text/html")
    assert 5678 == got.result["assetId"]


async def test_a_time_to_retry_may_be_a_date(calls, where):
    """
    It is counted from the time in the same answer's `Date`.
    """
    calls.simulator.faults.add("get_asset", Fault.STATUS(429, retry_after_date=30))

    got = await calls.get(ASSET)

    told = [parsedate_to_datetime(got.headers[name]) for name in ("Retry-After", "Date")]
    assert 30 == (told[0] - told[1]).total_seconds()


# Files.


@pytest.fixture
def file(tmp_path):
    """Writes a file of faults, and returns where."""

    def write(text):
        path = tmp_path / "faults.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_file_of_faults_is_read_in_its_order(file):
    """
    A file plans faults as `add()` does, each as often as it says, once unless it does.
    """
    path = file("""
        # The first answer is lost, the next two come from a proxy.
        [[fault]]
        operation = "get_asset"
        kind = "DROP_AFTER"

        [[fault]]
        operation = "get_asset"
        kind = "HTML"
        times = 2
    """)

    faults = Faults.load(path)

    taken = [faults.take("get_asset") for _ in range(4)]
    assert [Fault.DROP_AFTER, Fault.HTML, Fault.HTML, NONE] == taken


def test_a_file_has_its_seed(file):
    """
    A file with a seed makes a run repeatable, and a table a fault that comes now and then.
    """
    path = file(
        'seed = 7\n[[fault]]\noperation = "*"\nkind = "HTML"\ntimes = "always"\nprobability = 0.2'
    )
    expected = Faults(7)
    expected.add("*", Fault.HTML, math.inf, 0.2)

    faults = Faults.load(path)

    assert outcomes(expected, "get_asset") == outcomes(faults, "get_asset")


def test_a_file_can_plan_an_outage(file):
    """
    "always" is until the faults are cleared, and "*" is every operation.
    """
    path = file('[[fault]]\noperation = "*"\nkind = "CONFLICT"\ntimes = "always"')

    faults = Faults.load(path)

    taken = [faults.take("get_asset") for _ in range(100)]
    assert [Fault.CONFLICT] * 100 == taken


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DROP_BEFORE", Fault.DROP_BEFORE),
        ("DROP_AFTER", Fault.DROP_AFTER),
        ("GATEWAY_TIMEOUT_BEFORE", Fault.GATEWAY_TIMEOUT_BEFORE),
        ("GATEWAY_TIMEOUT_AFTER", Fault.GATEWAY_TIMEOUT_AFTER),
        ("CONFLICT", Fault.CONFLICT),
        ("STALE", Fault.STALE),
        ("BEFORE", Fault.BEFORE),
        ("NO_TIME", Fault.NO_TIME),
        ("HTML", Fault.HTML),
        ("NOT_JSON", Fault.NOT_JSON),
        ("CUT", Fault.CUT),
        ("ENDLESS", Fault.ENDLESS),
        ("BACKWARDS", Fault.BACKWARDS),
        ("BOTH_SPELLINGS", Fault.BOTH_SPELLINGS),
        ("WRONG_TYPE", Fault.WRONG_TYPE),
    ],
)
def test_every_fault_has_its_name_in_a_file(file, kind, expected):
    """
    A fault that takes nothing needs nothing but its name.
    """
    path = file(f'[[fault]]\noperation = "get_asset"\nkind = "{kind}"')

    faults = Faults.load(path)

    assert expected == faults.take("get_asset")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('kind = "SLOW"\nseconds = 2.5', Fault.SLOW(2.5)),
        ('kind = "LATE"\nseconds = 10', Fault.LATE(10)),
        (
            'kind = "LATE"\nseconds = 10\nthen = "DROP_AFTER"',
            Fault.LATE(10, Fault.DROP_AFTER),
        ),
        ('kind = "STATUS"\nstatus = 503', Fault.STATUS(503)),
        (
            'kind = "STATUS"\nstatus = 429\ncode = 420\nretry_after = 7',
            Fault.STATUS(429, "420", retry_after="7"),
        ),
        (
            'kind = "STATUS"\nstatus = 400\ncode = "10001"\nacts = true',
            Fault.STATUS(400, "10001", acts=True),
        ),
        (
            'kind = "STATUS"\nstatus = 503\nretry_after_date = 30',
            Fault.STATUS(503, retry_after_date=30),
        ),
        ('kind = "SLOW_BODY"\nseconds = 2', Fault.SLOW_BODY(2)),
        ('kind = "REFUSED"\nseconds = 2', Fault.REFUSED(2)),
        ('kind = "HUGE"\nblanks = 2000', Fault.HUGE(2000)),
        ('kind = "NESTED"\nlevels = 20', Fault.NESTED(20)),
        ('kind = "MISSING"\nnames = ["status"]', Fault.MISSING(["status"])),
        (
            'kind = "SHOWN"\nmembers = { status = "NEW", requestedTime = {} }',
            Fault.SHOWN({"status": "NEW", "requestedTime": None}),
        ),
        ('kind = "BODY"\nbody = "{}"', Fault.BODY(b"{}")),
        (
            'kind = "BODY"\nbody = "<a/>"\ncontent_type = "text/xml"\nstatus = 202\nacts = true',
            Fault.BODY(b"<a/>", "text/xml", 202, acts=True),
        ),
        (
            'kind = "REDIRECT"\nlocation = "https://example.com/"',
            Fault.REDIRECT("https://example.com/"),
        ),
    ],
)
def test_a_file_gives_a_fault_what_it_takes(file, lines, expected):
    """
    Further keys of a table are what the fault of that name takes.
    """
    path = file(f'[[fault]]\noperation = "get_asset"\n{lines}')

    faults = Faults.load(path)

    assert expected == faults.take("get_asset")


def test_a_file_without_faults_plans_none(file):
    """
    An empty file is one in which nothing goes wrong.
    """
    path = file("")

    faults = Faults.load(path)

    assert NONE == faults.take("get_asset")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fault]", " is no TOML: "),
        ("[[faults]]", ": 'faults' is unknown; the file holds seed and [[fault]] tables"),
        ("seed = 1.5", ": seed: a whole number, not 1.5"),
        ("seed = true", ": seed: a whole number, not True"),
        ("[fault]", ": 'fault' is not written as [[fault]] tables"),
        ("fault = [1]", ": 'fault' is not written as [[fault]] tables"),
    ],
)
def test_a_file_holds_tables_of_faults(file, text, complaint):
    """
    What is no file of faults is refused, by its name.
    """
    path = file(text)

    with pytest.raises(InvalidFaults) as caught:
        Faults.load(path)

    assert str(caught.value).startswith(f"{path}{complaint}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """
    A file that cannot be read is named.
    """
    path = tmp_path / "absent.toml"

    with pytest.raises(InvalidFaults) as caught:
        Faults.load(path)

    assert f"{path}: No such file or directory" == str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """
    TOML is UTF-8.
    """
    path = tmp_path / "faults.toml"
    path.write_bytes(b"\xff")

    with pytest.raises(InvalidFaults, match="is no TOML"):
        Faults.load(path)


STATUS_500 = 'operation = "get_asset"\nkind = "STATUS"\nstatus = 500'


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ('kind = "HTML"', "operation: missing"),
        ('operation = "*"', "kind: missing"),
        (
            'operation = "get_assets"\nkind = "HTML"',
            "operation: 'get_assets' is unknown; near it: get_asset, list_assets, ",
        ),
        ('operation = "~"\nkind = "HTML"', "operation: '~' is none of *, "),
        ('operation = 1\nkind = "HTML"', "operation: 1 is none of *, "),
        ('operation = "*"\nkind = "HTLM"', "kind: 'HTLM' is none of DROP_BEFORE, "),
        ('operation = "*"\nkind = []', "kind: [] is none of DROP_BEFORE, "),
        (
            'operation = "*"\nkind = "SLOW"\nsecnds = 1',
            "secnds: unknown; SLOW takes operation, kind, times, probability, seconds",
        ),
        (
            'operation = "*"\nkind = "HTML"\nstatus = 500',
            "status: unknown; HTML takes operation, kind, times, probability",
        ),
        ('operation = "*"\nkind = "SLOW"', "seconds: missing; SLOW needs it"),
        ('operation = "*"\nkind = "SLOW"\nseconds = 0', "seconds: a number above 0, "),
        ('operation = "*"\nkind = "SLOW"\nseconds = true', "seconds: a number above 0, "),
        ('operation = "*"\nkind = "SLOW"\nseconds = nan', "seconds: a number above 0, "),
        ('operation = "*"\nkind = "SLOW"\nseconds = inf', "seconds: a number above 0, "),
        ('operation = "*"\nkind = "SLOW"\nseconds = "1"', "seconds: a number above 0, "),
        (
            'operation = "*"\nkind = "LATE"\nseconds = 1\nthen = "SLOW"',
            "then: 'SLOW' is none of DROP_BEFORE, ",
        ),
        (f"{STATUS_500}\ntimes = 0", 'times: a whole number from 1 up or "always", not 0'),
        (f"{STATUS_500}\ntimes = 1.5", "times: a whole number from 1 up"),
        (f"{STATUS_500}\ntimes = true", "times: a whole number from 1 up"),
        (f'{STATUS_500}\ntimes = "never"', "times: a whole number from 1 up"),
        (f"{STATUS_500}\nprobability = 0", "probability: a number above 0 and up to 1, not 0"),
        (f"{STATUS_500}\nprobability = 1.1", "probability: a number above 0 and up to 1"),
        (f"{STATUS_500}\nprobability = true", "probability: a number above 0 and up to 1"),
        (f"{STATUS_500}\nretry_after_date = 0", "retry_after_date: a number above 0, "),
        ('operation = "*"\nkind = "HUGE"\nblanks = 0', "blanks: a whole number from 1 up to "),
        ('operation = "*"\nkind = "HUGE"\nblanks = 1.5', "blanks: a whole number from 1 up to "),
        ('operation = "*"\nkind = "NESTED"\nlevels = true', "levels: a whole number from 1 up "),
        ('operation = "*"\nkind = "MISSING"\nnames = "a"', "names: a list of texts, not 'a'"),
        ('operation = "*"\nkind = "MISSING"\nnames = [1]', "names: a list of texts, not [1]"),
        ('operation = "*"\nkind = "SHOWN"\nmembers = 1', "members: a table, not 1"),
        (
            'operation = "*"\nkind = "STATUS"\nstatus = 600',
            "status: an HTTP status from 200 to 599, not 600",
        ),
        ('operation = "*"\nkind = "STATUS"\nstatus = "500"', "status: an HTTP status from 200 "),
        (f"{STATUS_500}\ncode = true", "code: a text in ASCII or a whole number, not True"),
        (f'{STATUS_500}\nretry_after = "1\\r\\n"', "retry_after: a text in ASCII"),
        (f"{STATUS_500}\nacts = 1", "acts: true or false, not 1"),
        ('operation = "*"\nkind = "BODY"\nbody = 1', "body: a text, not 1"),
        (
            'operation = "*"\nkind = "BODY"\nbody = ""\ncontent_type = "html"',
            "content_type: a type such as text/html, not 'html'",
        ),
        (
            'operation = "*"\nkind = "BODY"\nbody = ""\ncontent_type = 1',
            "content_type: a type such as text/html, not 1",
        ),
        ('operation = "*"\nkind = "REDIRECT"\nlocation = ""', "location: a text in ASCII"),
    ],
)
def test_a_table_without_sense_is_refused(file, lines, complaint):
    """
    The refusal names the file, the table by its number, and the key.
    """
    path = file(f"[[fault]]\n{STATUS_500}\n[[fault]]\n{lines}")

    with pytest.raises(InvalidFaults) as caught:
        Faults.load(path)

    assert str(caught.value).startswith(f"{path}, [[fault]] number 2, {complaint}")
