import asyncio
import io
from email.utils import formatdate

import pytest
from aiohttp import ClientSession
from simulator_calls import ASSET, signature

from mediaintel_async.clock import SystemClock
from mediaintel_async.simulator import Simulator, World
from mediaintel_async.simulator.server import expected_signature

PROJECT = "/api/v1/workspaces/my-workspace/projects/1234"

# Signatures.


VECTORS = [
    (
        "POST",
        "/vserver/v2/createServerInstances?regionCode=KR",
        "xBcE26XFU55BMjppdPT7ZY3oDrqoOedfPyAn3Cq4lUw=",
    ),
    (
        "GET",
        "/api/v1/workspaces?pageNum=1&pageSize=100",
        "FTp5QgRtM6hehAa4FuXDeREl/HfSPaAisewLfdbM6Rs=",
    ),
    (
        "GET",
        "/api/v1/workspaces/my-workspace/persons?pageNum=1&name=%ED%99%8D%EA%B8%B8%EB%8F%99",
        "g67vP4q0iFTIv/kiwIlqAS4ZLq+3wJ9lpw42moDRMho=",
    ),
]


@pytest.mark.parametrize("sign", [expected_signature, signature])
@pytest.mark.parametrize(("method", "target", "expected"), VECTORS)
def test_signatures_follow_the_recipe(sign, method, target, expected):
    """
    The simulator and these tests compute the known signatures.
    """
    assert expected == sign("SK_TEST", "AK_TEST", method, target, "1700000000000")


async def test_unsigned_requests_are_refused(calls, summarized, clock):
    """
    A request without a signature gets the gateway's 401, with the server's time in Date.
    """
    got = await calls.send("GET", f"{ASSET}/scene-summary/status", headers={})

    assert (401, "200") == got.gateway_refusal
    assert {
        "error": {
            "errorCode": "200",
            "message": "Authentication Failed",
            "details": "Authentication information are missing.",
        }
    } == got.json
    assert formatdate(clock.wall(), usegmt=True) == got.headers["Date"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-ncp-apigw-signature-v2": "bm8="},
        {"x-ncp-apigw-signature-v2": "서명"},
        {"x-ncp-iam-access-key": "another"},
        {"x-ncp-apigw-timestamp": "0"},
        {"x-ncp-apigw-timestamp": "-1"},
        {"x-ncp-apigw-timestamp": "today"},
        {"x-ncp-apigw-timestamp": "9" * 5000},
    ],
)
async def test_badly_signed_requests_are_refused(calls, summarized, wrong):
    """
    A request with any of the three headers wrong is refused, and nothing is billed.
    """
    headers = {**calls.headers("POST", f"{ASSET}/scene-summary"), **wrong}

    got = await calls.send("POST", f"{ASSET}/scene-summary", headers=headers)

    assert (401, "200") == got.gateway_refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(
    ("late_seconds", "status"), [(299, 200), (301, 401), (-299, 200), (-301, 401)]
)
async def test_signatures_live_five_minutes(calls, summarized, late_seconds, status):
    """
    A signature is valid up to five minutes before and after its time.
    """
    headers = calls.headers("GET", ASSET, late_seconds=late_seconds)

    got = await calls.send("GET", ASSET, headers=headers)

    assert status == got.status


async def test_the_servers_clock_can_be_wrong(calls, summarized, clock):
    """
    A skewed server refuses good signatures, and its Date shows by how much it is off.
    """
    calls.simulator.skew_seconds = 3600

    got = await calls.get(ASSET)

    assert (401, "200") == got.gateway_refusal
    assert formatdate(clock.wall() + 3600, usegmt=True) == got.headers["Date"]


async def test_the_signature_is_over_the_bytes_on_the_wire(calls, summarized):
    """
    The same URL in another encoding needs another signature.
    """
    spelt = f"{ASSET}/index?confidence_level=L%4FW"
    headers = calls.headers("GET", f"{ASSET}/index?confidence_level=LOW")

    refused = await calls.send("GET", spelt, headers=headers)
    accepted = await calls.get(spelt)

    assert (401, 200) == (refused.status, accepted.status)


# Addresses.


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/nothing"),
        ("PUT", ASSET),
        ("GET", f"{ASSET}/"),
        ("GET", ASSET.replace("my-workspace", "")),
    ],
)
async def test_unknown_calls_are_refused_by_the_gateway(calls, summarized, method, target):
    """
    An unknown path or method is a 404 of the gateway.
    """
    got = await calls.send(method, target)

    assert (404, "300") == got.gateway_refusal


