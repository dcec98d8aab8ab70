"""`mediaintel cancel`: its arguments."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def cancel(
    reference: Reference,
    *,
    index: Annotated[
        bool, typer.Option("--index", help="Cancel the index instead of the summary.")
    ] = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Cancel the summary of an asset, or its index, also one that another program started.

    Prints CANCELED or FINISHED_FIRST; or UNKNOWN, with exit code 1, if the service accepted the
    cancellation but still shows the run.
    """
    asset = actions.parse_asset(reference)
    actions.run(
        base_url, lambda client: actions.cancel_run(client, asset, is_index=index, as_json=as_json)
    )
