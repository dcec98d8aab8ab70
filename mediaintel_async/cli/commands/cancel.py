"""`mediaintel cancel`: stop what is being done on an asset."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Reference


def cancel(
    reference: Reference,
    *,
    index: Annotated[
        bool, typer.Option("--index", help="The analysis, instead of the summary.")
    ] = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Stop the summary of an asset, or its analysis, whoever started it.

    Prints CANCELED, FINISHED_FIRST, or, with exit code 1, UNKNOWN: asked for, yet not seen.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.cancel import cancel_run
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import asset_of

    asset = asset_of(reference)
    run(base_url, lambda client: cancel_run(client, asset, is_index=index, as_json=as_json))
