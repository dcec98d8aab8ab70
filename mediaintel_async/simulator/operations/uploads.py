"""The operations that issue presigned upload URLs, and check what was uploaded."""

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import WORKSPACE, Call, Operation, require
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.storage import converted

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic")
THUMBNAIL_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
LEAST_PIXELS = 224
LEAST_THUMBNAIL_PIXELS = 256


def issue_search_image_upload_url(call: Call) -> Json:
    """Issue the upload URL of an image to search with."""
    body = call.members()
    require(body.get("assetType") == "IMAGE")
    name = file_name(body.get("assetFileName"), IMAGE_ENDINGS)
    key, target = call.world.storage.issue("images", name, least_pixels=LEAST_PIXELS)
    return {"assetFileKey": key, assumed.UPLOAD_URL: call.base_url + target}


def issue_person_thumbnail_upload_url(call: Call) -> Json:
    """Issue the upload URL of a thumbnail."""
    call.world.workspace(call.workspace)
    name = file_name(call.members().get("thumbnailFileName"), THUMBNAIL_ENDINGS)
    key, target = call.world.storage.issue(
        call.workspace, name, least_pixels=LEAST_THUMBNAIL_PIXELS
    )
    return {"thumbnailKey": key, "url": call.base_url + target}


def file_name(value: object, endings: tuple[str, ...]) -> str:
    """Return *value* if it is a file name with one of the *endings*.

    Raises:
        Refused: It is something else.
    """
    if not (isinstance(value, str) and value.lower().endswith(endings)):
        raise Refused(Reason.INVALID)
    return value


def check_search_image_upload(call: Call) -> Json:
    """Whether an image to search with was uploaded; the answer has the key to search with."""
    key = call.members().get("assetKey")
    return {"assetKey": converted(str(key)), **check_result(call, key)}


def check_person_thumbnail_upload(call: Call) -> Json:
    """Whether a thumbnail was uploaded."""
    call.world.workspace(call.workspace)
    return check_result(call, call.members().get("thumbnailKey"))


def check_result(call: Call, key: object) -> Json:
    """The result of a check; an upload that fails the check is still a 200 answer."""
    require(isinstance(key, str) and bool(key))
    problem = call.world.storage.check(str(key))
    if problem is None:
        return {"uploadStatus": "COMPLETED"}
    return {"uploadStatus": "FAILED", "uploadMessage": problem}


IMAGES = "/api/v1/query-assets/uploads"
THUMBNAILS = f"{WORKSPACE}/person-thumbnail/uploads"

OPERATIONS = (
    Operation(
        "issue_search_image_upload_url",
        "POST",
        f"{IMAGES}/presigned-url",
        issue_search_image_upload_url,
    ),
    Operation("check_search_image_upload", "POST", f"{IMAGES}/complete", check_search_image_upload),
    Operation(
        "issue_person_thumbnail_upload_url",
        "POST",
        f"{THUMBNAILS}/presigned-url",
        issue_person_thumbnail_upload_url,
    ),
    Operation(
        "check_person_thumbnail_upload",
        "POST",
        f"{THUMBNAILS}/complete",
        check_person_thumbnail_upload,
    ),
)
