"""What `mediaintel cancel` does."""

from mediaintel_async import AssetRef, Cancellation, MediaIntelligence
from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.printing import print_json, tell


async def cancel_run(
    client: MediaIntelligence, asset: AssetRef, *, is_index: bool, as_json: bool
) -> int:
    """Cancel the run that is there, and say what that came to."""
    jobs = client.jobs
    job = jobs.attach_index(asset) if is_index else jobs.attach_summary(asset)
    seen = await job.status()
    if seen.is_before:
        tell(f"mediaintel: {asset} is {seen.state}: there is nothing to cancel")
        return FAILED
    outcome = await job.cancel()
    if as_json:
        print_json({"asset": str(asset), "cancellation": outcome.name})
    else:
        print(outcome.name)
    return FAILED if outcome is Cancellation.UNKNOWN else 0