@pytest.mark.parametrize(
    ("workspace", "encoded"),
    [
        ("q?z", "q%3Fz"),
        ("한글", "%ED%95%9C%EA%B8%80"),
        ("a b", "a%20b"),
        ("%2F", "%252F"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        ("a+b&c=d", "a+b&c=d"),
    ],
)
async def test_parts_of_a_path_are_decoded_one_by_one(calls, workspace, encoded):
    """
    An encoded part of a path names a workspace, whatever characters its name has.
    """
    where = calls.simulator.world.add_asset(workspace)
    target = f"/api/v1/workspaces/{encoded}/projects/1234/assets/{where.asset_id}"

    got = await calls.get(target)

    assert 5678 == got.result["assetId"]
    assert target == calls.simulator.requests[-1].target


@pytest.mark.parametrize(
    "asset_id",
    ["05678", "abc", "9999", "%EF%BC%95678", "+5678", "5678%20", "5678%2Findex", "9" * 5000],
)
async def test_ids_are_written_one_way(calls, summarized, asset_id):
    """
    An id in another spelling is a 404.
    """
    got = await calls.get(f"{PROJECT}/assets/{asset_id}")

    assert (404, "404") == got.refusal


async def test_requests_are_recorded(calls, summarized, clock):
    """
    Every request is recorded as it arrived, refused ones included.
    """
    await calls.send("POST", f"{ASSET}/index?x=%20", {"sceneRange": "LONG"}, headers={"A": "b"})
    await calls.get("/nothing")

    first, second = calls.simulator.requests
    assert ("request_index", "POST") == (first.operation, first.method)
    assert f"{ASSET}/index?x=%20" == first.target
    assert {"sceneRange": "LONG"} == first.body
    assert "b" == first.headers["a"]
    assert clock.monotonic() == pytest.approx(first.at)
    assert ("", None) == (second.operation, second.body)


async def test_all_requests_are_kept_unless_a_number_is_given(clock):
    """
    `keep_requests` bounds what is kept to the latest requests; without it, all are kept.
    """
    for keep, expected in ((None, ["/0", "/1", "/2"]), (2, ["/1", "/2"]), (0, [])):
        async with Simulator(clock, keep_requests=keep) as simulator, ClientSession() as session:
            for number in range(3):
                await session.get(f"{simulator.url}/{number}")
                await session.put(f"{simulator.url}/storage/{number}", data=b"")

        assert expected == [each.target for each in simulator.requests]
        assert expected == [
            each.target.removeprefix("/storage") for each in simulator.world.storage.received
        ]


def test_a_negative_number_of_requests_is_refused():
    """
    A negative `keep_requests` raises ValueError.
    """
    with pytest.raises(ValueError, match="keep_requests is -1; expected 0 or more, or None"):
        Simulator(keep_requests=-1)


async def test_a_body_that_is_not_json_is_refused(calls, summarized):
    """
    A body that is not JSON never starts a summary of all scenes.
    """
    target = f"{ASSET}/scene-summary"

    got = await calls.send("POST", target, data=b"{", headers=calls.headers("POST", target))

    assert (400, "10001") == got.refusal
    assert not calls.simulator.world.bill


async def test_large_bodies_are_refused(calls, summarized):
    """
    A body of more than a mebibyte is the gateway's 413.
    """
    target = f"{ASSET}/index"
    body = io.BytesIO(b" " * (1024 * 1024 + 1))

    got = await calls.send("POST", target, data=body, headers=calls.headers("POST", target))

    assert (413, "430") == got.gateway_refusal


# Starting and stopping.


async def test_stopping_twice_is_harmless(clock):
    """
    A stopped simulator stays stopped, and leaves no task behind.
    """
    before = asyncio.all_tasks()
    simulator = Simulator(clock)
    await simulator.start()
    await simulator.stop()

    await simulator.stop()

    assert before == asyncio.all_tasks()


async def test_a_simulator_comes_back_on_its_port(calls, summarized):
    """
    A simulator that is stopped and started again has the same URL and the same world.
    """
    url = calls.simulator.url
    await calls.simulator.stop()

    await calls.simulator.start()

    assert url == calls.simulator.url
    assert 200 == (await calls.get(ASSET)).status


async def test_a_simulator_starts_once(simulator):
    """
    Starting a running simulator raises RuntimeError.
    """
    with pytest.raises(RuntimeError, match="already running"):
        await simulator.start()


async def test_a_taken_port_is_an_error(simulator, clock):
    """
    A simulator whose port is taken raises OSError and leaves nothing open.
    """
    second = Simulator(clock, port=simulator.port)

    with pytest.raises(OSError, match=r"(?i)address already in use"):
        await second.start()


async def test_a_simulator_needs_nothing(clock):
    """
    Without arguments there is real time and an empty world; with a world there is its clock.
    """
    assert isinstance(Simulator().clock, SystemClock)
    assert clock is Simulator(world=World(clock)).clock
