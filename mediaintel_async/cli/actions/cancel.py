"""`mediaintel cancel`: cancels the run of an asset."""

from mediaintel_async import AssetRef, Cancellation, MediaIntelligence
from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.printing import print_error, show


async def cancel_run(
    client: MediaIntelligence, asset: AssetRef, *, is_index: bool, as_json: bool
) -> int:
    """Cancel the index or the summary that is in progress, and print the outcome."""
    jobs = client.jobs
    job = jobs.attach_index(asset) if is_index else jobs.attach_summary(asset)
    status = await job.status()
    if status.is_before:
        print_error(f"mediaintel: {asset} is {status.state}: there is nothing to cancel")
        return FAILED
    outcome = await job.cancel()
    show({"asset": str(asset), "cancellation": outcome.name}, text=outcome.name, as_json=as_json)
    return FAILED if outcome is Cancellation.UNKNOWN else 0
