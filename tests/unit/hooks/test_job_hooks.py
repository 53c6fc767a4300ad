"""Hooks that job files bring: listed for the person, and told only of a job that was agreed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helios_gui.cli import main
from helios_gui.hooks.job_hooks import read_job_hooks
from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.review import review_job
from tests.support.jobs import python

TELL = "import os; open('told', 'a').write(os.environ['HELIOS_EVENT'] + ' ')"


def write_job(folder: Path, hooks: object) -> Path:
    size = {"totalFrames": 5, "fps": 25, "width": 64, "height": 36}
    command = python("import sys; sys.exit(1)")
    chunk = {"id": 1, "startFrame": 0, "frameCount": 5, "outputFile": "a.mp4", "command": command}
    path = folder / "job.json"
    path.write_text(json.dumps({"metadata": size, "chunks": [chunk], "outputFile": "film.mp4", "hooks": hooks}))
    return path


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        ({"name": "x"}, "no list of at most 50"),
        ([{"name": "x", "command": "true"}] * 51, "no list of at most 50"),
        (["x"], "without a name"),
        ([{"name": "x", "command": "true", "shell": True}], "shell"),
        ([{"name": "x", "url": "https://a", "token": "keyring:helios/slack"}], "no tokens of this computer"),
    ],
)
def test_what_cannot_be_told_is_left_out_in_words(tmp_path: Path, hooks: Any, words: str) -> None:
    found = read_job_hooks(load_job(write_job(tmp_path, hooks)))
    assert found.hooks == ()
    assert words in found.problems[0]


def test_a_review_lists_hooks_and_changes_with_them(tmp_path: Path) -> None:
    def review(hooks: object) -> Any:
        path = write_job(tmp_path, hooks)
        return review_job(load_job(path), tmp_path, path)

    (tmp_path / "tell").write_text("#!/bin/sh\n")
    (tmp_path / "tell").chmod(0o755)
    command = {"name": "x", "command": "./tell me"}
    post = {"name": "y", "url": "https://example.org/hook"}
    without = review([])
    first = review([command, post])
    (hook, program), (other, none) = first.hooks
    assert program.resolved == tmp_path / "tell"
    assert program.digest
    assert (hook.command, other.url, none) == ("./tell me", "https://example.org/hook", None)
    (tmp_path / "tell").write_text("#!/bin/sh\nrm -rf ~\n")
    changed = review([command, post])
    elsewhere = review([command, {**post, "url": "https://example.com/hook"}])
    prints = [one.fingerprint for one in (without, first, changed, elsewhere)]
    assert len(set(prints)) == len(prints)
    assert review([]).fingerprint == without.fingerprint


def test_in_the_terminal_they_are_named_and_told_only_with_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    hooks = [
        {"name": "note", "command": python(TELL), "events": ["started", "failed"]},
        {"name": "night", "command": python("open('night', 'w')"), "events": ["started"], "profiles": ["Night"]},
        {"name": "odd", "command": "true", "token": "env:HELIOS_X"},
    ]
    job = write_job(tmp_path, hooks)
    assert main(["render", str(job), "--retries", "0"]) == 2
    assert not (tmp_path / "told").exists()
    capsys.readouterr()
    assert main(["render", str(job), "--trust", "--retries", "0"]) == 1
    assert (tmp_path / "told").read_text() == "started failed "
    assert not (tmp_path / "night").exists()
    said = capsys.readouterr().err
    assert "The job file brings a hook: runs" in said
    assert "Hook “odd” is left out: hooks of job files get no tokens of this computer" in said
