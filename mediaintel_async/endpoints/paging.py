"""What all listings share: the fields that ask for a page, and iterating over all pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from typing import TypeVar

from mediaintel_async.models.argument_checks import as_whole_number
from mediaintel_async.models.common import Page

T = TypeVar("T")


def page_fields(page: int, page_size: int, *, largest: int) -> dict[str, int]:
    """Return the fields that ask for a page, as a request's body carries them.

    Raises:
        InvalidArgument: *page* is below 1, or *page_size* is not from 1 to *largest*.
    """
    return {
        "pageNum": as_whole_number(page, "page", 1),
        "pageSize": as_whole_number(page_size, "page_size", 1, largest),
    }


def as_query(numbers: Mapping[str, int]) -> dict[str, str]:
    """Return the numbers as the text that a query string carries."""
    return {name: str(number) for name, number in numbers.items()}


async def iterate_pages(
    fetch: Callable[[int], Awaitable[Page[T]]], key: Callable[[T], Hashable], *, page_size: int
) -> AsyncIterator[T]:
    """Yield each item once, page after page; fetch a page when its first item is needed.

    Items may appear and disappear between two pages, also because the caller deletes what was
    yielded. If the service's count of items has fallen, items have moved to earlier pages, so the
    iteration goes back by as many pages. It ends even if the service repeats a page for ever or
    reports wrong counts.
    """
    seen: set[Hashable] = set()
    page, count = 1, 0
    # How many more pages without a new item are read: each one takes a try, each page with a new
    # item gives one back. This bounds the pages that a broken service can make us read.
    tries_left = 2
    while True:
        found = await fetch(page)
        known = len(seen)
        for item in found.items:
            if key(item) not in seen:
                seen.add(key(item))
                yield item
        has_new_items = len(seen) > known
        tries_left += 1 if has_new_items else -1
        if tries_left == 0 or not (has_new_items or found.total_pages):
            return
        former, count = count, found.total_count or count
        moved_pages = -(-max(0, former - count) // page_size)
        if moved_pages and page > 1:
            page = max(1, page - moved_pages)
        elif found.total_pages is not None and page >= found.total_pages:
            return
        else:
            page += 1
