"""`mediaintel result`: the summary that is there."""

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def result(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Fetch the finished summary of an asset. It starts nothing."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.look import show_result
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import asset_of

    asset = asset_of(reference)
    run(base_url, lambda client: show_result(client, asset, as_json=as_json))
