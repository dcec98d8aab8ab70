"""`mediaintel watch`: its arguments."""

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def watch(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Follow the index or the summary that is in progress, also one that another program started.

    It starts nothing. If nothing is in progress, it prints the current status and exits.
    """
    asset = actions.parse_asset(reference)
    actions.run(base_url, lambda client: actions.watch_asset(client, asset, as_json=as_json))
