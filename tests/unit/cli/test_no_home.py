"""A person without a home folder, as in a container that runs under any number: said in words, everywhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from helios_gui.cli import main
from helios_gui.cli.doctor.check_result import CheckStatus
from helios_gui.cli.doctor.machine import run_checks
from helios_gui.hooks.hook import HookEvent
from helios_gui.hooks.sample import made_up_job
from helios_gui.media.presets import read_presets
from helios_gui.profiles.trust import can_trust_folder
from helios_gui.stitcher import probe
from helios_gui.types import UserInputError
from helios_gui.utils.folders import AppFolders, home_folder
from tests.support.numbered_video import make_numbered

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="everybody has a home folder on Windows")

SAID = "There is no home folder to keep the queue and the settings in."


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be somebody whom the list of users does not have."""
    import pwd

    def unknown(number: int) -> object:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HELIOS_HOME", "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs"],
        ["render", "job.json"],
        ["restitch", "job.json"],
        ["report", "job.json"],
        ["profiles", "list"],
        ["hooks", "list"],
        ["watch", "."],
        ["doctor", "--profile", "Local"],
        [],
    ],
)
def test_commands_that_need_one_say_so(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert SAID in told
    assert "Set HELIOS_HOME to the absolute path of a folder." in told
    assert not list(tmp_path.iterdir())  # not below a folder “~” either


def test_doctor_names_it_among_what_is_missing() -> None:
    last = list(run_checks())[-1]
    assert (last.status, last.detail) == (CheckStatus.MISSING, SAID)


@pytest.mark.parametrize("named", ["~nobody-is-called-so/helios", "~/helios"])
def test_a_folder_below_a_home_that_is_not_there_is_none(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_HOME", named)
    with pytest.raises(UserInputError, match="no home folder"):
        AppFolders.default()


def test_a_chunk_is_encoded_all_the_same(tmp_path: Path) -> None:
    """Workers in containers have no home folder, and need none."""
    make_numbered(tmp_path / "a.mp4", 4, ("-c:v", "libx264", "-preset", "ultrafast"))
    assert main(["transcode", "a.mp4", "-o", "b.mp4", "--count", "3", "--preset", "h264"]) == 0
    picture = probe(tmp_path / "b.mp4").video
    assert picture is not None
    assert picture.packets == 3
    assert "h264" in read_presets().found
    assert main(["presets"]) == 0


def test_a_folder_in_which_everything_is_kept_needs_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "helios"))
    assert main(["jobs"]) == 0
    assert home_folder() == Path(os.sep)
    assert can_trust_folder(tmp_path / "work")
    assert not can_trust_folder(Path(os.sep))
    assert made_up_job(HookEvent.DONE).job_dir == Path(os.sep)
