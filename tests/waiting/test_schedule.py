import pytest

from mediaintel_async.waiting.schedule import Schedule


def test_a_schedule_hands_out_what_is_due_for_longest():
    """
    Things come out in the order of their times; at equal times, the first put in comes first.
    """
    schedule = Schedule()
    for thing, when in [("b", 2), ("a", 1), ("c", 2), ("d", 3), ("e", 1)]:
        schedule.put(thing, when)
    schedule.put("e", 2.5)
    schedule.discard("c")

    assert ["a", "b", "e"] == [schedule.pop_due(2.9) for _ in range(3)]
    assert schedule.pop_due(2.9) is None
    assert 3 == schedule.next_time()
    assert 3 == schedule.when("d", 0)
    assert 7 == schedule.when("a", 7)


def pass_by(schedule, things):
    """Put each of *things* into the schedule, and remove it at once."""
    for thing in things:
        schedule.put(thing, 1e6)
        schedule.discard(thing)


def stay_a_while(schedule, things):
    """Put all of *things* into the schedule, and then remove them all."""
    for thing in things:
        schedule.put(thing, 1e6)
    for thing in things:
        schedule.discard(thing)


def put_off(schedule, times):
    """Put the same thing into the schedule, again and again."""
    for when in times:
        schedule.put("thing", when)


@pytest.mark.parametrize("use", [pass_by, stay_a_while, put_off])
def test_a_schedule_keeps_no_room_for_removed_things(use):
    """
    However many things went through it, its tables are hardly larger than what it holds.
    """
    schedule = Schedule()
    empty = schedule._current.__sizeof__()

    use(schedule, range(300_000))

    assert len(schedule._heap) <= 70
    assert schedule._current.__sizeof__() <= empty + 10_000
