"""The version is in one place; the changelog and the pins go with it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from helios_gui import __version__

ROOT = Path(__file__).parents[3]
PINS = ROOT / "packaging/bundle/requirements.txt"
_TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".txt", ".iss", ".ps1", ".xml", ".spec", ".sh", ""}
_WITH_OTHERS_VERSIONS = {"packaging/bundle/requirements.txt", "CHANGELOG.md", "helios_gui/__init__.py"}
_STAMPED = "packaging/worker/"  # a program writes the version there, and another test runs it


def files_of_the_project() -> list[Path]:
    """All files in version control, or new and not ignored."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "-C",
        str(ROOT),
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def test_no_other_file_repeats_the_version() -> None:
    repeated = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.]*\d)")
    found = []
    for path in files_of_the_project():
        name = path.relative_to(ROOT).as_posix()
        shipped = not name.startswith("tests/")
        if shipped and path.suffix in _TEXT and name not in _WITH_OTHERS_VERSIONS and not name.startswith(_STAMPED):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [f"{name}:{place}: {line}" for place, line in enumerate(lines, 1) if repeated.search(line)]
    assert found == []


def test_the_changelog_goes_with_the_version() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    first, *released = [heading.split()[0].strip("[]") for heading in headings]
    versions = [Version(heading) for heading in ([] if first == "Unreleased" else [first]) + released]
    assert versions == sorted(versions, reverse=True)
    if first == "Unreleased":
        assert all(version <= Version(__version__) for version in versions)
    else:
        assert versions[0] == Version(__version__)


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    lines = [line.split("#")[0].strip() for line in PINS.read_text(encoding="utf-8").splitlines()]
    pins = [Requirement(line) for line in lines if line]
    assert all([part.operator for part in pin.specifier] == ["=="] for pin in pins)
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}
    assert len(versions) == len(pins), "each once"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in map(Requirement, project["dependencies"]):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), str(requirement)


def test_no_download_address_is_recorded() -> None:
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|--hash|@ ", PINS.read_text(encoding="utf-8"))
