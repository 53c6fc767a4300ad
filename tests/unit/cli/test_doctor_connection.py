"""``doctor --profile`` where there is no cloud to talk to; where there is one, see the tests of the clouds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.cli import main
from helios_gui.profiles.store import ProfileStore
from helios_gui.utils.folders import AppFolders


@pytest.fixture(autouse=True)
def profiles(home: Path, tmp_path: Path) -> None:
    """One profile here, and one whose key file is missing."""
    cloud = CloudRunProfile(
        name="Far",
        service_url="https://worker.example",
        storage_url="gs://renders",
        service_account_key=str(tmp_path / "missing.json"),
    )
    ProfileStore(AppFolders.at(home).create().profiles).save([LocalProfile(name="Here"), cloud], "Here")


def test_this_machine_has_no_connection(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--profile", "here", "--round-trip"]) == 0
    assert capsys.readouterr().out == "“Here” renders on this machine: there is no connection to test.\n"
    assert main(["doctor", "--profile", "here", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "profile": "Here", "checks": []}


def test_what_is_amiss_is_said_with_the_way_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["doctor", "--profile", "far", "--round-trip"]) == 1
    first, advice, last = capsys.readouterr().out.splitlines()
    assert first[2:].startswith("Sign-in")
    assert str(tmp_path / "missing.json") in first
    assert advice.strip() == "Correct its path in the profile."
    assert last.endswith("Not rendered: fix the problem above first.")
    assert main(["doctor", "--profile", "far", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["profile"]) == (False, "Far")
    assert [(check["name"], check["ok"]) for check in document["checks"]] == [("Sign-in", False)]


def test_what_makes_no_sense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--profile", "nowhere"]) == 2
    assert "There is no profile “nowhere”." in capsys.readouterr().err
    assert main(["doctor", "--round-trip"]) == 2
    assert "--profile" in capsys.readouterr().err
