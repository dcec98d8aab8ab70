"""Search in the assets of a workspace, by words or by an image.

Undocumented by the service: the filter's fields of the older scene search.
"""

from collections.abc import AsyncIterator

from attrs import evolve

from mediaintel_async.endpoints.paging import as_query, page_fields
from mediaintel_async.endpoints.paths import workspace_path
from mediaintel_async.endpoints.uploads import (
    Image,
    OnBytes,
    Upload,
    read_picture,
    upload_and_check,
)
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_text
from mediaintel_async.models.search import (
    LARGEST_SEARCH_PAGE,
    SearchHit,
    SearchQuery,
    SearchRequested,
    SearchResult,
    SearchStatus,
)
from mediaintel_async.models.uploads import UploadAddress, UploadStatus
from mediaintel_async.refs import AssetRef, Id, as_id
from mediaintel_async.request import Request, Send, path

_FORMATS = (".jpg", ".jpeg", ".png", ".webp", ".heic")
_SMALLEST_PIXELS = 224
_USUAL_PAGE = 50


class Search:
    """`client.search`. `client.jobs.start_search()` starts a search that can be waited for."""

    def __init__(self, send: Send, upload: Upload) -> None:
        self._send = send
        self._upload = upload

    async def request(self, workspace: str, query: SearchQuery) -> SearchRequested:
        """Start a search in the assets of a workspace.

        `list_page()` reads its state and its hits. The service accepts 1,000 searches a minute,
        which the client does not exceed (`RateLimit.searches_per_minute`).

        Raises:
            InvalidArgument: *query* is not a `SearchQuery`.

        Operation: search_assets
        """
        where, body = workspace_path(workspace, "assets", "search"), _checked_query(query).body()
        return await self._send(
            Request("POST", where, SearchRequested, body=body, lane="search", small_answer=True)
        )

    async def list_page(
        self, workspace: str, search_id: Id, *, page: int = 1, page_size: int = _USUAL_PAGE
    ) -> SearchStatus:
        """Read how far a search has come and, once it has completed, one page of its hits.

        Args:
            workspace: The workspace of the search.
            search_id: The id that `request()` returned.
            page: Counted from 1.
            page_size: 1 to 100 hits.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: get_asset_search_result
        """
        where = workspace_path(workspace, "assets", "search", as_id(search_id, "search_id"))
        query = _page_query(page, page_size)
        status = await self._send(Request("GET", where, SearchStatus, query=query))
        return _with_refs(status, workspace)

    async def iterate(
        self, workspace: str, search_id: Id, *, page_size: int = LARGEST_SEARCH_PAGE
    ) -> AsyncIterator[SearchHit]:
        """Yield every hit of a completed search once, fetching each page when it is needed.

        Args:
            workspace: The workspace of the search.
            search_id: The id that `request()` returned.
            page_size: 1 to 100 hits for each request.

        Raises:
            InvalidArgument: *page_size* is out of range.
            InvalidAnswer: The search has not completed.

        Operation: get_asset_search_result
        """
        async for hit in await read_result(self, workspace, search_id, page_size=page_size):
            yield hit

    async def request_scenes(self, query: SearchQuery) -> SearchRequested:
        """Start a search by the service's older call, which names no workspace.

        The filters of this call are undocumented by the service: send them in `query.extra`.

        Raises:
            InvalidArgument: *query* is not a `SearchQuery`, or it has projects, assets or times.

        Operation: search_scenes
        """
        if _checked_query(query).has_filter:
            raise InvalidArgument(
                "query has project_ids, asset_ids or times, which the older search does not"
                " document; expected them in query.extra, or a search by request()"
            )
        where, body = path("api", "v1", "scene-search"), query.body()
        return await self._send(
            Request("POST", where, SearchRequested, body=body, lane="search", small_answer=True)
        )

    async def list_scenes_page(
        self, workspace: str, search_id: Id, *, page: int = 1, page_size: int = _USUAL_PAGE
    ) -> SearchStatus:
        """Read the state of a search that `request_scenes()` started, and one page of its hits.

        Args:
            workspace: The workspace of the search.
            search_id: The id that `request_scenes()` returned.
            page: Counted from 1.
            page_size: 1 to 100 hits.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: get_scene_search_result
        """
        where = workspace_path(workspace, "scene-search", as_id(search_id, "search_id"))
        query = _page_query(page, page_size)
        status = await self._send(Request("GET", where, SearchStatus, query=query))
        return _with_refs(status, workspace)

    async def issue_image_upload_url(self, file_name: str) -> UploadAddress:
        """Request a presigned address to send a query image to.

        `upload_query_image()` does all steps of an upload.

        Raises:
            InvalidArgument: *file_name* is empty.

        Operation: issue_search_image_upload_url
        """
        where = path("api", "v1", "query-assets", "uploads", "presigned-url")
        body = {"assetType": "IMAGE", "assetFileName": as_text(file_name, "file_name")}
        return await self._send(
            Request("POST", where, UploadAddress, body=body, repeatable=True, small_answer=True)
        )

    async def check_image_upload(self, key: str) -> UploadStatus:
        """Check whether a query image has arrived and the service accepts it.

        Raises:
            InvalidArgument: *key* is empty.

        Operation: check_search_image_upload
        """
        where = path("api", "v1", "query-assets", "uploads", "complete")
        body = {"assetKey": as_text(key, "key")}
        return await self._send(
            Request(
                "POST",
                where,
                UploadStatus,
                body=body,
                repeatable=True,
                lane="search",
                small_answer=True,
            )
        )

    async def upload_query_image(
        self,
        image: Image,
        *,
        file_name: str | None = None,
        on_progress: OnBytes | None = None,
    ) -> str:
        """Upload an image to search with, and return the key for `SearchQuery(image=...)`.

        Args:
            image: A path, the bytes, or an async iterable of bytes. JPG, PNG, WebP or HEIC, at
                most 5 MB, at least 224 x 224 pixels.
            file_name: A name whose ending tells the format. None: the name in the path.
            on_progress: A plain callable that gets the number of bytes sent so far.

        Raises:
            InvalidArgument: The image cannot be read, is too large, or has another format.
                Nothing was sent.
            InvalidRequest: The service does not accept the image; `code` and message say why.
            ApiError: The storage refused the image; `PermissionDenied` if the address expired.
            TransportError: The storage could not be reached, or did not answer.

        Operations: issue_search_image_upload_url, check_search_image_upload
        """
        return await upload_and_check(
            await read_picture(image, file_name, _FORMATS),
            issue=self.issue_image_upload_url,
            upload=self._upload,
            check=self.check_image_upload,
            on_progress=on_progress,
            smallest_pixels=_SMALLEST_PIXELS,
        )


