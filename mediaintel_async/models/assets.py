"""Media assets: the videos and images of a project, and the state of their registration.

Source of the words of a state: schema ImportStatus.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from attrs import field, frozen

from mediaintel_async.models.common import (
    Extra,
    Id,
    OpenEnum,
    StateBasedStatus,
    answer_field,
    received_extra,
)
from mediaintel_async.models.model import Model
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef


@public
class ImportState(OpenEnum):
    """How far the registration of an asset has come."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    FILE_NOT_EXIST = "FILE_NOT_EXIST"
    """The bucket has no object of the given key."""

    INVALID_METADATA = "INVALID_METADATA"
    """The service does not accept the file; the status's `message` says why."""


@public
@frozen(kw_only=True)
class ImportStatus(StateBasedStatus[ImportState]):
    """How far the registration of an asset has come."""

    _succeeded_state = ImportState.COMPLETED
    _final_states = frozenset(
        {
            _succeeded_state,
            ImportState.FAILED,
            ImportState.FILE_NOT_EXIST,
            ImportState.INVALID_METADATA,
        }
    )

    state: ImportState = answer_field("uploadStatus", required=True)
    message: str | None = answer_field("uploadResult")
    """The service's explanation, for people; None if there is none."""

    asset_id: Id | None = None
    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class AssetMetaData(Model):
    """What the service knows about a file.

    A field is None if the answer leaves it out, as listings may do with all but `resolution`.
    """

    resolution: str | None = None
    """Width and height in pixels, as `1920x1080`."""

    duration_ms: int | None = None
    """Length of a video, in milliseconds; undocumented by the service for an image."""

    size: int | None = None
    """Size of the file, in bytes."""

    format: str | None = None
    """The file's format, as `mp4` or `png`."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class Asset(Model):
    """A video or image registered with a project.

    A field is None if the answer leaves it out; listings leave out more than `get()`.
    """

    asset_id: Id = answer_field("assetId", required=True)
    file_name: str | None = None
    project_id: Id | None = None
    meta_data: AssetMetaData | None = None
    key: str | None = None
    """The object's full name in Object Storage. None in listings."""

    created_user_name: str | None = answer_field("createUserName", "createdUserName")
    extra: Extra = received_extra()
    ref: AssetRef | None = field(default=None, eq=False, metadata={"names": ()})
    """The asset's reference, for other calls. The calls of `client.assets` set it; the service
    neither sends nor receives it."""


@public
@frozen(kw_only=True)
class RegisteredAsset(Model):
    """The service's receipt for a registration, which continues on the service."""

    asset_id: Id = answer_field("assetId", required=True)
    created_user_name: str | None = answer_field("createUserName", "createdUserName")
    extra: Extra = received_extra()
    ref: AssetRef | None = field(default=None, eq=False, metadata={"names": ()})
    """The asset's reference, for other calls. `client.assets.register()` sets it; the service
    neither sends nor receives it."""
