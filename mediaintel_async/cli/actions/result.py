"""`mediaintel result`: prints a finished summary."""

from mediaintel_async import AssetRef, MediaIntelligence, NotFound
from mediaintel_async.cli.output.printing import show, table, words_of


async def show_result(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> None:
    """Fetch and print the summary."""
    try:
        summary = await client.scene_summaries.get(asset)
    except NotFound:
        # Raises NotFound if the asset itself is missing.
        await client.assets.get(asset)
        raise
    fields = {"asset": str(asset), "index_id": summary.index_id, "scenes": list(summary.scenes)}
    rows = [
        (scene.get("sceneId", number), words_of(scene))
        for number, scene in enumerate(summary.scenes, start=1)
    ]
    show(fields, text=table(("scene", "summary"), rows, wrap_last=True), as_json=as_json)
