"""`mediaintel summarize`: assets to their summaries, indexed first where need be."""

from typing import Annotated

import typer

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
        typer.Option("--new", help="Ask for a new, billed run even where a summary is there."),
    ] = False,
    timeout: Timeout = None,
    cancel_on_timeout: CancelOnTimeout = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Summarise the scenes of assets, all at once, and wait for it.

    A summary that is there is fetched, and one that is on its way is joined: neither is paid
    for again. Ctrl-C leaves, lets the work go on, and prints the lines that resume it.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.follow_jobs import Options, follow
    from mediaintel_async.cli.actions.jobs_to_follow import summaries
    from mediaintel_async.cli.commands.references import assets_of

    follow(
        summaries(assets_of(references, from_file), new=new),
        Options(
            base_url=base_url, timeout=timeout, cancel_on_timeout=cancel_on_timeout, as_json=as_json
        ),
    )
