"""Register an object of Object Storage once.

A registration whose answer was lost cannot be found by its asset, whose id the answer would have
brought. So it is never sent again: the caller gets the assets that it may have made.
"""

import logging
import math
from typing import Any

from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.errors import MediaIntelligenceError, OutcomeUnknown, one_line
from mediaintel_async.jobs.context import JobContext
from mediaintel_async.jobs.shared_start import SharedStart, StartOutcome
from mediaintel_async.jobs.start_once import answer_was_lost
from mediaintel_async.models.assets import Asset, RegisteredAsset
from mediaintel_async.refs import Id, ProjectRef

_PAUSE_SECONDS = 5.0
"""Between two listings of a project, which may be long, in search of a lost import."""

_logger = logging.getLogger("mediaintel_async")


class Importer:
    """Registers objects, and remembers which assets each project had before."""

    def __init__(self, context: JobContext, assets: Assets) -> None:
        self._context = context
        self._assets = assets
        self._known: dict[ProjectRef, set[Id]] = {}

    async def register(
        self, shared_start: SharedStart[Any], project: ProjectRef, *, bucket: str, key: str
    ) -> RegisteredAsset:
        """Send the request that registers an object, once, and return the receipt.

        Raises:
            OutcomeUnknown: The answer was lost; `candidates` are the assets it may have made.
            MediaIntelligenceError: The service refused, or was not reached.
        """

        async def begin() -> StartOutcome[Any]:
            with self._context.start_under_way(shared_start):
                await self._list_before(project)
                return await self._post(shared_start, project, bucket=bucket, key=key)

        outcome = await shared_start.wait(begin, math.inf)
        receipt: RegisteredAsset = outcome.receipt
        return receipt

    async def _post(
        self, shared_start: SharedStart[Any], project: ProjectRef, *, bucket: str, key: str
    ) -> StartOutcome[Any]:
        with shared_start.posting():
            try:
                receipt = await self._assets.register(project, bucket=bucket, key=key)
            except MediaIntelligenceError as error:
                if not answer_was_lost(error):
                    raise
                candidates = await self._candidates(project, key)
                raise OutcomeUnknown(
                    f"the registration of {bucket}/{key} in {project} was sent and its answer"
                    f" lost; {len(candidates)} new assets of that name are there; nothing is sent"
                    " again",
                    candidates=candidates,
                ) from error
        self._known.setdefault(project, set()).add(receipt.asset_id)
        return StartOutcome(Run(since=self._context.clock.wall()), receipt)

    async def _list_before(self, project: ProjectRef) -> None:
        """List the project, unless this client has done that before."""
        async with self._context.lock(project):
            if project in self._known:
                return
            try:
                assets = [asset.asset_id async for asset in self._assets.iterate(project)]
            except MediaIntelligenceError as error:
                # A key pair that may not list may still register. If that answer is lost, assets
                # that were there before are candidates too.
                name = one_line(str(project))
                _logger.info("%s could not be listed before an import: %s", name, error)
                return
            self._known[project] = set(assets)

    async def _candidates(self, project: ProjectRef, key: str) -> tuple[Asset, ...]:
        """List the project until new assets of that name show, or `Timeouts.settle` passed."""
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
                name = one_line(str(project))
                _logger.info("%s could not be listed after an import: %s", name, error)
                found = ()
            left = until - clock.monotonic()
            if found or left <= 0:
                return found
            await clock.sleep(min(_PAUSE_SECONDS, left))
