"""`mediaintel resume`: its arguments."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Timeout


def resume(
    token: Annotated[
        str, typer.Argument(metavar="TOKEN", help="The token that was printed (mi1...).")
    ],
    *,
    timeout: Timeout = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Wait for a job that an earlier command, or a program, left unfinished."""
    options = actions.FollowOptions(base_url=base_url, timeout=timeout, as_json=as_json)
    actions.resume_job(token, options)
