import math

import pytest
from simulator_calls import ASSET

from mediaintel_async.simulator import Fault, Faults, InvalidFaults
from mediaintel_async.simulator.fault import NONE


async def test_faults_come_in_their_order(calls, indexed):
    """
    Faults happen in the order in which they were planned, each so many times.
    """
    faults = calls.simulator.faults
    faults.add("get_asset", Fault.STATUS(500), times=2)
    faults.add("get_asset", Fault.STATUS(503))

    statuses = [(await calls.get(ASSET)).status for _ in range(4)]

    assert [500, 500, 503, 200] == statuses


async def test_an_operations_own_faults_come_first(calls, indexed):
    """
    Faults planned for "*" happen once an operation has none of its own.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503))
    calls.simulator.faults.add("get_asset", Fault.STATUS(500))

    statuses = [(await calls.get(ASSET)).status for _ in range(3)]

    assert [500, 503, 200] == statuses


async def test_faults_can_be_for_ever(calls, indexed):
    """
    A fault planned for ever happens until the faults are cleared.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503), times=math.inf)
    during = [(await calls.get(ASSET)).status for _ in range(3)]

    calls.simulator.faults.clear()

    assert [503, 503, 503] == during
    assert 200 == (await calls.get(ASSET)).status


async def test_unsigned_requests_use_up_no_faults(calls, indexed):
    """
    A request with an invalid signature uses up no fault.
    """
    calls.simulator.faults.add("get_asset", Fault.STATUS(503))

    unsigned = await calls.send("GET", ASSET, headers={})
    signed = await calls.get(ASSET)

    assert (401, 503) == (unsigned.status, signed.status)


async def test_unknown_calls_meet_faults(calls):
    """
    Faults planned for "*" also meet requests for unknown operations.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503))

    got = await calls.get("/nothing")

    assert (503, "500") == got.gateway_refusal


def test_an_unknown_operation_is_refused():
    """
    An unknown operation is refused, and the refusal names similar ones.
    """
    with pytest.raises(InvalidFaults) as caught:
        Faults().add("request_scene_sumary", Fault.HTML)

    assert str(caught.value).startswith(
        "operation: 'request_scene_sumary' is not an operation id; similar: request_scene_summary, "
    )


@pytest.mark.parametrize("probability", [0, -0.5, 1.5, math.nan, True, None, "1", []])
def test_an_invalid_probability_is_refused(probability):
    """
    A probability that is not above 0 and up to 1 is refused.
    """
    with pytest.raises(InvalidFaults, match="expected a number above 0, up to 1"):
        Faults().add("*", Fault.HTML, probability=probability)


def outcomes(faults, operation):
    """Whether each of the next thousand requests of *operation* meets a fault."""
    return [faults.take(operation) is not NONE for _ in range(1000)]


def test_a_fault_with_a_probability_comes_now_and_then():
    """
    A fault happens as often as its probability says, until its times are used up.
    """
    faults = Faults()
    faults.add("*", Fault.HTML, times=100, probability=0.2)

    met = outcomes(faults, "get_asset")

    assert 100 == sum(met)
    assert 350 < len(met) - met[::-1].index(True) < 650


def test_the_same_seed_lets_the_same_requests_meet_faults():
    """
    Seed and operation alone decide which requests of the operation meet a fault.
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
    Faults with probabilities are tried in the planned order, those for "*" last.
    """
    faults = Faults()
    faults.add("get_asset", Fault.HTML, math.inf, 0.5)
    faults.add("get_asset", Fault.CONFLICT, math.inf, 0.5)
    faults.add("*", Fault.NOT_JSON, math.inf)

    met = [faults.take("get_asset") for _ in range(1000)]

    assert 400 < met.count(Fault.HTML) < 600
    assert 150 < met.count(Fault.CONFLICT) < 350
    assert 1000 == sum(met.count(each) for each in (Fault.HTML, Fault.CONFLICT, Fault.NOT_JSON))


async def test_a_fault_can_be_planned_for_always(calls, indexed):
    """
    In Python as in TOML, "always" plans a fault until the faults are cleared.
    """
    calls.simulator.faults.add("*", Fault.STATUS(503), times="always")

    assert [503] * 3 == [(await calls.get(ASSET)).status for _ in range(3)]
    calls.simulator.faults.clear()
    assert 200 == (await calls.get(ASSET)).status


@pytest.mark.parametrize("times", [0, -1, 1.5, True, None, "never", "3", math.nan, -math.inf, []])
def test_nonsense_as_times_is_refused(times):
    """
    Times that are neither an integer from 1 up nor for ever are refused, and nothing is planned.
    """
    faults = Faults()

    with pytest.raises(InvalidFaults, match=r"^times: .* expected an integer from 1 up, or "):
        faults.add("*", Fault.HTML, times=times)

    assert NONE is faults.take("get_asset")
