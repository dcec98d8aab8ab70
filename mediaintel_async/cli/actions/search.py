"""What `mediaintel search` does, and `mediaintel resume` with a search."""

import asyncio
import json
from collections.abc import Mapping
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
from mediaintel_async.cli.output.printing import print_json, print_table, tell
from mediaintel_async.cli.output.progress import console

USUAL_LIMIT = 50
"""Hits that are shown at the most, unless another number is asked for."""


@frozen(kw_only=True)
class Wanted:
    """What a command line asks for."""

    workspace: str = ""
    text: str | None = None
    image: Path | None = None
    projects: tuple[str, ...] = ()
    limit: int = USUAL_LIMIT
    timeout: float | None
    as_json: bool
    base_url: str | None


async def find(client: MediaIntelligence, wanted: Wanted) -> int:
    """Search, and print what is found."""
    query = SearchQuery(
        # Stands in for the key that the upload will come to, so that nothing is uploaded in vain.
        image=None if wanted.image is None else wanted.image.name,
        text=wanted.text,
        project_ids=wanted.projects or await _projects(client, wanted.workspace),
    )
    if wanted.image is not None:
        key = await client.search.upload_query_image(wanted.image)
        query = evolve(query, image=key)
    return await show(await _started(client, query, wanted), wanted)


async def _started(
    client: MediaIntelligence, query: SearchQuery, wanted: Wanted
) -> Job[SearchStatus, SearchResult]:
    try:
        return await client.jobs.start_search(wanted.workspace, query)
    except asyncio.CancelledError as error:
        token = getattr(error, "token", None)
        if token is not None:
            tell(resume_line(token, wanted.base_url))
        raise


async def _projects(client: MediaIntelligence, workspace: str) -> tuple[int | str, ...]:
    # By a third party's copy of the page, a search names projects or assets.
    return tuple([each.project_id async for each in client.projects.iterate(workspace)])


async def show(job: Job[SearchStatus, SearchResult], wanted: Wanted) -> int:
    """Wait for a search, and print the best of what it finds."""
    try:
        result = await job.result(timeout=wanted.timeout)
    except (StillRunning, asyncio.CancelledError):
        say = tell if wanted.as_json else print
        say(resume_line(job.token, wanted.base_url))
        raise
    hits = []
    async for hit in result:
        hits.append(hit)
        if wanted.as_json:
            print_json({"asset": _asset(hit), "hit": hit.extra})
        if len(hits) == wanted.limit:
            break
    if not wanted.as_json:
        print_table(
            console(), ("asset", "hit"), [(_asset(hit) or "-", _words(hit)) for hit in hits]
        )
        print(f"{len(hits)} of {len(hits) if result.total_count is None else result.total_count}")
    return 0


def _asset(hit: SearchHit) -> str | None:
    return None if hit.ref is None else str(hit.ref)


def _words(hit: SearchHit) -> str:
    """Return what a hit says beyond its asset: no page shows which fields those are."""
    known = {} if hit.ref is None else {"projectId", "assetId"}
    more: Mapping[str, Any] = {k: value for k, value in hit.extra.items() if k not in known}
    return ", ".join(f"{name}: {_plain(value)}" for name, value in more.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
