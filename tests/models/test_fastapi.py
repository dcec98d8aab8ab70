"""Models in a FastAPI program: as the answers of its handlers, and as the bodies it is sent."""

from typing import Annotated

import httpx
import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel

from mediaintel_async import (
    Asset,
    AssetMetaData,
    AssetRef,
    Page,
    PipelineStatus,
    ProjectRef,
    SceneSummary,
    SceneSummaryState,
    SceneSummaryStatus,
    Stage,
)

SUMMARY = SceneSummary(index_id=5, scenes=({"sceneId": 1, "unseen": None},), extra={"new": [1]})
STATUS = SceneSummaryStatus(state=SceneSummaryState.SUMMARIZING, total_scene_count=3)
ASSET = Asset(asset_id=7, meta_data=AssetMetaData(size=5), ref=AssetRef("w", 1, 7))

program = FastAPI()


class Report(BaseModel):
    """A model of pydantic's that holds one of ours."""

    title: str
    summary: SceneSummary | None = None


@program.get("/summary")
async def get_summary() -> SceneSummary:
    """Answer with a summary."""
    return SUMMARY


@program.get("/status")
async def get_status() -> SceneSummaryStatus:
    """Answer with a status."""
    return STATUS


@program.get("/pipeline")
async def get_pipeline() -> PipelineStatus:
    """Answer with the status of a pipeline."""
    return PipelineStatus(stage=Stage.SUMMARY, summary=STATUS)


@program.get("/page")
async def get_page() -> Page[Asset]:
    """Answer with a page."""
    return Page(items=(ASSET,), total_count=1)


@program.get("/list")
async def get_list() -> list[Asset]:
    """Answer with a list."""
    return [ASSET]


@program.get("/report")
async def get_report() -> Report:
    """Answer with a model of pydantic's."""
    return Report(title="t", summary=SUMMARY)


@program.post("/status")
async def post_status(status: Annotated[SceneSummaryStatus, Body()]) -> bool:
    """Read a status."""
    return status == STATUS


@program.post("/bare-page")
async def post_bare_page(page: Annotated[Page, Body()]) -> int:
    """Read a page of unknown items."""
    return len(page.items)


@program.post("/page")
async def post_page(page: Annotated[Page[Asset], Body()]) -> list[int]:
    """Read a page."""
    return [asset.asset_id for asset in page.items]


@pytest.fixture
async def browser():
    """A client of the program; no socket is between the two."""
    transport = httpx.ASGITransport(program)
    async with httpx.AsyncClient(transport=transport, base_url="http://program") as made:
        yield made


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/summary", SUMMARY.to_dict()),
        ("/status", {"status": "SUMMARIZING", "totalSceneCount": 3}),
        ("/page", {"content": [{"assetId": 7, "metaData": {"size": 5}}], "totalCount": 1}),
        ("/list", [{"assetId": 7, "metaData": {"size": 5}}]),
        ("/report", {"title": "t", "summary": SUMMARY.to_dict()}),
    ],
)
async def test_a_handler_may_return_a_model(browser, path, expected):
    """
    A handler that is annotated with a model, a page or a list of models answers with its JSON.
    """
    answer = await browser.get(path)

    assert (200, expected) == (answer.status_code, answer.json())


async def test_a_handler_may_return_the_status_of_a_pipeline(browser):
    """
    The status of a pipeline is JSON with the library's own names, and has the present state.
    """
    answer = (await browser.get("/pipeline")).json()

    assert ("summary", "SUMMARIZING") == (answer["stage"], answer["state"])
    assert {"status": "SUMMARIZING", "totalSceneCount": 3} == answer["summary"]


async def test_a_handler_may_take_a_model(browser):
    """
    A body is read into a model, or a page of models.
    """
    assert (await browser.post("/status", json=STATUS.to_dict())).json()
    assert [7, 8] == (
        await browser.post("/page", json={"content": [{"assetId": 7}, {"assetId": "8"}]})
    ).json()


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/status", {"status": 5}, "status: expected a word, found a number"),
        ("/page", {"content": [{}]}, "content[0].assetId: missing"),
        ("/bare-page", {"content": [{}]}, "expected the class of the items"),
    ],
)
async def test_a_body_that_is_no_model_is_refused(browser, path, body, problem):
    """
    A body that is no model is answered with 422, which says where it is wrong.
    """
    answer = await browser.post(path, json=body)

    assert 422 == answer.status_code
    assert problem in answer.json()["detail"][0]["msg"]


async def test_the_program_can_describe_itself(browser):
    """
    The OpenAPI page of the program lists the fields of a model, in the service's spelling.
    """
    paths = (await browser.get("/openapi.json")).json()["paths"]

    shown = paths["/page"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    asset = shown["properties"]["content"]["items"]
    status = paths["/status"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert ("Asset", ["assetId"]) == (asset["title"], asset["required"])
    assert {"anyOf": [{"type": "integer"}, {"type": "string"}]} == asset["properties"]["assetId"]
    assert {"type": "integer"} == asset["properties"]["metaData"]["properties"]["size"]
    assert "SUMMARIZING" in status["properties"]["status"]["examples"]
    assert "Korean time" in status["properties"]["requestedTime"]["description"]
    assert 200 == (await browser.get("/docs")).status_code


async def test_what_the_client_returns_can_be_returned_on(client, summarized):
    """
    Models read from answers become JSON as those that were made by hand.
    """
    page = await client.assets.list_page(ProjectRef("my-workspace", 1234))
    summary = await client.summarize(page.items[0].ref)

    assert page == Page[Asset].from_dict(page.to_dict(), Asset)
    assert summary == SceneSummary.from_dict(summary.to_dict())
    assert 10 == len(summary.to_dict()["sceneSummaries"])
