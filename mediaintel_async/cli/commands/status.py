"""`mediaintel status`: one look at the index and the summary of an asset."""

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def status(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Show how far the index and the summary of an asset are, by one look at each."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.look import show_status
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import asset_of

    asset = asset_of(reference)
    run(base_url, lambda client: show_status(client, asset, as_json=as_json))
