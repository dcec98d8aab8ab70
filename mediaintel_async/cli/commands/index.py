"""`mediaintel index`: its arguments."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
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
        typer.Option("--new", help="Start a new, billed index even if one exists."),
    ] = False,
    timeout: Timeout = None,
    cancel_on_timeout: CancelOnTimeout = False,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Index assets, all at once, and wait for the results.

    An existing index is kept, and an index in progress is joined. A new index replaces the
    existing index and its summary. After Ctrl-C the work continues on the service; the command
    prints a line that resumes each asset.
    """
    actions.index_assets(
        actions.read_assets(references, from_file),
        scene_range,
        actions.FollowOptions(
            base_url=base_url,
            timeout=timeout,
            cancel_on_timeout=cancel_on_timeout,
            as_json=as_json,
            result_field="index_id",
        ),
        new=new,
    )
