"""`mediaintel result`: its arguments."""

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def result(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Print the finished summary of an asset. It starts nothing."""
    asset = actions.parse_asset(reference)
    actions.run(base_url, lambda client: actions.show_result(client, asset, as_json=as_json))
