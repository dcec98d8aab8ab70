"""`mediaintel resume`: follows the job of a token."""

from collections.abc import Mapping
from typing import NoReturn

from attrs import evolve

from mediaintel_async import AssetRef, MediaIntelligence
from mediaintel_async.cli.actions.follow_jobs import FollowOptions, JobSource, follow
from mediaintel_async.cli.actions.references import asset_of_token, usage_errors
from mediaintel_async.cli.actions.run_with_client import run
from mediaintel_async.cli.actions.search import SearchArguments, show_hits
from mediaintel_async.jobs.token import decode_token

_RESULT_FIELDS = {"index": "index_id", "import": "file_name"}
"""The JSON key of the result by the token's kind; the other kinds end in a summary."""


def resume_job(token: str, options: FollowOptions) -> NoReturn:
    """Wait for the job of *token*, print its result, and exit."""
    with usage_errors():
        kind = decode_token(token).kind
    if kind == "search":
        arguments = SearchArguments(
            timeout=options.timeout, as_json=options.as_json, base_url=options.base_url
        )
        run(options.base_url, lambda client: show_hits(client.jobs.resume(token), arguments))

    async def resumed(client: MediaIntelligence) -> Mapping[AssetRef, JobSource]:
        return {asset_of_token(token): client.jobs.resume(token)}

    follow(resumed, evolve(options, result_field=_RESULT_FIELDS.get(kind, "scenes")))
