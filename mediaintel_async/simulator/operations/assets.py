"""The operations on assets."""

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    ASSET,
    PROJECT,
    Call,
    Operation,
    integer_in_path,
    page_of,
    require,
)
from mediaintel_async.simulator.world.assets import Asset
from mediaintel_async.simulator.world.refusals import Reason, Refused


def list_assets(call: Call) -> Json:
    """One page of a project's assets, in the order of their registration."""
    assets = call.world.assets(call.workspace, call.project_id)
    return page_of(call, list(assets.values()), asset_item)


def asset_item(asset: Asset) -> Json:
    """An asset in a listing."""
    return {
        "assetId": asset.where.asset_id,
        "fileName": asset.file_name,
        "projectId": asset.where.project_id,
        "metaData": assumed.media_facts(asset),
    }


def get_asset(call: Call) -> Json:
    """One asset."""
    asset = call.world.asset(call.where)
    return {**asset_item(asset), "key": asset.key, "createUserName": assumed.USER_NAME}


def register_asset(call: Call) -> Json:
    """Start registering an object."""
    body = call.members()
    key, bucket = body.get("key"), body.get("bucketName")
    if not (isinstance(key, str) and key and isinstance(bucket, str) and bucket):
        raise Refused(Reason.INVALID)
    asset = call.world.register(call.workspace, call.project_id, bucket, key)
    return {"assetId": asset.where.asset_id, "createUserName": assumed.USER_NAME}


def get_asset_import_status(call: Call) -> Json:
    """How far a registration has come."""
    status = call.world.import_status(call.where)
    return {
        "assetId": call.where.asset_id,
        "uploadStatus": status,
        "uploadResult": assumed.import_text(status),
    }


def move_asset(call: Call) -> Json:
    """Move an asset; the answer shows it in its new project, without key and user."""
    require("new_project_id" in call.query)
    project_id = integer_in_path(call.query["new_project_id"])
    return asset_item(call.world.move_asset(call.where, project_id))


def delete_asset(call: Call) -> None:
    """Delete an asset."""
    call.world.delete_asset(call.where)


OPERATIONS = (
    Operation("list_assets", "GET", f"{PROJECT}/assets", list_assets),
    Operation("register_asset", "POST", f"{PROJECT}/assets/import/object-storage", register_asset),
    Operation("get_asset", "GET", ASSET, get_asset),
    Operation("move_asset", "PATCH", ASSET, move_asset),
    Operation("delete_asset", "DELETE", ASSET, delete_asset),
    Operation("get_asset_import_status", "GET", f"{ASSET}/import-status", get_asset_import_status),
)
