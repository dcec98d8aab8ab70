"""Register an object once: an import has no asset yet by which to find it again."""

import math
from typing import Any

from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.errors import MediaIntelligenceError, OutcomeUnknown
from mediaintel_async.jobs.job import JobContext, logger
from mediaintel_async.jobs.start_once import SharedStart, StartOutcome, was_lost
from mediaintel_async.models.assets import Asset, RegisteredAsset
from mediaintel_async.refs import Id, ProjectRef

_PAUSE_SECONDS = 5.0
"""Between two readings of a project, which may be long, in search of a lost import."""


class Importer:
    """Registers objects, and knows what was there before."""

    def __init__(self, context: JobContext, assets: Assets) -> None:
        self._context = context
        self._assets = assets
        self._known: dict[ProjectRef, set[Id]] = {}

    async def register(
        self, shared_start: "SharedStart[Any]", project: ProjectRef, *, bucket: str, key: str
    ) -> RegisteredAsset:
        """Register an object and return the receipt. It is sent once, whatever happens.

        Raises:
            OutcomeUnknown: The answer was lost; it has what may have come of it.
            MediaIntelligenceError: The service refused, or was not reached.
        """

        async def begin() -> StartOutcome[Any]:
            with self._context.start_under_way(shared_start):
                await self._look_before(project)
                return await self._post(shared_start, project, bucket=bucket, key=key)

        made = await shared_start.wait(begin, math.inf)
        receipt: RegisteredAsset = made.receipt
        return receipt

    async def _post(
        self, shared_start: "SharedStart[Any]", project: ProjectRef, *, bucket: str, key: str
    ) -> StartOutcome[Any]:
        shared_start.posting(True)
        try:
            receipt = await self._assets.register(project, bucket=bucket, key=key)
        except MediaIntelligenceError as error:
            if not was_lost(error):
                raise
            candidates = await self._candidates(project, key)
            raise OutcomeUnknown(
                f"the registration of {bucket}/{key} in {project} was sent and its answer lost;"
                f" {len(candidates)} new assets of that name are there; nothing is sent again",
                candidates=candidates,
            ) from error
        finally:
            shared_start.posting(False)
        self._known.setdefault(project, set()).add(receipt.asset_id)
        return StartOutcome(Run(since=self._context.clock.wall()), receipt)

    async def _look_before(self, project: ProjectRef) -> None:
        """Take note of what is there, unless that was done."""
        async with self._context.lock(project):
            if project in self._known:
                return
            try:
                assets = [asset.asset_id async for asset in self._assets.iterate(project)]
            except MediaIntelligenceError as error:
                # Whoever may not list may still register; a loss then has more candidates.
                logger.info("%s could not be listed before an import: %s", project, error)
                return
            self._known[project] = set(assets)

    async def _candidates(self, project: ProjectRef, key: str) -> tuple[Asset, ...]:
        """Look for what a lost registration may have made, until something shows."""
        clock = self._context.clock
        until = clock.monotonic() + self._context.timeouts.settle
        known = self._known.get(project, set())
        names = {key, key.rpartition("/")[2]}
        while True:
            try:
                found = tuple(
                    [
                        asset
                        async for asset in self._assets.iterate(project)
                        if asset.asset_id not in known and asset.file_name in names
                    ]
                )
            except MediaIntelligenceError as error:
                logger.info("%s could not be listed after an import: %s", project, error)
                found = ()
            left = until - clock.monotonic()
            if found or left <= 0:
                return found
            await clock.sleep(min(_PAUSE_SECONDS, left))
