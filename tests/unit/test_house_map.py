"""The map of the code names what exists, and every room is on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = ROOT / "helios_gui/README.md"
GUIDE = ROOT / ".github/CONTRIBUTING.md"

# Words in backquotes that have a slash, or end like a source file: `adapters/registry.py`, `ui/queue/`.
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*(?:/|\.py|\.md|\.toml|\.svg|\.json))`")


def named_paths(document: Path) -> list[str]:
    return _PATH.findall(document.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", [MAP, GUIDE], ids=["map", "guide"])
def test_every_path_that_is_named_exists(document: Path) -> None:
    named = named_paths(document)
    assert len(named) > 10
    places = (ROOT, ROOT / "helios_gui")
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert missing == []


@pytest.mark.parametrize("document", [MAP, GUIDE], ids=["map", "guide"])
def test_every_name_that_is_named_is_in_the_code(document: Path) -> None:
    folders = ("helios_gui", "tests", "packaging")
    code = "".join(path.read_text("utf-8") for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    words = set(re.findall(r"\w+", code + (ROOT / "pyproject.toml").read_text("utf-8")))
    names = re.findall(r"`([A-Za-z_][\w.]*)(?:\(\))?`", document.read_text("utf-8"))
    assert len(names) > 10
    assert [name for name in names if not words.issuperset(name.split("."))] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {f"{path.parent.name}/" for path in (ROOT / "helios_gui").glob("*/__init__.py")}
    assert rooms - set(named_paths(MAP)) == set()


@pytest.mark.parametrize("document", [MAP, GUIDE, ROOT / "README.md"], ids=["map", "guide", "readme"])
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
