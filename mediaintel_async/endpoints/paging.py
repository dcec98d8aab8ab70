"""What all listings share: the bounds of a page, and how to go on to the next."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from typing import TypeVar

from mediaintel_async.models.argument_checks import as_whole
from mediaintel_async.models.common import Page

T = TypeVar("T")


def paged(page: int, page_size: int, *, largest: int) -> dict[str, int]:
    """Return what a body carries to ask for a page.

    Raises:
        InvalidArgument: *page* or *page_size* is out of range.
    """
    return {
        "pageNum": as_whole(page, "page", 1),
        "pageSize": as_whole(page_size, "page_size", 1, largest),
    }


def in_query(numbers: Mapping[str, int]) -> dict[str, str]:
    """Return the same as a query carries it."""
    return {name: str(number) for name, number in numbers.items()}


async def every(
    fetch: Callable[[int], Awaitable[Page[T]]], key: Callable[[T], Hashable], *, page_size: int
) -> AsyncIterator[T]:
    """Yield each item once, page after page; a page is fetched when it is wanted.

    Items may appear and disappear meanwhile, and be deleted by whoever iterates: when the
    service counts fewer items than before, those that have moved to pages read already are
    fetched from there. A service that repeats a page, whatever it counts, cannot hold it.
    """
    seen: set[Hashable] = set()
    page, count = 1, 0
    # A page without news shows what was news before, so that there are not many more of them.
    patience = 2
    while True:
        found = await fetch(page)
        known = len(seen)
        for item in found.items:
            if key(item) not in seen:
                seen.add(key(item))
                yield item
        has_news = len(seen) > known
        patience += 1 if has_news else -1
        if patience == 0 or not (has_news or found.total_pages):
            return
        former, count = count, found.total_count or count
        moved_pages = -(-max(0, former - count) // page_size)
        if moved_pages and page > 1:
            page = max(1, page - moved_pages)
        elif found.total_pages is not None and page >= found.total_pages:
            return
        else:
            page += 1
