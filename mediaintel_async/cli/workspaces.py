"""`mediaintel workspaces`: what the account has."""

from mediaintel_async.cli.options import AsJson, BaseUrl


def workspaces(*, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """List the workspaces of the account."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.connecting import run
    from mediaintel_async.cli.listing import list_workspaces

    run(base_url, lambda client: list_workspaces(client, as_json=as_json))
