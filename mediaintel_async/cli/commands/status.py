"""`mediaintel status`: its arguments."""

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def status(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Show the status of the index and of the summary of an asset."""
    asset = actions.parse_asset(reference)
    actions.run(base_url, lambda client: actions.show_status(client, asset, as_json=as_json))
