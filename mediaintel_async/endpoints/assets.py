"""Media assets of a project: register, read, list, move and delete them.

Undocumented by the service: whether an asset can be moved during its analysis, and what a deletion
does to an asset's index, its summary, its running analysis and its object in the bucket.
"""

from collections.abc import AsyncIterator
from types import NoneType

from attrs import evolve

from mediaintel_async.endpoints.paging import as_query, iterate_pages, page_fields
from mediaintel_async.endpoints.paths import as_asset, as_project, asset_path, project_path
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_text
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

        The import continues on the service after this call; `client.jobs.start_import()` also
        waits for its end.

        Args:
            project: The asset's future project.
            bucket: The object's bucket.
            key: The object's full name; the service refuses a folder.

        Raises:
            InvalidArgument: *bucket* or *key* is empty, or *project* is not a `ProjectRef`.

        Operation: register_asset
        """
        body = {"key": as_text(key, "key"), "bucketName": as_text(bucket, "bucket")}
        path = project_path(project, "assets", "import", "object-storage")
        registered = await self._send(
            Request("POST", path, RegisteredAsset, body=body, small_answer=True)
        )
        return evolve(registered, ref=project.asset(registered.asset_id))

    async def get_import_status(self, asset: AssetRef) -> ImportStatus:
        """Read how far the registration of an asset has come.

        Raises:
            NotFound: There is no such asset.

        Operation: get_asset_import_status
        """
        return await self._send(
            Request("GET", asset_path(asset, "import-status"), ImportStatus, small_answer=True)
        )

    async def get(self, asset: AssetRef) -> Asset:
        """Read one asset, with all its fields.

        Raises:
            NotFound: There is no such asset.

        Operation: get_asset
        """
        found = await self._send(Request("GET", asset_path(asset), Asset))
        return evolve(found, ref=as_asset(asset))

    async def list_page(
        self, project: ProjectRef, *, page: int = 1, page_size: int = _LARGEST_PAGE
    ) -> Page[Asset]:
        """Read one page of a project's assets.

        Args:
            project: The project of the assets.
            page: Counted from 1.
            page_size: 1 to 1000 assets.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: list_assets
        """
        query = as_query(page_fields(page, page_size, largest=_LARGEST_PAGE))
        found = await self._send(
            Request("GET", project_path(project, "assets"), Page[Asset], query=query)
        )
        items = tuple(evolve(item, ref=project.asset(item.asset_id)) for item in found.items)
        return evolve(found, items=items)

    def iterate(
        self, project: ProjectRef, *, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[Asset]:
        """Yield every asset of a project once, fetching each page when it is needed.

        Assets may be moved and deleted during the iteration, also by you.

        Args:
            project: The project of the assets.
            page_size: 1 to 1000 assets for each request.

        Raises:
            InvalidArgument: *page_size* is out of range.

        Operation: list_assets
        """
        return iterate_pages(
            lambda page: self.list_page(project, page=page, page_size=page_size),
            lambda asset: asset.asset_id,
            page_size=page_size,
        )

    async def move(self, asset: AssetRef, project: ProjectRef) -> Asset:
        """Move an asset to another project of its workspace, which changes its reference.

        Args:
            asset: The asset to move. Whether it can be moved during its analysis is undocumented
                by the service.
            project: The asset's future project.

        Returns:
            The asset with its new reference in `ref`, but without its `key`: see `get()`.

        Raises:
            InvalidArgument: *project* is in another workspace.

        Operation: move_asset
        """
        query = {"new_project_id": _id_in_same_workspace(asset, project)}
        moved = await self._send(Request("PATCH", asset_path(asset), Asset, query=query))
        return evolve(moved, ref=project.asset(asset.asset_id))

    async def delete(self, asset: AssetRef) -> None:
        """Delete an asset. Irreversible.

        The effect on the asset's index, its summary, a running analysis and the object in the
        bucket is undocumented by the service.

        Raises:
            NotFound: There is no such asset.

        Operation: delete_asset
        """
        await self._send(Request("DELETE", asset_path(asset), NoneType))


def _id_in_same_workspace(asset: AssetRef, project: ProjectRef) -> str:
    """Return the id of *project* if it is in the workspace of *asset*."""
    if as_project(project).workspace != as_asset(asset).workspace:
        raise InvalidArgument(
            f"project is {project}; expected a project of the workspace {asset.workspace!r}"
        )
    return str(project.project_id)
