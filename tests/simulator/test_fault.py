import asyncio
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from simulator_calls import ASSET

from mediaintel_async.simulator import Fault

START = f"{ASSET}/scene-summary"


STATUS = f"{ASSET}/scene-summary/status"


@pytest.mark.parametrize(("fault", "billed"), [(Fault.DROP_BEFORE, 0), (Fault.DROP_AFTER, 1)])
async def test_a_connection_is_dropped(calls, indexed, fault, billed):
    """
    No byte of an answer arrives; only the bill shows whether the service started a run.
    """
    calls.simulator.faults.add("request_scene_summary", fault)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)

    assert billed == calls.simulator.world.bill[indexed, "summary"]
    assert ["request_scene_summary"] == [each.operation for each in calls.simulator.requests]


async def test_a_reused_connection_is_dropped(calls, indexed):
    """
    A connection that has carried answers is dropped as well.
    """
    await calls.get(ASSET)
    calls.simulator.faults.add("*", Fault.DROP_BEFORE)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)

    assert 200 == (await calls.post(START)).status


async def test_dropping_is_quiet(calls, indexed, caplog):
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
async def test_the_gateway_times_out(calls, indexed, fault, billed):
    """
    The answer is 504 whether or not the service started a run.
    """
    calls.simulator.faults.add("request_scene_summary", fault)

    got = await calls.post(START)

    assert (504, "510") == got.gateway_refusal
    assert billed == calls.simulator.world.bill[indexed, "summary"]


async def test_an_answer_is_slow(calls, indexed, clock):
    """
    A slow start is billed at once, and answered later.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.SLOW(20))
    before = clock.monotonic()

    got = await calls.post(START)

    assert "2027-01-15T17:00:00" == got.result["createdTime"]
    assert 20 <= clock.monotonic() - before < 21


async def test_a_client_may_disconnect_before_a_slow_answer(calls, indexed):
    """
    When the client disconnects before a slow answer, the start is billed all the same.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.SLOW(1000))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(calls.post(START), 10)

    assert 1 == calls.simulator.world.bill[indexed, "summary"]
    assert "SUMMARIZING" == (await calls.get(STATUS)).result["status"]


async def test_stopping_does_not_wait_for_a_slow_answer(calls, indexed, clock):
    """
    Stopping ends an answer that is held back, and leaves no task behind.
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


async def test_a_run_is_late(calls, indexed, clock):
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
    assert 1 == calls.simulator.world.bill[indexed, "summary"]


async def test_a_late_run_blocks_no_start(calls, indexed):
    """
    A second start before a late run appears is accepted and billed too.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.LATE(20))
    await calls.post(START)

    second = await calls.post(START)

    assert 102 == second.result["sceneSummaryId"]
    assert 2 == calls.simulator.world.bill[indexed, "summary"]


async def test_a_late_run_can_be_lost_too(calls, indexed, clock):
    """
    The connection of a late start can be dropped as well.
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


async def test_a_start_conflicts(calls, indexed):
    """
    The answer is 409 although no run is in progress, and nothing is billed.
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
async def test_the_gateway_refuses(calls, indexed, status, code, shown):
    """
    An HTTP status comes with the body of the gateway that belongs to it.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.STATUS(status, code))

    got = await calls.post(START)

    assert (status, shown) == got.gateway_refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(
    ("status", "code", "shown"),
    [(400, "10001", "10001"), (404, "404", "404"), (403, None, "403"), (409, "510", "510")],
)
async def test_the_service_refuses(calls, indexed, status, code, shown):
    """
    A code that is not the gateway's for that status makes it the service's refusal.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.STATUS(status, code))

    got = await calls.post(START)

    assert (status, shown) == got.refusal


