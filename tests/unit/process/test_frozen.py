"""What a bundle does differently: its own command, and an environment that it gives back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.process.frozen import (
    chunk_command,
    give_back_environment,
    is_chunk_command,
    own_command,
    reinstall_hint,
)

OTHERS = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "QML2_IMPORT_PATH", "QT_PLUGIN_PATH")


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", "/bundle/helios-gui")
    for name in OTHERS:
        monkeypatch.delenv(name, raising=False)


def start_of_bundle(monkeypatch: pytest.MonkeyPatch, name: str, original: str | None) -> None:
    """What the boot loader and the first hook do to a variable."""
    monkeypatch.setenv(name, "/bundle")
    if original is None:
        monkeypatch.delenv(f"{name}_ORIG", raising=False)
    else:
        monkeypatch.setenv(f"{name}_ORIG", original)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("name", ["PATH", *OTHERS])
@pytest.mark.parametrize("original", ["/person", None])
def test_children_get_what_was_there(monkeypatch: pytest.MonkeyPatch, name: str, original: str | None) -> None:
    start_of_bundle(monkeypatch, "PATH", os.environ["PATH"])
    start_of_bundle(monkeypatch, name, original)

    give_back_environment()

    assert os.environ.get(name) == original
    assert not [name for name in os.environ if name.endswith("_ORIG") or name.startswith("_PYI_")]


@pytest.mark.usefixtures("frozen")
def test_a_second_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    start_of_bundle(monkeypatch, "PATH", os.environ["PATH"])
    start_of_bundle(monkeypatch, "LD_LIBRARY_PATH", "/person")

    give_back_environment()
    give_back_environment()

    assert os.environ["LD_LIBRARY_PATH"] == "/person"


def test_elsewhere_nothing_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", "/another/program")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/mine")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/odd")
    before = dict(os.environ)

    give_back_environment()

    assert dict(os.environ) == before


def test_the_own_command_starts_this_program() -> None:
    answer = subprocess.run(own_command("--version"), capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("helios-gui ")


@pytest.mark.usefixtures("frozen")
def test_a_bundle_is_its_own_command_and_is_reinstalled_whole() -> None:
    assert own_command("--version") == [sys.executable, "--version"]
    assert reinstall_hint("av") == "Reinstall Helios Render Manager."


def test_a_library_is_reinstalled_alone() -> None:
    assert reinstall_hint("av") == "Reinstall the package “av”."


def test_chunks_start_this_program_in_any_folder_whatever_modules_lie_there(tmp_path: Path) -> None:
    for name in ("json.py", "helios_gui.py", "typing.py"):
        (tmp_path / name).write_text("raise SystemExit('this is another module')")
    command = chunk_command("--version")
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("helios-gui ")
    assert is_chunk_command(command)
    assert not is_chunk_command([sys.executable, "render.py"])


@pytest.mark.usefixtures("frozen")
def test_a_bundle_renders_the_chunks_that_name_it() -> None:
    assert chunk_command("web", "page.html") == [sys.executable, "web", "page.html"]
