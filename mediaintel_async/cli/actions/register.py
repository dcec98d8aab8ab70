"""What `mediaintel assets register` does."""

import asyncio
from collections.abc import Mapping
from typing import NoReturn

from mediaintel_async import AssetRef, MediaIntelligence, ProjectRef
from mediaintel_async.cli.actions.follow_jobs import AnyJob, Options, Start, follow, resume_line
from mediaintel_async.cli.actions.jobs_to_follow import asset_of_token
from mediaintel_async.cli.actions.run_with_client import run
from mediaintel_async.cli.output.printing import print_json, print_table, tell
from mediaintel_async.cli.output.progress import console


def register(
    project: ProjectRef, bucket: str, key: str, options: Options, *, wait: bool
) -> NoReturn:
    """Register an object, and exit; with *wait*, when it is imported."""

    async def begin(client: MediaIntelligence) -> AnyJob:
        try:
            return await client.jobs.start_import(project, bucket=bucket, key=key)
        except asyncio.CancelledError as error:
            token = getattr(error, "token", None)
            tell(
                resume_line(token, options.base_url)
                if token is not None
                else f"`mediaintel assets list {project}` shows whether it was registered."
            )
            raise

    async def start(client: MediaIntelligence) -> Mapping[AssetRef, Start]:
        job = await begin(client)
        return {asset_of_token(job.token): job}

    async def leave(client: MediaIntelligence) -> int:
        job = await begin(client)
        asset = asset_of_token(job.token)
        if options.as_json:
            print_json({"asset": str(asset), "token": job.token})
        else:
            print_table(console(), ("asset", "file"), [(asset, key)])
            print(resume_line(job.token, options.base_url))
        return 0

    if wait:
        follow(start, options)
    run(options.base_url, leave)
