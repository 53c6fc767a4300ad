"""What the bundle weighs, part by part, held against ``budget.toml``."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

MEGABYTE = 1_000_000
BUDGET = Path(__file__).with_name("budget.toml")


@dataclass(frozen=True)
class Part:
    """A part of the bundle: its files' patterns, and what they may weigh together, in megabytes."""

    name: str
    files: Sequence[str]
    limit: float


@dataclass(frozen=True)
class Weight:
    """A part's weight and that of what was cut from it, in megabytes. ``limit`` is ``None`` where there is none."""

    name: str
    size: float
    cut: float
    limit: float | None

    @property
    def is_over(self) -> bool:
        """Whether the part weighs more than it may."""
        return self.limit is not None and self.size > self.limit


def read_budget(path: Path = BUDGET) -> list[Part]:
    """The parts, in the order in which they claim files."""
    return [Part(**entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["part"]]


def files_of(folder: Path) -> dict[str, int]:
    """The files of a folder, as paths below it with slashes, with their sizes in bytes; links weigh nothing."""
    return {
        path.relative_to(folder.parent).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def weigh(files: Mapping[str, int], cut: Mapping[str, int], budget: Sequence[Part]) -> list[Weight]:
    """The weight of each part and of all, given what is there and what was cut: paths and sizes in bytes."""
    sizes, cuts = _by_part(files, budget), _by_part(cut, budget)
    limited = sys.platform == "linux"
    weights = [Weight(one.name, sizes[one.name], cuts[one.name], one.limit if limited else None) for one in budget]
    limit = sum(part.limit for part in budget) if limited else None
    return [*weights, Weight("all", sum(sizes.values()), sum(cuts.values()), limit)]


def table(weights: Sequence[Weight]) -> str:
    """The weights as a table in Markdown."""
    lines = ["| part | MB | limit | cut |", "|---|--:|--:|--:|"]
    for one in weights:
        limit = "" if one.limit is None else f"{one.limit:g}"
        lines.append(f"| {one.name} | {one.size:.1f} | {limit} | {one.cut:.1f} |")
    return "\n".join(lines)


def _by_part(files: Mapping[str, int], budget: Sequence[Part]) -> Counter[str]:
    """Megabytes by the names of parts."""
    found: Counter[str] = Counter()
    for name, size in files.items():
        part = next(one for one in budget if any(fnmatchcase(name, pattern) for pattern in one.files))
        found[part.name] += size / MEGABYTE  # type: ignore[assignment]
    return found
