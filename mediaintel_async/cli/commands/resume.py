"""`mediaintel resume`: go on with what another command, or a program, left."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Timeout


def resume(
    token: Annotated[
        str, typer.Argument(metavar="TOKEN", help="What was printed when the work was left: mi1...")
    ],
    *,
    timeout: Timeout = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Wait for work that was left, in any process, on any day."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.follow_jobs import Options, follow
    from mediaintel_async.cli.actions.jobs_to_follow import finds_of, resumed
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.actions.search import Wanted, show
    from mediaintel_async.cli.commands.references import usage

    with usage():
        finds = finds_of(token)
    if finds == "hits":
        wanted = Wanted(timeout=timeout, as_json=as_json, base_url=base_url)
        run(base_url, lambda client: show(client.jobs.resume(token), wanted))
    options = Options(base_url=base_url, timeout=timeout, as_json=as_json, finds=finds)
    follow(resumed(token), options)
