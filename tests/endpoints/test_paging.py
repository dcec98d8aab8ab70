"""How `iterate_pages()` goes from page to page while the service's items change."""

import pytest

from mediaintel_async.endpoints.paging import iterate_pages
from mediaintel_async.models.common import Page


class Listing:
    """Numbers, two a page; it records requested pages, and runs an event before some requests."""

    def __init__(self, numbers, *, counts=True, events=None):
        self.numbers = list(numbers)
        self.counts = counts
        self.events = dict(events or {})
        self.asked = []

    async def page(self, number):
        """Answer a page, after the event of this request."""
        self.asked.append(number)
        self.events.pop(len(self.asked), lambda _: None)(self.numbers)
        items = tuple(self.numbers[2 * number - 2 : 2 * number])
        if not self.counts:
            return Page(items=items)
        total = len(self.numbers)
        return Page(items=items, total_count=total, total_pages=-(-total // 2))

    def iterate(self):
        """Iterate over all pages."""
        return iterate_pages(self.page, lambda number: number, page_size=2)


def removing(*numbers):
    """An event that removes numbers from a listing."""
    return lambda listed: [listed.remove(number) for number in numbers]


def inserting(*numbers):
    """An event that inserts numbers at the beginning of a listing."""
    return lambda listed: listed.__setitem__(slice(0, 0), numbers)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5])
async def test_a_listing_that_stands_still_is_read_once(length, counts):
    """
    Each item is yielded once, in order; no page after the last counted page is requested.
    """
    listing = Listing(range(length), counts=counts)

    assert list(range(length)) == [number async for number in listing.iterate()]
    expected = max(1, -(-length // 2)) + (not counts and length > 0)
    assert list(range(1, expected + 1)) == listing.asked


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        ({2: removing(0)}, [1, 2, 1, 2, 3]),
        ({2: removing(0, 1)}, [1, 2, 1, 2]),
        ({3: removing(0, 1, 2, 3)}, [1, 2, 3, 1]),
        ({3: removing(0, 1, 2)}, [1, 2, 3, 1, 2]),
        ({2: removing(0), 3: removing(1)}, [1, 2, 1, 2]),
    ],
)
async def test_what_moves_to_an_earlier_page_is_fetched_there(events, asked):
    """
    When the count falls, the pages that items may have moved to are read again.
    """
    listing = Listing(range(6), events=events)

    assert [0, 1, 2, 3, 4, 5] == sorted([number async for number in listing.iterate()])
    assert asked == listing.asked


@pytest.mark.parametrize(
    "events",
    [
        {3: inserting(9)},
        {3: inserting(8, 9)},
        {3: inserting(*range(10, 50))},
        {2: inserting(8, 9)},
        {2: inserting(8, 9), 3: inserting(10, 11)},
        {2: inserting(9), 3: removing(9), 4: inserting(8, 9)},
    ],
)
async def test_what_moves_to_a_later_page_is_not_yielded_again(events):
    """
    New items on earlier pages neither hide an item nor repeat one.
    """
    listing = Listing(range(6), events=events)

    found = [number async for number in listing.iterate()]

    assert len(set(found)) == len(found)
    assert set(range(6)) <= set(found)


async def test_no_page_before_the_first_is_asked_for():
    """
    When more items vanish than were read, the iteration restarts at the first page.
    """
    listing = Listing(range(6), events={3: removing(0, 1, 2, 3, 4)})

    assert [0, 1, 2, 3, 5] == [number async for number in listing.iterate()]
    assert [1, 2, 3, 1] == listing.asked


async def test_new_items_at_the_end_skip_no_page():
    """
    When the count grows, the next page is read next.
    """
    listing = Listing(range(6), events={2: lambda listed: listed.extend(range(6, 10))})

    assert list(range(10)) == [number async for number in listing.iterate()]
    assert [1, 2, 3, 4, 5] == listing.asked


async def test_a_page_without_a_count_is_no_count_of_nothing():
    """
    A page without a count does not make the iteration go back.
    """
    listing = Listing(range(6))

    async def counted_at_first(page):
        listing.counts = page == 1
        return await listing.page(page)

    found = [
        one async for one in iterate_pages(counted_at_first, lambda number: number, page_size=2)
    ]

    assert list(range(6)) == found
    assert [1, 2, 3, 4] == listing.asked


async def test_items_that_end_a_listing_may_vanish():
    """
    The iteration ends if the listing has become shorter than the requested page.
    """
    listing = Listing(range(5), events={2: removing(2, 3, 4)})

    assert [0, 1] == [number async for number in listing.iterate()]


async def test_a_page_is_asked_for_when_it_is_wanted():
    """
    The next page is not requested before its first item is needed.
    """
    listing = Listing(range(6))
    numbers = listing.iterate()

    first = [await anext(numbers), await anext(numbers)]

    assert [0, 1] == first
    assert [1] == listing.asked


@pytest.mark.parametrize(
    "counts", [{}, {"total_pages": 10**9}, {"total_count": 10**9, "total_pages": 10**9}]
)
async def test_a_service_that_repeats_a_page_cannot_hold_a_listing(counts):
    """
    A service that repeats a page for ever does not keep the iteration going, whatever it counts.
    """
    asked = []

    async def same(page):
        asked.append(page)
        return Page(items=(1, 1, 2), **counts)

    assert [1, 2] == [
        number async for number in iterate_pages(same, lambda number: number, page_size=2)
    ]
    assert len(asked) <= 4


async def test_a_service_that_counts_at_random_cannot_hold_a_listing():
    """
    A service whose counts fall again and again does not keep the iteration going.
    """
    asked = []

    async def mad(page):
        asked.append(page)
        return Page(items=(1, 2), total_count=1000 - 999 * (len(asked) % 2), total_pages=500)

    assert [1, 2] == [
        number async for number in iterate_pages(mad, lambda number: number, page_size=2)
    ]
    assert len(asked) <= 4
