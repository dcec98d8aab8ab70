"""Uploads of pictures: the address to send one to, and the result of its check.

Source of the words of a state: schema UploadStatus. Undocumented by the service: what the
answer calls the address of a query image. It is the only address of that answer.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from attrs import frozen

from mediaintel_async.models.common import Extra, OpenEnum, answer_field, received_extra
from mediaintel_async.models.model import Model
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class UploadAddress(Model):
    """A presigned address for the upload of one picture.

    The address can be used once, within 15 minutes, by anybody who has it: keep it secret.
    """

    key: str = answer_field("assetFileKey", "thumbnailKey", required=True)
    """The key of the picture, for the check of the upload."""

    url: str | None = answer_field("url", hidden=True)
    """The address for a thumbnail; None for a query image. The repr leaves it out."""

    extra: Extra = received_extra()

    @property
    def address(self) -> str | None:
        """The address to send the picture to; None if the answer has none, or several."""
        if self.url is not None:
            return self.url
        found = [
            value
            for value in self.extra.values()
            if isinstance(value, str) and value.startswith(("https://", "http://"))
        ]
        return found[0] if len(found) == 1 else None


@public
class UploadState(OpenEnum):
    """Whether the service accepts an uploaded picture."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@public
@frozen(kw_only=True)
class UploadStatus(Model):
    """The service's check of an uploaded picture."""

    state: UploadState = answer_field("uploadStatus", required=True)
    message: str | None = answer_field("uploadMessage")
    """Why the service does not accept the picture: `FILE_NOT_EXIST`, `OVER_SIZE_LIMIT` or
    `RESOLUTION_NOT_SUPPORT`. None if it accepts the picture."""

    key: str | None = answer_field("assetKey", "thumbnailKey")
    """The key of the picture from now on; it has changed if the service converted a HEIC file.
    None for a thumbnail, whose key does not change."""

    extra: Extra = received_extra()
