"""`mediaintel search`: searches scenes, and prints the hits."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from mediaintel_async import (
    Job,
    MediaIntelligence,
    SearchHit,
    SearchQuery,
    SearchResult,
    SearchStatus,
    StillRunning,
)
from mediaintel_async.cli.actions.follow_jobs import resume_line
from mediaintel_async.cli.output.printing import (
    print_error,
    print_for_people,
    print_line,
    show_each,
)

DEFAULT_LIMIT = 50
"""How many hits are shown unless --limit asks for another number."""


@frozen(kw_only=True)
class SearchArguments:
    """The arguments of `mediaintel search`; `mediaintel resume` knows the last four only."""

    workspace: str = ""
    text: str | None = None
    image: Path | None = None
    projects: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    timeout: float | None
    as_json: bool
    base_url: str | None


async def search_scenes(client: MediaIntelligence, arguments: SearchArguments) -> None:
    """Search, and print the hits."""
    query = SearchQuery(
        # The file name stands in for the key of the upload, so that an invalid query is refused
        # before anything is uploaded.
        image=None if arguments.image is None else arguments.image.name,
        text=arguments.text,
        project_ids=arguments.projects or await _all_projects(client, arguments.workspace),
    )
    if arguments.image is not None:
        key = await client.search.upload_query_image(arguments.image)
        query = evolve(query, image=key)
    await show_hits(await _start(client, query, arguments), arguments)


async def _start(
    client: MediaIntelligence, query: SearchQuery, arguments: SearchArguments
) -> Job[SearchStatus, SearchResult]:
    try:
        return await client.jobs.start_search(arguments.workspace, query)
    except asyncio.CancelledError as error:
        token = getattr(error, "token", None)
        if token is not None:
            print_error(resume_line(token, arguments.base_url))
        raise


async def _all_projects(client: MediaIntelligence, workspace: str) -> tuple[int | str, ...]:
    # The service requires a search to name projects or assets (known from a copy of its page).
    return tuple([each.project_id async for each in client.projects.iterate(workspace)])


async def show_hits(job: Job[SearchStatus, SearchResult], arguments: SearchArguments) -> None:
    """Wait for a search, and print its best hits."""
    as_json = arguments.as_json
    try:
        result = await job.result(timeout=arguments.timeout)
    except (StillRunning, asyncio.CancelledError):
        print_for_people(resume_line(job.token, arguments.base_url), as_json=as_json)
        raise
    count = await show_each(
        _first(result, arguments.limit),
        lambda hit: {"asset": _asset_of(hit), "hit": hit.extra},
        {"asset": _asset_of, "hit": _describe},
        as_json=as_json,
    )
    if not as_json:
        print_line(f"{count} of {count if result.total_count is None else result.total_count}")


async def _first(hits: AsyncIterable[SearchHit], limit: int) -> AsyncIterator[SearchHit]:
    """Yield the first *limit* hits, and request no page beyond them."""
    count = 0
    async for hit in hits:
        yield hit
        count += 1
        if count == limit:
            return


def _asset_of(hit: SearchHit) -> str | None:
    return None if hit.ref is None else str(hit.ref)


def _describe(hit: SearchHit) -> str:
    """Return every field of a hit but its asset: which fields there are is undocumented."""
    shown_already = set() if hit.ref is None else {"projectId", "assetId"}
    fields = {name: value for name, value in hit.extra.items() if name not in shown_already}
    return ", ".join(f"{name}: {_plain(value)}" for name, value in fields.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
