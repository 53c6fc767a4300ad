"""What all long runs of the crash loop have shown so far, and the README's table of it.

``python tests/faults/crash_loop.py … --record`` adds a run to ``crash_counts.json`` and writes the table anew;
``python tests/faults/crash_counts.py`` prints it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COUNTS = Path(__file__).with_name("crash_counts.json")
README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- crash counts: begin -->\n", "<!-- crash counts: end -->\n"


def add_run(program: str, seed: int, rounds: int, kills: int, faults: int) -> None:
    """Add a run, which is not known yet, to the counts and to the README."""
    counts = read_counts()
    known = next((entry for entry in counts if entry["program"] == program), None)
    if known is None:
        known = {"program": program, "seeds": [], "rounds": 0, "kills": 0, "faults": 0}
        counts.append(known)
    known["seeds"] = sorted([*known["seeds"], seed])
    for name, number in {"rounds": rounds, "kills": kills, "faults": faults}.items():
        known[name] += number
    COUNTS.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    README.write_text(before + BEGIN + table(counts) + END + rest.partition(END)[2], encoding="utf-8")


def is_known(program: str, seed: int) -> bool:
    """Return whether the run with this seed was counted before: it would be the same again."""
    return any(entry["program"] == program and seed in entry["seeds"] for entry in read_counts())


def read_counts() -> list[dict[str, Any]]:
    """Return the counts of each program."""
    counts: list[dict[str, Any]] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return counts


def table(counts: list[dict[str, Any]]) -> str:
    """Return the counts as a table of Markdown."""
    rows = ["| program | rounds | kills | faults |", "|---|---|---|---|"]
    for entry in counts:
        *seeds, last = map(str, entry["seeds"])
        named = f"seeds {', '.join(seeds)} and {last}" if seeds else f"seed {last}"
        rows.append(f"| {entry['program']} ({named}) | {entry['rounds']} | {entry['kills']} | {entry['faults']} |")
    return "\n".join(rows) + "\n"


def readme_table() -> str:
    """Return the table as it stands in the README."""
    return README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    sys.stdout.write(table(read_counts()))
