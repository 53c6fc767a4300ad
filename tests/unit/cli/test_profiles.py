"""``helios-gui profiles``, run as a program."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helios_gui.adapters.registry import KINDS
from helios_gui.profiles.store import ProfileStore
from helios_gui.utils.folders import AppFolders
from tests.support.cli import run_cli

FARM = {
    "kind": "own-worker",
    "name": "Farm",
    "service_url": "http://10.0.0.5:8080",
    "storage_url": "/mnt/renders",
    "worker_token": "env:HELIOS_RENDER_TOKEN",
}
BAD = {"name": "Bad", "concurrency": 0}
REASON = "it has a bad setting (concurrency: "


def put(path: Path, *entries: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"profiles": entries}))
    return path


def test_a_file_written_by_hand_is_imported_after_a_question(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "farm.json"
    path.write_text(json.dumps(FARM))
    answer = run_cli(home, "profiles", "import", path)
    assert answer.returncode == 2
    assert "“Farm” sends env:HELIOS_RENDER_TOKEN to http://10.0.0.5:8080." in answer.stderr
    assert "--yes" in answer.stderr
    answer = run_cli(home, "profiles", "import", path, "--yes")
    assert (answer.returncode, "Imported Farm: own worker over HTTP" in answer.stdout) == (0, True), answer.stderr
    assert "service_url: Not encrypted" in answer.stderr
    assert run_cli(home, "profiles", "import", path, "--yes").stdout.startswith("Imported Farm 2: ")
    assert run_cli(home, "profiles", "import", path, "--yes", "--replace").stdout.startswith("Imported Farm: ")
    names = [entry["name"] for entry in json.loads(run_cli(home, "profiles", "list", "--json").stdout)]
    assert names == ["Local", "Farm 2", "Farm"]


def test_what_is_exported_and_shown_can_be_imported(home: Path, tmp_path: Path) -> None:
    profiles = put(AppFolders.at(home).create().profiles, FARM, {"name": "Here", "concurrency": 3})
    assert run_cli(home, "profiles", "export", tmp_path / "all.json").returncode == 0
    assert run_cli(home, "profiles", "export", tmp_path / "one.json", "here").returncode == 0
    (tmp_path / "shown.json").write_text(run_cli(home, "profiles", "show", "FARM").stdout)
    other = tmp_path / "other home"
    other.mkdir()
    for name in ("all.json", "one.json", "shown.json"):
        assert run_cli(other, "profiles", "import", tmp_path / name, "--yes", "--replace").returncode == 0
    found = ProfileStore(AppFolders.at(other).profiles)
    for name in ("Farm", "Here"):
        assert found.get(name) == ProfileStore(profiles).get(name)


def test_a_bad_entry_is_named_with_its_reason_wherever_it_is_asked_for(home: Path, tmp_path: Path) -> None:
    put(AppFolders.at(home).create().profiles, BAD, {"name": "Here"}, FARM)
    path = put(tmp_path / "shared.json", FARM, BAD)
    (tmp_path / "job.json").write_text(
        json.dumps(
            {
                "metadata": {"totalFrames": 1, "fps": 1, "width": 1, "height": 1},
                "chunks": [{"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "a.txt", "command": "true"}],
            }
        )
    )
    for arguments in (
        ("profiles", "list"),
        ("profiles", "show", "Bad"),
        ("profiles", "export", tmp_path / "out.json", "bad"),
        ("profiles", "check"),
        ("profiles", "check", "bad"),
        ("profiles", "check", path),
        ("profiles", "import", path, "--yes"),
        ("doctor", "--profile", "Bad"),
        ("render", tmp_path / "job.json", "--trust", "--profile", "Bad"),
    ):
        answer = run_cli(home, *arguments)
        words = answer.stdout + answer.stderr
        assert "Bad" in words, arguments
        assert REASON.removeprefix("it ") in words, arguments
        assert "Traceback" not in words
    answer = run_cli(home, "profiles", "check", path, "--json")
    assert answer.returncode == 1
    told = json.loads(answer.stdout)
    assert [(entry["name"], entry["ok"]) for entry in told["profiles"]] == [("Farm", True), ("Bad", False)]
    assert "service_url" in told["profiles"][0]["warnings"]
    assert run_cli(home, "profiles", "check", "here").returncode == 0
    assert "no file and no profile “gone”" in run_cli(home, "profiles", "check", "gone").stderr


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"profiles": 3}', "[" * 100_000, '{"profiles": [[[]]]}'])
def test_files_that_hold_no_profiles(home: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(content)
    for command in ("check", "import"):
        answer = run_cli(home, "profiles", command, path)
        assert answer.returncode in (1, 2)
        assert "Traceback" not in answer.stderr


def test_every_key_is_documented(home: Path) -> None:
    from helios_gui import profiles

    text = (Path(profiles.__file__).parent / "README.md").read_text(encoding="utf-8")
    documented = set(
        re.findall(r"`([a-z0-9_]+)`", "".join(line.split("|")[1] for line in text.splitlines() if "|" in line))
    )
    keys = {key for kind in KINDS for key in kind.profile_model.model_fields}
    assert documented == keys
    printed = run_cli(home, "profiles", "keys").stdout
    assert all(f"  {key}  " in printed for key in keys)
    assert set(json.loads(run_cli(home, "profiles", "keys", "local", "--json").stdout)) == {"local"}
