"""Reads the worker's Dockerfile."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "packaging/worker/Dockerfile"


@dataclass(frozen=True, slots=True)
class Stage:
    """One ``FROM`` of a Dockerfile with what follows: pairs of an instruction's name and its arguments."""

    name: str
    base: str
    instructions: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Return the arguments of all instructions of a name."""
        return [arguments for found, arguments in self.instructions if found == name]


def read_stages(text: str) -> dict[str, Stage]:
    """Return the stages of a Dockerfile, by name."""
    stages: dict[str, Stage] = {}
    current: list[tuple[str, str]] = []
    for name, arguments in _instructions(text):
        if name == "FROM":
            base, _, own = arguments.partition(" AS ")
            current = []
            stages[own] = Stage(own, base, ())
        else:
            current.append((name, arguments))
        stages[own] = Stage(own, base, tuple(current))
    return stages


def with_bases(stages: dict[str, Stage], target: str) -> list[Stage]:
    """Return a stage after those it is built on."""
    stage = stages[target]
    return [*with_bases(stages, stage.base), stage] if stage.base in stages else [stage]


def environment_of(stages: Sequence[Stage]) -> dict[str, str]:
    """Return what ``ENV`` sets."""
    words = [word for stage in stages for arguments in stage.all("ENV") for word in shlex.split(arguments)]
    return dict(word.split("=", 1) for word in words)


def start_of(stages: Sequence[Stage]) -> list[str]:
    """Return the command of a container: the entry point with its arguments. Both must be lists in JSON."""
    found: dict[str, list[str]] = {}
    for stage in stages:
        for name, arguments in stage.instructions:
            if name in ("ENTRYPOINT", "CMD"):
                found[name] = json.loads(arguments)
    return [*found.get("ENTRYPOINT", []), *found.get("CMD", [])]


def copies_of(stages: Sequence[Stage]) -> Iterator[tuple[str, str]]:
    """Yield what is copied from the project: source and target."""
    for stage in stages:
        for arguments in stage.all("COPY"):
            source, target = arguments.split()
            yield source, target


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, arguments = line.partition(" ")
            yield name, arguments.strip()
