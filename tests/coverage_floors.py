"""Fails when a folder of the program is less covered by the tests than it was; run after the whole test suite.

The test processes measure it with ``tests/support/coverage_probes.py`` and leave their data in the checkout.
Lines and branches count as covered when tests run them in their own process and its threads. What child processes do
(the command line, a whole window, cloud workers, reading a file that crashes a library) is tested but not counted:
measuring would slow the start of each.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from coverage import Coverage

ROOT = Path(__file__).parents[1]

# Per cent of lines and branches, rounded down to leave room for what depends on chance: a race's rarer side.
FLOORS = {
    "adapters": 98,
    "blender": 92,
    "cli": 73,
    "conditions": 90,
    "hooks": 94,
    "jobfile": 97,
    "licences": 95,
    "media": 91,
    "net": 96,
    "orchestrator": 98,
    "power": 82,
    "process": 85,  # a twentieth of it are the job objects of Windows
    "profiles": 92,
    "renderers": 97,
    "reports": 95,
    "sources": 93,
    "stitcher": 96,
    "storage": 98,
    "transcode": 87,
    "types": 95,
    "ui": 92,
    "utils": 91,
    "watch_folders": 88,
    "web": 92,
    "worker": 65,
}


def measured() -> dict[str, float]:
    """Return what is covered, in per cent, by folder of the program."""
    coverage = Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    coverage.combine(keep=True)
    with TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text())["files"]
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, file in files.items():
        program, *folders, _ = Path(name).parts
        assert program == "helios_gui", name
        if folders:  # the few modules outside all folders start programs, which are children of the tests
            count, summary = found[folders[0]], file["summary"]
            count[0] += summary["covered_lines"] + summary["covered_branches"]
            count[1] += summary["num_statements"] + summary["num_branches"]
    return {folder: 100 * covered / of for folder, (covered, of) in found.items() if of}


def main() -> int:
    """Print every folder's coverage; 1 if one is below its floor or has none."""
    found = measured()
    failures = []
    for folder in sorted(found.keys() | FLOORS.keys()):
        covered, floor = found.get(folder, 0.0), FLOORS.get(folder)
        print(f"{folder:14}{covered:6.1f} %  (floor: {'none' if floor is None else floor})")
        if floor is None:
            failures.append(f"{folder} has no floor in {Path(__file__).name}")
        elif covered < floor:
            failures.append(f"{folder} is covered to {covered:.1f} %, less than {floor} %: add tests for what is new")
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
