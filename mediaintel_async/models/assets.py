"""Media assets: the files that a project knows."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from attrs import field, frozen

from mediaintel_async.models.common import Extra, Id, OpenEnum, WordedStatus, extra, spelled
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef


@public
class ImportState(OpenEnum):
    """Where a registration stands. Source: schema ImportStatus."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    FILE_NOT_EXIST = "FILE_NOT_EXIST"
    """No object at the given key."""

    INVALID_METADATA = "INVALID_METADATA"
    """The file is not acceptable; the message says why."""


@public
@frozen(kw_only=True)
class ImportStatus(WordedStatus[ImportState]):
    """How far the registration of an asset has come."""

    _succeeded = ImportState.COMPLETED
    _final = frozenset(
        {
            _succeeded,
            ImportState.FAILED,
            ImportState.FILE_NOT_EXIST,
            ImportState.INVALID_METADATA,
        }
    )

    state: ImportState = spelled("uploadStatus", required=True)
    message: str | None = spelled("uploadResult")
    """A text of the service for people."""

    asset_id: Id | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class AssetMetaData:
    """What the service found out about a file."""

    resolution: str | None = None
    """As `1920x1080`."""

    duration_ms: int | None = None
    """Length of a video, in milliseconds."""

    size: int | None = None
    """In bytes."""

    format: str | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class Asset:
    """A video or image registered with a project."""

    asset_id: Id = spelled("assetId", required=True)
    file_name: str | None = None
    project_id: Id | None = None
    meta_data: AssetMetaData | None = None
    key: str | None = None
    """The object's full name in Object Storage; listings leave it out."""

    created_user_name: str | None = spelled("createUserName", "createdUserName")
    extra: Extra = extra()
    ref: AssetRef | None = field(default=None, metadata={"names": ()})
    """Where the asset lives. Ours: set by the calls of `client.assets`, never sent."""


@public
@frozen(kw_only=True)
class RegisteredAsset:
    """The service's receipt for a registration, which goes on by itself."""

    asset_id: Id = spelled("assetId", required=True)
    created_user_name: str | None = spelled("createUserName", "createdUserName")
    extra: Extra = extra()
    ref: AssetRef | None = field(default=None, metadata={"names": ()})
    """Where the asset will live. Ours, never sent."""
