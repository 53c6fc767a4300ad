"""The licences that go into an installer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.utils.installed_licences import installed_components
from helios_gui.utils.licences import FILE_NAME, read_components

ROOT = Path(__file__).parents[3]
LEGAL = ROOT / "packaging/legal"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a build collects."""
    folder = tmp_path_factory.mktemp("legal") / "new/folder"
    program = [sys.executable, LEGAL / "collect", "--output", folder]
    subprocess.run(program, cwd=folder.parents[1], check=True, capture_output=True, timeout=120)
    return folder


def test_the_app_can_show_what_was_collected(collected: Path) -> None:
    assert read_components(collected / FILE_NAME) == installed_components()


def test_the_text_has_it_all(collected: Path) -> None:
    text = (collected / "third-party-licences.txt").read_text(encoding="utf-8")
    for component in installed_components():
        assert f"{component.name} {component.version}" in text
        assert component.notice in text
        assert all(part.text.strip("\n") in text for part in component.texts)