async def test_an_error_may_come_after_acting(calls, indexed):
    """
    A start can be billed although its answer is 500.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.STATUS(500, acts=True))

    got = await calls.post(START)

    assert (500, "900") == got.gateway_refusal
    assert 1 == calls.simulator.world.bill[indexed, "summary"]


@pytest.mark.parametrize("retry_after", ["5", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
async def test_a_refusal_says_when_to_come_back(calls, indexed, retry_after):
    """
    The answer has the Retry-After of the fault, unchanged.
    """
    fault = Fault.STATUS(429, retry_after=retry_after)
    calls.simulator.faults.add("get_asset", fault)

    got = await calls.get(ASSET)

    assert retry_after == got.headers["Retry-After"]


async def test_a_refusal_may_not_say_when_to_come_back(calls, indexed):
    """
    Without a Retry-After in the fault the answer has none.
    """
    calls.simulator.faults.add("get_asset", Fault.STATUS(429))

    got = await calls.get(ASSET)

    assert "Retry-After" not in got.headers


async def test_a_status_is_stale(calls, indexed):
    """
    A stale status shows the run before the newest one.
    """
    calls.simulator.world.start_summary(indexed)
    calls.simulator.world.finish(indexed, "summary")
    await calls.post(START)
    calls.simulator.faults.add("get_scene_summary_status", Fault.STALE, times=2)

    statuses = [(await calls.get(STATUS)).result["status"] for _ in range(3)]

    assert ["SUMMARIZE_COMPLETED", "SUMMARIZE_COMPLETED", "WAIT_SUMMARIZE"] == statuses


async def test_a_status_shows_no_run(calls, indexed):
    """
    A status can say that no run was ever requested.
    """
    calls.simulator.faults.add("*", Fault.BEFORE, times=2)

    index = await calls.get(f"{ASSET}/index/status")
    summary = await calls.get(STATUS)

    assert "BEFORE_ANALYZE" == index.result["status"]
    assert "BEFORE_SUMMARIZE" == summary.result["status"]


async def test_an_asset_is_missing_even_when_no_run_is_shown(calls):
    """
    A missing asset is still a 404 when statuses show no run.
    """
    calls.simulator.faults.add("*", Fault.BEFORE)

    got = await calls.get(STATUS)

    assert (404, "404") == got.refusal


async def test_an_answer_lacks_its_time(calls, indexed):
    """
    The answer lacks requestedTime.
    """
    await calls.post(START)
    calls.simulator.faults.add("get_scene_summary_status", Fault.NO_TIME)

    got = await calls.get(STATUS)

    assert "requestedTime" not in got.result
    assert "WAIT_SUMMARIZE" == got.result["status"]


async def test_a_proxy_answers(calls, indexed):
    """
    The answer is an HTML page with status 502, and nothing is billed.
    """
    calls.simulator.faults.add("*", Fault.HTML)

    got = await calls.post(START)

    assert 502 == got.status
    assert got.headers["Content-Type"].startswith("text/html")
    assert not calls.simulator.world.bill


async def test_an_answer_breaks_off(calls, indexed):
    """
    The answer to a billed start is 200 with a body that is not JSON.
    """
    calls.simulator.faults.add("*", Fault.NOT_JSON)

    got = await calls.post(START)

    assert (200, b'{"code": "0", "mess') == (got.status, got.raw)
    assert 1 == calls.simulator.world.bill[indexed, "summary"]


async def test_any_answer_can_be_given(calls, indexed):
    """
    A fault can set the body, the content type and the status.
    """
    calls.simulator.faults.add("*", Fault.BODY(b"<a/>", "application/xml", 202))

    got = await calls.post(START)

    assert (202, b"<a/>") == (got.status, got.raw)
    assert got.headers["Content-Type"].startswith("application/xml")


async def test_an_answer_redirects(calls, indexed):
    """
    The answer is a redirect to the given location, and nothing is billed.
    """
    calls.simulator.faults.add("*", Fault.REDIRECT("https://example.com/"))

    got = await calls.post(START)

    assert (302, "https://example.com/") == (got.status, got.headers["Location"])
    assert not calls.simulator.world.bill


async def test_connections_are_refused_for_a_while(calls, indexed, clock):
    """
    During an outage nothing is billed and no connection is accepted.
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


