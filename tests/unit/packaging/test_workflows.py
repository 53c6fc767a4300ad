"""The workflows on GitHub: they parse, run what exists, and may do little."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from helios_gui import product

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def read(name: str) -> dict[str, Any]:
    # YAML 1.1, which PyYAML reads, takes "on" for true.
    document: dict[str, Any] = yaml.load((ROOT / ".github/workflows" / name).read_text(), yaml.BaseLoader)
    return document


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_may_do_little_and_uses_pinned_actions(path: Path) -> None:
    workflow = read(path.name)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job or job.get("needs") for job in workflow["jobs"].values())
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step)
        assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/none@v1"))
        assert not re.search(r"\$\{\{ *github\.(event|head_ref|ref_name)", step.get("run", "")), "could hold commands"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_each_runs_is_there(path: Path) -> None:
    named = re.findall(r"\bpackaging/(?!build/)[\w./-]*\w", path.read_text())
    assert named
    missing = {name for name in named if not (ROOT / name).exists()}
    assert not missing


def test_all_supported_pythons_are_tested_with_the_command_of_the_readme() -> None:
    workflow = read("test.yml")
    pythons = workflow["jobs"]["tests"]["strategy"]["matrix"]["python"]
    project = (ROOT / "pyproject.toml").read_text()
    assert 'requires-python = ">=3.11,<3.14"' in project
    assert pythons == ["3.11", "3.12", "3.13"]
    (command,) = [step["run"] for step in steps(workflow) if "run" in step]
    assert command in (ROOT / "README.md").read_text()


def test_packages_are_built_tried_and_kept_on_three_systems() -> None:
    job = read("package.yml")["jobs"]["package"]
    rows = {row["name"]: row for row in job["strategy"]["matrix"]["include"]}
    assert rows.keys() == {"Linux", "Windows", "macOS"}
    for row in rows.values():
        assert Path(row["program"]).parent.name == product.PACKAGE
        assert Path(row["program"]).stem == product.COMMAND
    names = [step.get("name", "") for step in job["steps"]]
    assert names.index("Build the bundle") < names.index("Try the bundle") < names.index("Pack for Linux")


def test_only_a_tag_makes_a_release_and_only_a_draft() -> None:
    workflow = read("package.yml")
    release = workflow["jobs"]["release"]
    assert release["if"] == "startsWith(github.ref, 'refs/tags/')"
    assert release["permissions"] == {"contents": "write"}
    assert release["needs"] == "package"
    assert "--draft" in release["steps"][-1]["run"]
