"""The zone of the service's times: what the documentation says, and what it is worth."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import mediaintel_async

ROOT = Path(mediaintel_async.__file__).parent
FILES = {file: file.read_text("utf-8") for file in ROOT.rglob("*.py") if "models" in str(file)}
CLASSES = {
    node.name: ast.get_source_segment(text, node)
    for text in FILES.values()
    for node in ast.walk(ast.parse(text))
    if isinstance(node, ast.ClassDef)
}


@pytest.mark.parametrize(
    "name", [name for name, source in CLASSES.items() if ": datetime" in source]
)
def test_whoever_reads_about_a_time_reads_about_its_zone(name):
    """
    The documentation of each class with a time says what zone the time is in.
    """
    assert "Korean" in CLASSES[name]


async def test_a_time_is_made_aware_as_the_readme_says(client, simulator, indexed, asset):
    """
    With the zone Asia/Seoul, the requested time of a run is the moment at which it was requested.
    """
    now = datetime.fromtimestamp(simulator.clock.wall(), UTC)

    await client.scene_summaries.request(asset)
    status = await client.scene_summaries.get_status(asset)

    assert status.requested_time.tzinfo is None
    aware = status.requested_time.replace(tzinfo=ZoneInfo("Asia/Seoul"))
    assert abs((aware - now).total_seconds()) <= 1
