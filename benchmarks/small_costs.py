"""What decoding answers, and importing the library, cost beside what they are made of.

python benchmarks/small_costs.py [--rounds 25]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from mediaintel_async import (
    Asset,
    AssetMetaData,
    Page,
    SceneSummary,
    SceneSummaryState,
    SceneSummaryStatus,
)
from mediaintel_async.http.decode import decode, read_json
from mediaintel_async.models.scene_summaries import SceneSummaryInfo

ITEMS = 1000
SCENES = 1500
TIME = "2026-04-17T10:30:00"


def envelope(result: dict[str, Any]) -> bytes:
    """Return the body of an answer."""
    return orjson.dumps({"code": "0", "message": "success", "result": result})


PAGE = envelope(
    {
        "totalCount": 5 * ITEMS,
        "totalPage": 5,
        "pageNo": 1,
        "pageSize": ITEMS,
        "content": [
            {
                "assetId": number,
                "projectId": 1234,
                "fileName": f"sample-{number}.mp4",
                "createUserName": "user",
                "metaData": {
                    "resolution": "1920x1080",
                    "durationMs": 60_000,
                    "size": 123_456,
                    "format": "mp4",
                },
            }
            for number in range(ITEMS)
        ],
    }
)
STATUS = envelope(
    {
        "status": "SUMMARIZING",
        "statusMessage": None,
        "sceneSummaryId": 101,
        "targetSceneIds": None,
        "analyzedSceneCount": 3,
        "totalSceneCount": 10,
        "requestedTime": TIME,
        "completedTime": None,
    }
)
SUMMARY = envelope(
    {
        "indexId": 7,
        "sceneSummaryInfo": {"lastAnalyzedAt": TIME, "analyzedSceneIds": None},
        "sceneSummaries": [
            {
                "sceneId": number,
                "startTimeMs": 1000 * number,
                "endTimeMs": 1000 * number + 999,
                "summary": "Two people talk in front of a building. " * 4,
                "keywords": ["people", "building"],
            }
            for number in range(SCENES)
        ],
    }
)


def decoded(returns: Any, body: bytes) -> Any:
    """Decode an answer as the client does."""
    return decode("GET", returns, read_json("GET", body)["result"])


def page_by_hand() -> Page[Asset]:
    """Do it with constructors, as one would write them for this page alone."""
    page = orjson.loads(PAGE)["result"]
    return Page(
        items=tuple(
            [
                Asset(
                    asset_id=item["assetId"],
                    file_name=item.get("fileName"),
                    project_id=item.get("projectId"),
                    created_user_name=item.get("createUserName"),
                    meta_data=AssetMetaData(
                        resolution=(about := item["metaData"]).get("resolution"),
                        duration_ms=about.get("durationMs"),
                        size=about.get("size"),
                        format=about.get("format"),
                    ),
                )
                for item in page["content"]
            ]
        ),
        total_count=page["totalCount"],
        total_pages=page["totalPage"],
        page_number=page["pageNo"],
        page_size=page["pageSize"],
    )


def time_by_hand(text: str | None) -> datetime | None:
    """Read a time that may be null."""
    return None if text is None else datetime.fromisoformat(text)


def status_by_hand() -> SceneSummaryStatus:
    """Do it for this status alone."""
    status = orjson.loads(STATUS)["result"]
    scene_ids = status.get("targetSceneIds")
    return SceneSummaryStatus(
        state=SceneSummaryState.of(status["status"]),
        message=status.get("statusMessage"),
        scene_summary_id=status.get("sceneSummaryId"),
        target_scene_ids=None if scene_ids is None else tuple(scene_ids),
        analyzed_scene_count=status.get("analyzedSceneCount"),
        total_scene_count=status.get("totalSceneCount"),
        requested_time=time_by_hand(status.get("requestedTime")),
        completed_time=time_by_hand(status.get("completedTime")),
    )


def summary_by_hand() -> SceneSummary:
    """Do it for this summary alone."""
    summary = orjson.loads(SUMMARY)["result"]
    info = summary["sceneSummaryInfo"]
    return SceneSummary(
        index_id=summary["indexId"],
        info=SceneSummaryInfo(last_analyzed_at=time_by_hand(info["lastAnalyzedAt"])),
        scenes=tuple(summary["sceneSummaries"]),
    )


CASES: dict[str, tuple[Any, bytes, Callable[[], object], int]] = {
    f"a page of {ITEMS} assets": (Page[Asset], PAGE, page_by_hand, 5),
    "a status": (SceneSummaryStatus, STATUS, status_by_hand, 2000),
    f"a summary of {SCENES} scenes": (SceneSummary, SUMMARY, summary_by_hand, 10),
}


def cpu_of(work: Callable[[], object], times: int) -> float:
    """Return milliseconds of CPU of doing *work* once."""
    before = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - before) / times * 1e3


def time_of_import(module: str) -> float:
    """Return milliseconds of importing *module* in a new interpreter."""
    code = (
        "import time; before = time.perf_counter();"
        f" import {module}; print(time.perf_counter() - before)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return float(run.stdout) * 1e3


def side_by_side(ways: dict[str, Callable[[], float]], rounds: int) -> None:
    """Interleave rounds, and print medians beside that of the last way."""
    results: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            results[name].append(way())
    base = statistics.median(results[next(reversed(ways))])
    for name, milliseconds in results.items():
        median = statistics.median(milliseconds)
        print(f"{name:52} {median:9.4f} ms   {median / base:5.2f}x")


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    for name, (returns, body, by_hand, times) in CASES.items():
        work = partial(decoded, returns, body)
        assert work() == by_hand()  # noqa: S101 - else there is nothing to compare
        side_by_side(
            {
                f"decoding {name}": partial(cpu_of, work, times),
                "the same by hand-written constructors and orjson": partial(cpu_of, by_hand, times),
            },
            rounds,
        )
    side_by_side(
        {
            f"import {module}": lambda module=module: time_of_import(module)  # type: ignore[misc]  # a lambda of its own module
            for module in ("mediaintel_async", "mediaintel_async.client", "aiohttp")
        },
        rounds,
    )


if __name__ == "__main__":
    main()
