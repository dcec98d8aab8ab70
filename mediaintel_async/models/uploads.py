"""Uploads: where a picture is to be sent, and whether it arrived."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from attrs import frozen

from mediaintel_async.models.common import Extra, OpenEnum, extra, spelled
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class UploadAddress:
    """A place for one picture. Whoever has the address can use it: once, within 15 minutes."""

    key: str = spelled("assetFileKey", "thumbnailKey", required=True)
    """Names the picture from now on."""

    url: str | None = spelled("url", hidden=True)
    extra: Extra = extra()

    @property
    def address(self) -> str | None:
        """Where to send to; None where the answer has no address, or several.

        That of a thumbnail is `url`. No page shows what that of a query image is called: it is
        the one address of the answer.
        """
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
    """Whether a picture arrived, and is usable. Source: schema UploadStatus."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@public
@frozen(kw_only=True)
class UploadStatus:
    """What the service makes of a picture that was sent."""

    state: UploadState = spelled("uploadStatus", required=True)
    message: str | None = spelled("uploadMessage")
    """Why it is not usable: `FILE_NOT_EXIST`, `OVER_SIZE_LIMIT`, `RESOLUTION_NOT_SUPPORT`."""

    key: str | None = spelled("assetKey", "thumbnailKey")
    """Names the picture from now on: another than before where HEIC was converted. The check of
    a thumbnail has none."""

    extra: Extra = extra()
