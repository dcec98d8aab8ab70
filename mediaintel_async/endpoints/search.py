"""Search in the assets of a workspace, by words or by an image."""

from collections.abc import AsyncIterator

from attrs import evolve

from mediaintel_async.endpoints.paging import in_query, paged
from mediaintel_async.endpoints.paths import of_workspace
from mediaintel_async.endpoints.uploads import Image, OnBytes, Upload, picture_of, upload
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
    """`client.search`. `client.jobs.start_search()` starts a search and waits for it."""

    def __init__(self, send: Send, upload: Upload) -> None:
        self._send = send
        self._upload = upload

    async def request(self, workspace: str, query: SearchQuery) -> SearchRequested:
        """Start a search over the assets of a workspace.

        Raises:
            InvalidArgument: *query* is something else.

        Operation: search_assets
        """
        where, body = of_workspace(workspace, "assets", "search"), _query(query).body()
        return await self._send(Request("POST", where, SearchRequested, body=body, lane="search"))

    async def list_page(
        self, workspace: str, search_id: Id, *, page: int = 1, page_size: int = _USUAL_PAGE
    ) -> SearchStatus:
        """Read how far a search is and, once it has completed, one page of its hits.

        Args:
            workspace: Where it searches.
            search_id: As `request()` returned it.
            page: Counted from 1.
            page_size: 1 to 100 hits.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: get_asset_search_result
        """
        where = of_workspace(workspace, "assets", "search", as_id(search_id, "search_id"))
        query = _page(page, page_size)
        return _placed(
            await self._send(Request("GET", where, SearchStatus, query=query)), workspace
        )

    async def iterate(
        self, workspace: str, search_id: Id, *, page_size: int = LARGEST_SEARCH_PAGE
    ) -> AsyncIterator[SearchHit]:
        """Yield every hit of a completed search once, page after page, as they are asked for.

        Raises:
            InvalidAnswer: The search has not completed.

        Operation: get_asset_search_result
        """
        async for hit in await read_result(self, workspace, search_id, page_size=page_size):
            yield hit

    async def request_scenes(self, query: SearchQuery) -> SearchRequested:
        """Start a search by the older call, which names no workspace.

        Raises:
            InvalidArgument: *query* is something else, or has a filter: no page shows the
                filter's fields here, so that they come by `extra`.

        Operation: search_scenes
        """
        if _query(query).has_filter:
            raise InvalidArgument(
                "the filter of the older search was shown nowhere: give it by extra, or search"
                " with request()"
            )
        where, body = path("api", "v1", "scene-search"), query.body()
        return await self._send(Request("POST", where, SearchRequested, body=body, lane="search"))

    async def list_scenes_page(
        self, workspace: str, search_id: Id, *, page: int = 1, page_size: int = _USUAL_PAGE
    ) -> SearchStatus:
        """Read state and one page of what `request_scenes()` started; as `list_page()`.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: get_scene_search_result
        """
        where = of_workspace(workspace, "scene-search", as_id(search_id, "search_id"))
        query = _page(page, page_size)
        return _placed(
            await self._send(Request("GET", where, SearchStatus, query=query)), workspace
        )

    async def issue_image_upload_url(self, file_name: str) -> UploadAddress:
        """Ask where a query image is to be sent; `upload_query_image()` does the rest too.

        Raises:
            InvalidArgument: *file_name* is no text.

        Operation: issue_search_image_upload_url
        """
        where = path("api", "v1", "query-assets", "uploads", "presigned-url")
        body = {"assetType": "IMAGE", "assetFileName": as_text(file_name, "file_name")}
        return await self._send(Request("POST", where, UploadAddress, body=body, repeatable=True))

    async def check_image_upload(self, key: str) -> UploadStatus:
        """Ask whether a query image arrived, and is usable.

        Raises:
            InvalidArgument: *key* is no text.

        Operation: check_search_image_upload
        """
        where = path("api", "v1", "query-assets", "uploads", "complete")
        body = {"assetKey": as_text(key, "key")}
        return await self._send(
            Request("POST", where, UploadStatus, body=body, repeatable=True, lane="search")
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
            image: A path, the bytes, or an async iterable of them. JPG, PNG, WebP or HEIC, at
                most 5 MB, at least 224 x 224 pixels.
            file_name: Its ending tells the format; None: that of the path.
            on_progress: Called with the number of bytes sent so far.

        Raises:
            InvalidArgument: It is no such image, or cannot be read; nothing was sent.
            InvalidRequest: The service does not take the image; `code` and message say why.
            ApiError: The storage refused it; an address that expired is `PermissionDenied`.
            TransportError: The storage was not reached, or did not answer.

        Operations: issue_search_image_upload_url, check_search_image_upload
        """
        return await upload(
            await picture_of(image, file_name, _FORMATS),
            issue=self.issue_image_upload_url,
            upload=self._upload,
            check=self.check_image_upload,
            on_progress=on_progress,
            smallest_pixels=_SMALLEST_PIXELS,
        )


async def read_result(
    search: Search, workspace: str, search_id: Id, *, page_size: int = LARGEST_SEARCH_PAGE
) -> SearchResult:
    """Read the first page of a completed search, and return what reads the others."""

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


def _placed(status: SearchStatus, workspace: str) -> SearchStatus:
    if status.hits is None:
        return status
    hits = tuple(evolve(hit, ref=_ref(hit, workspace)) for hit in status.hits)
    return evolve(status, hits=hits)


def _ref(hit: SearchHit, workspace: str) -> AssetRef | None:
    """Return where a hit is, if it says so in the words of every other answer."""
    try:
        return AssetRef(workspace, hit.extra.get("projectId"), hit.extra.get("assetId"))  # type: ignore[arg-type]  # refused if no id
    except InvalidArgument:
        return None


def _query(value: SearchQuery) -> SearchQuery:
    if not isinstance(value, SearchQuery):
        raise InvalidArgument(f"query is a SearchQuery, not {value!r}")
    return value


def _page(page: int, page_size: int) -> dict[str, str]:
    numbers = paged(page, page_size, largest=LARGEST_SEARCH_PAGE)
    return in_query({name: numbers[name] for name in ("pageSize", "pageNum")})
