"""`mediaintel summarize`: its arguments."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import (
    AsJson,
    BaseUrl,
    CancelOnTimeout,
    From,
    References,
    Timeout,
)


def summarize(
    references: References = None,
    *,
    from_file: From = None,
    new: Annotated[
        bool,
        typer.Option("--new", help="Start a new, billed run even if a summary exists."),
    ] = False,
    timeout: Timeout = None,
    cancel_on_timeout: CancelOnTimeout = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Summarise the scenes of assets, all at once, and wait for the results.

    Assets are indexed first if needed. An existing summary is fetched, and a run in progress is
    joined: neither is billed again. After Ctrl-C the work continues on the service; the command
    prints a line that resumes each asset.
    """
    actions.summarize_assets(
        actions.read_assets(references, from_file),
        actions.FollowOptions(
            base_url=base_url, timeout=timeout, cancel_on_timeout=cancel_on_timeout, as_json=as_json
        ),
        new=new,
    )
