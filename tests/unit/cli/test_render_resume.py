"""Renders that are resumed, and those that a person or a limit stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.cli import main
from helios_gui.jobfile.job_files import load_job, save_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import probe
from helios_gui.utils.folders import AppFolders
from tests.support.cli import command, environment
from tests.support.jobs import COUNTED, runs, text_job
from tests.support.render_steps import FAILING, WAITING, events, put, refused, video_job
from tests.support.waiting import wait_until


def test_resume_needs_something_to_resume(
    home: Path, work: Path, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(job)
    assert "There is no render" in refused([path, "--resume", "--trust"], capsys)
    assert main(["render", path, "--trust", "--chunk", "1"]) == 0
    capsys.readouterr()
    assert "There is no render" in refused([path, "--resume", "--trust"], capsys)
    assert main(["render", path, "--trust"]) == 0
    capsys.readouterr()
    assert main(["render", path, "--resume", "--trust"]) == 0
    told = capsys.readouterr()
    assert "completed already" in told.err
    assert told.out.startswith("Done: ")
    assert len(runs(work)) == 7


def test_resume_takes_the_same_command_again(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(work)
    path = put(work, text_job(6, FAILING))
    command = [path.name, "--trust", "--no-merge", "--retries", "0", "--concurrency", "2", "--chunk-timeout", "60"]
    assert main(["render", *command]) == 1
    (work / "mended").touch()
    assert main(["render", *command, "--resume"]) == 0
    assert sorted(runs(work)) == ["0", "1", "2", "3", "4", "5"]


HANGS = "import sys,time\ntime.sleep(60 if sys.argv[2] == '0' else 0)\nopen(sys.argv[1],'w').write('made')"


def test_a_chunk_that_hangs_is_ended_where_that_is_wanted(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(work, text_job(2, HANGS))
    options = ["--trust", "--no-merge", "--retries", "0", "--stall", "kill", "--stall-after", "0.6"]
    assert main(["render", str(path), *options]) == 1
    printed = capsys.readouterr().out
    assert "stalled: it printed nothing and used no processor for 0:01, and was ended" in printed
    assert (work / "part_1.txt").exists()


def test_a_chunk_that_hangs_for_a_while_is_named(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(work, text_job(1, HANGS.replace("60", "2")))
    assert main(["render", str(path), "--trust", "--no-merge", "--stall-after", "0.6"]) == 0
    assert capsys.readouterr().out.count("stalled") == 1
    assert main(["render", str(path), "--stall", "perhaps"]) == 2


def test_a_job_whose_first_chunks_fail_stops_unless_that_is_turned_off(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(work, text_job(12, "import sys; sys.exit(3)"))
    command = ["render", str(path), "--trust", "--retries", "0", "--concurrency", "1"]
    assert main([*command, "--stop-after-failures", "2"]) == 1
    printed = "".join(capsys.readouterr())
    assert "Failed: 2 of 12 chunks.\nStopped: the first 2 chunks that were tried failed, and none succeeded" in printed
    assert "(--stop-after-failures off) to try the others all the same\n" in printed
    assert main([*command, "--resume", "--stop-after-failures", "off"]) == 1
    printed = "".join(capsys.readouterr())
    assert "Failed: 12 of 12 chunks.\n\nChunk 0" in printed


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--stop-after-failures", "0"),
        ("--stop-after-failures", "some"),
        ("--stop-at-failed-percent", "0"),
        ("--stop-at-failed-percent", "101"),
        ("--stop-at-failed-percent", "nan"),
    ],
)
def test_limits_of_failures_are_checked(
    home: Path, work: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(work, text_job(1, "pass"))
    assert main(["render", str(path), "--trust", option, value]) == 2
    assert f"{value} is neither" in capsys.readouterr().err


def test_resume_takes_the_same_chunks_again(home: Path, work: Path) -> None:
    command = [str(put(work, text_job(6, FAILING))), "--trust", "--retries", "0", "--chunk", "3", "--chunk", "1"]
    assert main(["render", *command]) == 1
    (work / "mended").touch()
    assert main(["render", *command, "--resume"]) == 0
    assert sorted(runs(work)) == ["1", "3"]


def test_resume_may_change_limits_and_names_what_it_cannot(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(put(work, text_job(6, FAILING)))
    first = ["render", path, "--trust", "--retries", "0"]
    assert main(first) == 1
    capsys.readouterr()
    assert "--output was " in refused([path, "--trust", "--resume", "--output", str(work / "other.mp4")], capsys)
    assert "it was started with --merge" in refused([path, "--trust", "--resume", "--no-merge"], capsys)
    more = ["--trust", "--resume", "--retries", "1", "--chunk-timeout", "90", "--json"]
    assert main(["render", path, *more]) == 1
    ends = [
        event["attempt"]
        for event in events(capsys.readouterr().out)
        if event["event"] == "chunk" and event["state"] == "failed"
    ]
    assert ends == [3], "one of the first render, and two more now"
    (work / "mended").touch()
    assert main(["render", path, "--trust", "--resume", "--concurrency", "3"]) == 0
    assert runs(work).count("3") == 1


def test_resume_refuses_a_changed_job_file(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(work, text_job(6, FAILING))
    assert main(["render", str(path), "--trust", "--retries", "0"]) == 1
    (work / "mended").touch()
    capsys.readouterr()
    spec = load_job(path)
    save_job(spec.model_copy(update={"name": "Another"}), path)
    assert "has changed since" in refused([str(path), "--resume", "--trust"], capsys)
    save_job(spec, path)
    assert main(["render", str(path), "--resume", "--trust"]) == 0
    assert sorted(runs(work)) == ["0", "1", "2", "3", "4", "5"]


def test_resume_through_another_profile(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ProfileStore(AppFolders.at(home).create().profiles)
    store.save([LocalProfile(name="Local"), LocalProfile(name="Night", environment={"MENDED": "1"})], "Local")
    code = f"import os, sys\nif not os.environ.get('MENDED'): sys.exit('not yet')\n{COUNTED}"
    path = str(put(work, text_job(2, code)))
    assert main(["render", path, "--trust", "--retries", "0"]) == 1
    assert main(["render", path, "--trust", "--resume"]) == 1
    assert main(["render", path, "--trust", "--resume", "--profile", "night"]) == 0
    assert sorted(runs(work)) == ["0", "1"]


def test_resume_with_a_chunk_renders_it_again_and_joins_anew(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = video_job(3, work)
    assert main(["render", str(path), "--trust"]) == 0
    parts = [work / f"part_{index}.mov" for index in range(3)]
    for file in (*parts, work / "film.mp4"):
        os.utime(file, (1e9, 1e9))
    assert main(["render", str(path), "--trust", "--resume", "--chunk", "1"]) == 0
    assert [part.stat().st_mtime > 1e9 for part in parts] == [False, True, False]
    assert (work / "film.mp4").stat().st_mtime > 1e9
    assert probe(work / "film.mp4").frames == 30
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"Done: {work / 'film.mp4'} (3 chunks")


def test_the_job_file_may_be_reached_by_a_link(home: Path, work: Path, tmp_path: Path) -> None:
    path = put(work, text_job(6, FAILING))
    link = tmp_path / "link.json"
    link.symlink_to(path)
    assert main(["render", str(link), "--trust", "--retries", "0"]) == 1
    (work / "mended").touch()
    assert main(["render", str(path), "--resume", "--trust"]) == 0
    assert len(runs(work)) == 6


@pytest.mark.skipif(sys.platform == "win32", reason="nohup is a POSIX custom")
def test_a_hang_up_that_is_ignored_stays_ignored(home: Path, work: Path) -> None:
    path = put(work, text_job(3, WAITING))
    child = subprocess.Popen(
        ["nohup", *command("render", path, "--trust")],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_until(lambda: len(runs(work)) == 2)
    child.send_signal(signal.SIGHUP)
    (work / "go").touch()
    output, _ = child.communicate(timeout=90)
    assert child.returncode == 0, output
    assert len(runs(work)) == 3