async def test_an_outage_drops_requests_in_flight(calls, indexed, clock):
    """
    An outage drops requests in flight, and a second outage at the same time changes nothing.
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


async def test_stopping_ends_an_outage(calls, indexed):
    """
    A simulator can be stopped during an outage, and leaves no task behind.
    """
    before = asyncio.all_tasks()
    calls.simulator.faults.add("request_scene_summary", Fault.REFUSED(1000))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calls.post(START)

    await calls.simulator.stop()

    assert before == asyncio.all_tasks()


async def test_a_body_is_slow(calls, indexed, clock):
    """
    The headers arrive at once and the body in pieces; in the end it is complete.
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


async def test_a_body_never_ends(calls, indexed, clock):
    """
    An endless body goes on until the simulator is stopped.
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
async def test_a_client_may_disconnect_in_the_middle_of_a_body(calls, indexed, fault, caplog):
    """
    Nothing is logged when the client disconnects in the middle of a body.
    """
    calls.simulator.faults.add("request_scene_summary", fault)
    headers = calls.headers("POST", START)

    async with calls.session.post(calls.simulator.url + START, headers=headers) as answer:
        assert 200 == answer.status
    await calls.simulator.stop()

    assert [] == [one for one in caplog.records if one.name.startswith("aiohttp")]


async def test_a_body_is_cut(calls, indexed, caplog):
    """
    Half the body arrives, the start is billed, and nothing is logged.
    """
    calls.simulator.faults.add("request_scene_summary", Fault.CUT)

    with pytest.raises(aiohttp.ClientPayloadError):
        await calls.post(START)

    assert 1 == calls.simulator.world.bill[indexed, "summary"]
    assert [] == caplog.records


async def test_a_body_is_huge(calls, indexed):
    """
    Blanks follow the true answer, which stays valid JSON.
    """
    calls.simulator.faults.add("get_asset", Fault.HUGE(1_000_001))

    got = await calls.get(ASSET)

    assert 5678 == got.result["assetId"]
    assert b" " * 1_000_001 == got.raw[got.raw.index(b" " * 1000) :]


async def test_an_answer_is_nested(calls, indexed):
    """
    One more member is nested as deep as the fault says.
    """
    calls.simulator.faults.add("get_asset", Fault.NESTED(3))

    got = await calls.get(ASSET)

    assert [[[]]] == got.result["nested"]
    assert 5678 == got.result["assetId"]


async def test_members_are_missing(calls, indexed):
    """
    A missing member is absent, not null.
    """
    calls.simulator.faults.add("get_asset", Fault.MISSING(["fileName", "metaData"]))

    got = await calls.get(ASSET)

    assert {"assetId", "projectId", "key", "createUserName"} == got.result.keys()


async def test_members_are_not_the_true_ones(calls, indexed):
    """
    A fault can change members, make them null, or add some.
    """
    members = {"status": "PONDERING", "requestedTime": None, "mood": [1]}
    calls.simulator.faults.add("get_scene_summary_status", Fault.SHOWN(members))

    got = await calls.get(STATUS)

    assert members == {name: got.result[name] for name in members}


async def test_members_come_in_both_spellings(calls, indexed):
    """
    A member that is documented in two spellings comes in both, with one value.
    """
    calls.simulator.faults.add("get_asset", Fault.BOTH_SPELLINGS)

    got = await calls.get(ASSET)

    assert "username" == got.result["createUserName"] == got.result["createdUserName"]


async def test_a_status_goes_backwards(calls, indexed, clock):
    """
    A run in progress is shown as just accepted; without a run the status is the true one.
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


async def test_an_answer_has_the_wrong_type(calls, indexed):
    """
    The true answer comes with another content type.
    """
    calls.simulator.faults.add("get_asset", Fault.WRONG_TYPE)

    got = await calls.get(ASSET)

    assert got.headers["Content-Type"].startswith("text/html")
    assert 5678 == got.result["assetId"]


async def test_a_time_to_retry_may_be_a_date(calls, indexed):
    """
    The date in Retry-After is so many seconds after the answer's own `Date`.
    """
    calls.simulator.faults.add("get_asset", Fault.STATUS(429, retry_after_date=30))

    got = await calls.get(ASSET)

    told = [parsedate_to_datetime(got.headers[name]) for name in ("Retry-After", "Date")]
    assert 30 == (told[0] - told[1]).total_seconds()
