"""One status request through the client of each peer: `pip install '.[bench]'`.

Each client makes the call that its users would make for the status of a job. All talk to the same
server, which gives the same answer to every request.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from importlib.util import find_spec

Look = Callable[[int], Awaitable[object]]
"""Requests the status of the job of that number."""


def name_of(distribution: str) -> str:
    """Return the name of a peer for the table: its distribution and version."""
    return f"{distribution} {version(distribution)}"


def path_of(number: int) -> str:
    """Return the path of a job's status."""
    return f"/api/v1/workspaces/my-workspace/projects/1234/assets/{number}/scene-summary/status"


@asynccontextmanager
async def peers(url: str) -> AsyncIterator[dict[str, Look]]:
    """Open a client of each peer that is installed."""
    async with AsyncExitStack() as stack:
        looks: dict[str, Look] = {}
        for module, opened in (
            ("azure.core", azure),
            ("aiobotocore", aws),
            ("openai", openai),
            ("httpx", httpx),
            ("twelvelabs", twelvelabs),
        ):
            try:
                is_installed = find_spec(module) is not None
            except ModuleNotFoundError:
                is_installed = False
            if is_installed:
                name, look = await opened(url, stack)
                looks[name] = look
        yield looks


async def httpx(url: str, stack: AsyncExitStack) -> tuple[str, Look]:
    """Open a client that makes a bare GET."""
    from httpx import AsyncClient

    client = await stack.enter_async_context(AsyncClient(base_url=url))

    async def look(number: int) -> object:
        return json.loads((await client.get(path_of(number))).content)

    return name_of("httpx"), look


async def openai(url: str, stack: AsyncExitStack) -> tuple[str, Look]:
    """Open a client that makes a GET with its options, retries and model."""
    from openai import AsyncOpenAI
    from openai.types import Batch

    client = await stack.enter_async_context(AsyncOpenAI(api_key="a", base_url=url))

    async def look(number: int) -> object:
        return await client.get(path_of(number), cast_to=Batch)

    return name_of("openai"), look


async def azure(url: str, stack: AsyncExitStack) -> tuple[str, Look]:
    """Open a client that makes a GET through its usual pipeline, over aiohttp."""
    from azure.core import AsyncPipelineClient
    from azure.core.pipeline.policies import AsyncRetryPolicy, UserAgentPolicy
    from azure.core.rest import HttpRequest

    policies = [UserAgentPolicy("bench"), AsyncRetryPolicy()]
    client: AsyncPipelineClient = await stack.enter_async_context(
        AsyncPipelineClient(url, policies=policies)
    )

    async def look(number: int) -> object:
        response = await client.send_request(HttpRequest("GET", url + path_of(number)))
        return response.json()

    return name_of("azure-core"), look


async def aws(url: str, stack: AsyncExitStack) -> tuple[str, Look]:
    """Open a client that makes a signed call of a JSON service."""
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    client = await stack.enter_async_context(
        get_session().create_client(
            "transcribe",
            region_name="eu-west-1",
            endpoint_url=url,
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=AioConfig(max_pool_connections=64),
        )
    )

    async def look(number: int) -> object:
        return await client.get_transcription_job(TranscriptionJobName=str(number))

    return name_of("aiobotocore"), look


async def twelvelabs(url: str, stack: AsyncExitStack) -> tuple[str, Look]:
    """Open a client that requests the status of the indexing of a video."""
    from twelvelabs import AsyncTwelveLabs

    client = AsyncTwelveLabs(api_key="a", base_url=url)

    async def look(number: int) -> object:
        return await client.tasks.retrieve(str(number))

    return name_of("twelvelabs"), look