async def read_result(
    search: Search, workspace: str, search_id: Id, *, page_size: int = LARGEST_SEARCH_PAGE
) -> SearchResult:
    """Read the first page of a completed search, and return a result that reads the others."""

    async def read_page(number: int) -> SearchStatus:
        return await search.list_page(workspace, search_id, page=number, page_size=page_size)

    first = await read_page(1)
    return SearchResult(
        workspace=workspace,
        search_id=search_id,
        total_count=first.total_count,
        first_page=first,
        read_page=read_page,
    )


def _with_refs(status: SearchStatus, workspace: str) -> SearchStatus:
    if status.hits is None:
        return status
    hits = tuple(evolve(hit, ref=_asset_of_hit(hit, workspace)) for hit in status.hits)
    return evolve(status, hits=hits)


def _asset_of_hit(hit: SearchHit, workspace: str) -> AssetRef | None:
    """Return the asset that a hit names, if it does so by the field names of other answers."""
    try:
        return AssetRef(workspace, hit.extra.get("projectId"), hit.extra.get("assetId"))  # type: ignore[arg-type]  # refused if no id
    except InvalidArgument:
        return None


def _checked_query(value: SearchQuery) -> SearchQuery:
    if not isinstance(value, SearchQuery):
        raise InvalidArgument(f"query is {value!r}; expected a SearchQuery")
    return value


def _page_query(page: int, page_size: int) -> dict[str, str]:
    numbers = page_fields(page, page_size, largest=LARGEST_SEARCH_PAGE)
    return as_query({name: numbers[name] for name in ("pageSize", "pageNum")})
