"""`mediaintel index`: analyse assets, which a summary needs first."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import (
    AsJson,
    BaseUrl,
    CancelOnTimeout,
    From,
    References,
    SceneRange,
    Timeout,
)


def index(
    references: References = None,
    *,
    scene_range: SceneRange = None,
    from_file: From = None,
    new: Annotated[
        bool,
        typer.Option("--new", help="Ask for a new, billed index even where there is one."),
    ] = False,
    timeout: Timeout = None,
    cancel_on_timeout: CancelOnTimeout = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Index assets, all at once, and wait for it.

    An index that is there is kept, and one that is on its way is joined. A new index replaces
    the former one and its summary. Ctrl-C leaves, and prints the lines that resume.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async import IndexOptions
    from mediaintel_async.cli.actions.follow_jobs import Options, follow
    from mediaintel_async.cli.actions.jobs_to_follow import indexes
    from mediaintel_async.cli.commands.references import assets_of, usage

    with usage():
        options = IndexOptions(scene_range=scene_range)
    follow(
        indexes(assets_of(references, from_file), options, new=new),
        Options(
            base_url=base_url,
            timeout=timeout,
            cancel_on_timeout=cancel_on_timeout,
            as_json=as_json,
            finds="index_id",
        ),
    )
