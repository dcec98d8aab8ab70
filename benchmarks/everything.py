"""Runs every benchmark but the soak, one after the other: the figures of the README.

pip install '.[bench]'   # for the other clients; without the extra, their rows are missing
python benchmarks/everything.py [--plot FILE.svg]
"""

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

PARTS = ("cost_of_a_look", "weight_of_a_wait", "small_costs", "cadence")


def main() -> None:
    """Run each benchmark in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="of looks against lag: an SVG")
    plot = parser.parse_args().plot
    print(
        f"mediaintel-async {version('mediaintel-async')}, Python {platform.python_version()},"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        flush=True,
    )
    for part in PARTS:
        print(f"\n== {part}", flush=True)
        options = ["--plot", str(plot)] if plot is not None and part == "cadence" else []
        script = Path(__file__).with_name(f"{part}.py")
        subprocess.run([sys.executable, str(script), *options], check=True)


if __name__ == "__main__":
    main()
