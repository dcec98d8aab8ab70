"""Media assets of a project."""

from collections.abc import AsyncIterator
from types import NoneType

from attrs import evolve

from mediaintel_async.endpoints.paging import every, in_query, paged
from mediaintel_async.endpoints.paths import as_asset, as_project, of_asset, of_project
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.assets import Asset, ImportStatus, RegisteredAsset
from mediaintel_async.models.common import Page
from mediaintel_async.refs import AssetRef, ProjectRef
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

        Raises:
            NotFound: There is no such asset.

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
        query = in_query(paged(page, page_size, largest=_LARGEST_PAGE))
        found = await self._send(
            Request("GET", of_project(project, "assets"), Page[Asset], query=query)
        )
        items = tuple(evolve(item, ref=project.asset(item.asset_id)) for item in found.items)
        return evolve(found, items=items)

    def iterate(
        self, project: ProjectRef, *, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[Asset]:
        """Yield every asset of a project once, page after page, as they are asked for.

        Assets may be moved and deleted meanwhile; a service that repeats a page cannot hold it.

        Operation: list_assets
        """
        return every(
            lambda page: self.list_page(project, page=page, page_size=page_size),
            lambda asset: asset.asset_id,
            page_size=page_size,
        )

    async def move(self, asset: AssetRef, project: ProjectRef) -> Asset:
        """Move an asset to another project of its workspace; its reference changes with it.

        Args:
            asset: Whether it may be under analysis meanwhile, no page says.
            project: Where it will live.

        Returns:
            The asset, with its new reference; without `key`, which `get()` has.

        Raises:
            InvalidArgument: *project* is in another workspace.

        Operation: move_asset
        """
        query = {"new_project_id": _project_beside(asset, project)}
        moved = await self._send(Request("PATCH", of_asset(asset), Asset, query=query))
        return evolve(moved, ref=project.asset(asset.asset_id))

    async def delete(self, asset: AssetRef) -> None:
        """Delete an asset. Irreversible.

        What becomes of its index, its summary, a running analysis and the object in the
        bucket, no page says.

        Raises:
            NotFound: There is no such asset.

        Operation: delete_asset
        """
        await self._send(Request("DELETE", of_asset(asset), NoneType))


def _project_beside(asset: AssetRef, project: ProjectRef) -> str:
    """Return the id of *project*, which is in the workspace of *asset*."""
    if as_project(project).workspace != as_asset(asset).workspace:
        raise InvalidArgument(f"project is one of the workspace of {asset}, not {project}")
    return str(project.project_id)
