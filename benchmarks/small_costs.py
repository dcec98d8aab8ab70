"""What importing the library, and decoding a long page, cost beside what they are made of.

python benchmarks/small_costs.py [--rounds 25]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import orjson

from mediaintel_async import Asset, AssetMetaData, Page
from mediaintel_async.http.decode import decode, read_json

ITEMS = 1000
BODY = orjson.dumps(
    {
        "code": "0",
        "message": "success",
        "result": {
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
        },
    }
)


def decoded() -> Page[Asset]:
    """Decode the page as the client does."""
    return decode("GET", Page[Asset], read_json("GET", BODY)["result"])


def by_hand() -> Page[Asset]:
    """Do it with constructors, as one would write them for this page alone."""
    page = orjson.loads(BODY)["result"]
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
        print(f"{name:52} {median:8.2f} ms   {median / base:5.2f}x")


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    assert decoded() == by_hand()  # noqa: S101 - else there is nothing to compare
    side_by_side(
        {
            f"decoding a page of {ITEMS} assets": lambda: cpu_of(decoded, 5),
            "the same by hand-written constructors and orjson": lambda: cpu_of(by_hand, 5),
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
