"""`mediaintel watch`: whatever is being done on an asset, change by change."""

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def watch(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Follow the index or the summary that is on its way, whoever started it.

    It starts nothing, and ends at once where nothing is on its way.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.look import watch_asset
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import asset_of

    asset = asset_of(reference)
    run(base_url, lambda client: watch_asset(client, asset, as_json=as_json))
