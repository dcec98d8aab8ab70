"""Media assets of a project."""

from collections.abc import AsyncIterator

from attrs import evolve

from mediaintel_async.endpoints.paths import of_asset, of_project
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.assets import Asset, ImportStatus, RegisteredAsset
from mediaintel_async.models.common import Page
from mediaintel_async.refs import AssetRef, Id, ProjectRef
from mediaintel_async.request import Request, Send

_LARGEST_PAGE = 1000


class Assets:
    """`client.assets`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def register(self, project: ProjectRef, *, bucket: str, key: str) -> RegisteredAsset:
        """Register an object of Object Storage as an asset.

        The import goes on by itself; `client.jobs.start_import()` also waits for it.

        Args:
            project: Where the asset will live.
            bucket: The object's bucket.
            key: The object's full name; a folder is refused.

        Raises:
            InvalidArgument: *bucket* or *key* is empty.

        Operation: register_asset
        """
        for name, value in (("bucket", bucket), ("key", key)):
            if not isinstance(value, str) or not value:
                raise InvalidArgument(f"{name} is a name in Object Storage, not {value!r}")
        registered = await self._send(
            Request(
                "POST",
                of_project(project, "assets", "import", "object-storage"),
                RegisteredAsset,
                body={"key": key, "bucketName": bucket},
            )
        )
        return evolve(registered, ref=project.asset(registered.asset_id))

    async def get_import_status(self, asset: AssetRef) -> ImportStatus:
        """Read how far the registration has come.

        Operation: get_asset_import_status
        """
        return await self._send(Request("GET", of_asset(asset, "import-status"), ImportStatus))

    async def get(self, asset: AssetRef) -> Asset:
        """Read one asset.

        Operation: get_asset
        """
        found = await self._send(Request("GET", of_asset(asset), Asset))
        return evolve(found, ref=asset)

    async def list_page(
        self, project: ProjectRef, *, page: int = 1, page_size: int = _LARGEST_PAGE
    ) -> Page[Asset]:
        """Read one page of a project's assets.

        Args:
            project: Whose assets.
            page: Counted from 1.
            page_size: 1 to 1000 items.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: list_assets
        """
        if not _is_whole(page) or page < 1:
            raise InvalidArgument(f"page is a whole number counted from 1, not {page!r}")
        if not _is_whole(page_size) or not 1 <= page_size <= _LARGEST_PAGE:
            raise InvalidArgument(f"page_size is 1 to {_LARGEST_PAGE} items, not {page_size!r}")
        query = {"pageNum": str(page), "pageSize": str(page_size)}
        found = await self._send(
            Request("GET", of_project(project, "assets"), Page[Asset], query=query)
        )
        items = tuple(evolve(item, ref=project.asset(item.asset_id)) for item in found.items)
        return evolve(found, items=items)

    async def iterate(
        self, project: ProjectRef, *, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[Asset]:
        """Yield every asset of a project once, page after page, as they are asked for.

        It ends at the first page without news, so that a service that repeats a page cannot
        hold it.

        Operation: list_assets
        """
        seen: set[Id] = set()
        page = 1
        while True:
            found = await self.list_page(project, page=page, page_size=page_size)
            news = [item for item in found.items if item.asset_id not in seen]
            for item in news:
                if item.asset_id not in seen:
                    seen.add(item.asset_id)
                    yield item
            if not news or (found.total_pages is not None and page >= found.total_pages):
                return
            page += 1


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
