from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import keyring.backends.fail
import keyring.backends.null
import pytest

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.cli import main, watch_jobs
from helios_gui.cli.doctor.check_result import CheckResult, CheckStatus
from helios_gui.cli.doctor.lacks import check_lacks
from helios_gui.cli.doctor.machine import run_checks
from helios_gui.jobfile.job_files import load_job, save_job
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import probe
from helios_gui.utils.folders import AppFolders
from tests.support.cli import command, environment, run_cli
from tests.support.jobs import COUNTED, runs, text_job
from tests.support.other_ffmpeg import ffmpeg_of, only_ffmpeg
from tests.support.waiting import wait_until
from tests.support.watched_folder import land

# -- plan --------------------------------------------------------------------------------------------------

SIZE = ["--fps", "29.97", "--width", "64", "--height", "36"]


def test_plan_writes_a_job_that_renders(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = work / "planned.json"
    template = f"{sys.executable} -S -c \"open('{{output}}','w').write('{{start:03}}-{{end}}')\""
    frames = ["--start", "5", "--total", "23", "--chunk-size", "10", "--chunk-output", "part_{index}.txt"]
    assert main(["plan", str(path), "--command", template, *SIZE, *frames, "--name", "Clip"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        f"Wrote {path}: frames 5–27 in 3 chunks of 3 to 10 frames.",
        f"Render it with: helios-gui render {path}",
    ]
    spec = load_job(path)
    assert (spec.name, spec.metadata.total_frames, len(spec.chunks)) == ("Clip", 23, 3)
    assert main(["render", str(path), "--trust", "--no-merge"]) == 0
    assert [(work / f"part_{n}.txt").read_text() for n in range(3)] == ["005-14", "015-24", "025-27"]


def test_every_option_of_plan_reaches_the_job(home: Path, work: Path) -> None:
    path = work / "planned.json"
    options = {
        "--command": "draw {input} {output} {start} {end} {count} {fps} {width} {height}",
        "--fps": "25",
        "--width": "640",
        "--height": "360",
        "--start": "10",
        "--end": "29",
        "--chunk-count": "2",
        "--input": "scene.blend",
        "--chunk-output": "parts/{name}-{index}.mov",
        "--output": "final.mp4",
        "--name": "Scene",
        "--video-codec": "libx264",
        "--audio-codec": "aac",
        "--quality": "20",
    }
    assert main(["plan", str(path), *(word for pair in options.items() for word in pair)]) == 0
    spec = load_job(path)
    assert spec.chunks[1].command == "draw scene.blend parts/Scene-1.mov 20 29 10 25 640 360"
    assert spec.output_file == "final.mp4"
    assert spec.merge_command is not None
    assert spec.merge_command.endswith("--video-codec libx264 --audio-codec aac --quality 20")


def test_plan_replaces_a_file_only_when_forced(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = work / "planned.json"
    path.write_text("mine")
    words = ["plan", str(path), "--command", "draw {output} {start}", *SIZE, "--total", "4", "--chunk-count", "2"]
    assert main(words) == 2
    assert "exists already" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert main([*words, "--force"]) == 0
    assert len(load_job(path).chunks) == 2


def test_plan_tells_all_that_is_wrong(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(work / "planned.json"), "--command", "draw {what}", *SIZE]) == 2
    errors = capsys.readouterr().err
    assert "frames: give either" in errors
    assert "chunks: give either" in errors
    assert "{what}" in errors
    assert not list(work.iterdir())


# -- jobs --------------------------------------------------------------------------------------------------


def test_jobs_without_a_journal_makes_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs"]) == 0
    assert capsys.readouterr().out == "The queue is empty.\n"
    assert main(["jobs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert not list(home.rglob("*.sqlite"))


def test_jobs_watches_until_nothing_runs(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_jobs, "_PERIOD_SECONDS", 0.1)
    assert main(["jobs", "--watch"]) == 0
    assert capsys.readouterr().out == "No job is running.\n"
    waits = f"import os, sys, time\nwhile not os.path.exists('go' + sys.argv[2]): time.sleep(.02)\n{COUNTED}"
    save_job(text_job(8, waits), work / "job.json")
    render = command("render", work / "job.json", "--trust", "--no-merge", "--concurrency", "1")
    told = ""

    def says(words: str) -> bool:
        nonlocal told
        told += capsys.readouterr().out
        return re.search(words, told) is not None

    with subprocess.Popen(render, env=environment(home), stdout=subprocess.DEVNULL) as rendering:
        wait_until(lambda: '"running"' in run_cli(home, "jobs", "--json").stdout)
        watching = threading.Thread(target=main, args=(["jobs", "--watch"],))
        watching.start()
        wait_until(lambda: says("^1 job is running: "))
        for number in range(7):
            (work / f"go{number}").touch()
            wait_until(lambda number=number: says(rf"{100 * (number + 1) // 8} %"))
        wait_until(lambda: says(r"(?m)^1 job is running: \d+ %, done about \d\d:\d\d$"))
        (work / "go7").touch()
        assert rendering.wait() == 0
        watching.join()
    assert says(r"(?m)^No job is running\.\n\Z")
    assert main(["jobs", "--watch", "--json"]) == 0
    watched = json.loads(capsys.readouterr().out)
    assert (watched["progress"], watched["secondsLeft"]) == (None, None)
    assert watched["jobs"][0]["state"] == "completed"


def test_jobs_lists_what_was_rendered(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in (("good", COUNTED), ("bad", "import sys; sys.exit('no')")):
        spec = text_job(4, code).model_copy(update={"name": f"{name} \x1b[2J"})
        save_job(spec, work / f"{name}.json")
        main(["render", str(work / f"{name}.json"), "--trust", "--retries", "0"])
    capsys.readouterr()
    assert main(["jobs"]) == 0
    headings, good, bad = capsys.readouterr().out.splitlines()
    assert headings.split() == ["ID", "NAME", "STATE", "DONE", "CHUNKS", "PROFILE", "ADDED", "OUTPUT"]
    assert "\x1b" not in good
    assert good.split("completed")[1].split()[:3] == ["100", "%", "4/4"]
    assert bad.split("failed")[1].split()[:3] == ["0", "%", "0/4"]
    assert [line.index("Local") for line in (good, bad)] == [headings.index("PROFILE")] * 2
    assert main(["jobs", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [job["state"] for job in listed] == ["completed", "failed"]
    assert listed[0]["source"] == str(work / "good.json")
    assert "no" in listed[1]["reason"]


# -- doctor ------------------------------------------------------------------------------------------------


def test_doctor_finds_what_is_here(home: Path) -> None:
    ProfileStore(AppFolders.at(home).create().profiles).save([LocalProfile(name="Night", concurrency=3)], "Night")
    answer = run_cli(home, "doctor", "--json")
    found = json.loads(answer.stdout)
    by_name = {finding["name"]: finding for finding in found["findings"]}
    assert (answer.returncode, found["ok"]) == (0, True)
    assert {"ffmpeg", "PyAV", "Browser", "Blender", "Window", "Data folder", "Settings folder", "Logs"} <= set(by_name)
    assert {"Encoders", "Locks", "Processes", "Keyring"} <= set(by_name)
    assert by_name["Data folder"]["detail"].startswith(str(home / "data"))
    assert "concurrency 3" in by_name["Profile “Night”"]["detail"]
    if by_name["Window"]["verdict"] == "ok":  # not where Qt's system libraries are missing
        assert "ffmpeg backend" in by_name["Window"]["detail"]


def test_doctor_fails_when_a_folder_cannot_be_used(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    answer = run_cli(file, "doctor", cwd=tmp_path)
    assert answer.returncode == 1
    assert f"{file / 'data'} cannot be written to" in answer.stdout
    assert "Missing, and needed to render: Data folder, Settings folder, Logs." in answer.stdout


def test_doctor_tells_of_a_profile_that_cannot_be_used(home: Path) -> None:
    folders = AppFolders.at(home).create()
    folders.profiles.write_text('{"profiles": [{"kind": "teleport", "name": "Far"}]}')
    problem = next(result for result in run_checks(folders) if result.name == "Profiles")
    assert problem.status is CheckStatus.WARNING
    assert "Far" in problem.detail


def test_doctor_is_not_stopped_by_qt_that_cannot_be_loaded(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "PySide6"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object file')")
    variables = environment(home)
    variables["PYTHONPATH"] = os.pathsep.join([str(broken.parent), variables["PYTHONPATH"]])
    answer = subprocess.run(command("doctor"), env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "the window cannot open: ImportError: libEGL.so.1" in answer.stdout
    assert "Install the system package that contains libEGL.so.1." in answer.stdout


# -- example -----------------------------------------------------------------------------------------------


def test_the_example_is_copied_and_renders(home: Path, work: Path) -> None:
    copied = run_cli(home, "example", cwd=work)
    path = Path(copied.stdout.strip())
    assert (copied.returncode, path.parent) == (0, work / "test-card")
    assert run_cli(home, "example", cwd=work).returncode == 0, "once more does no harm"
    answer = run_cli(home, "render", path, "--trust")
    assert answer.returncode == 0, answer.stderr
    spec = load_job(path)
    film = probe(path.parent / (spec.output_file or "test-card.mp4"))
    assert f"Done: {film.path} ({len(spec.chunks)} chunks, {spec.metadata.total_frames} frames" in answer.stdout
    assert film.frames == spec.metadata.total_frames
    assert film.audio is not None


def test_the_example_does_not_replace_somebodys_work(home: Path, work: Path) -> None:
    path = work / "test-card.helios.json"
    path.write_text("{}")
    answer = run_cli(home, "example", work)
    assert answer.returncode == 2
    assert "is another file" in answer.stderr
    assert path.read_text() == "{}"
    assert not runs(work)


def test_doctor_names_the_browser_that_renders_pages_and_lives_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def browser() -> CheckResult:
        return next(result for result in run_checks(AppFolders.at(tmp_path)) if result.name == "Browser")

    program = tmp_path / "my-browser"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("HELIOS_BROWSER", str(program))
    assert (browser().status, browser().detail) == (CheckStatus.OK, f"{program}, renders web pages")
    monkeypatch.setenv("HELIOS_BROWSER", str(tmp_path / "gone"))
    assert browser().status is CheckStatus.WARNING
    assert "There is no browser at" in browser().detail
    assert "HELIOS_BROWSER" in browser().hint


def test_doctor_names_the_blender_and_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blender() -> CheckResult:
        return next(result for result in run_checks(AppFolders.at(tmp_path)) if result.name == "Blender")

    program = tmp_path / "my-blender"
    program.write_text("#!/bin/sh\necho Blender 4.2.1 LTS\n")
    program.chmod(0o755)
    monkeypatch.setenv("HELIOS_BLENDER", str(program))
    assert (blender().status, blender().detail) == (CheckStatus.OK, f"4.2.1 at {program}, renders .blend files")
    monkeypatch.setenv("HELIOS_BLENDER", str(tmp_path / "gone"))
    assert blender().status is CheckStatus.WARNING
    assert "There is no Blender at" in blender().detail
    assert "HELIOS_BLENDER" in blender().hint


def test_doctor_tells_which_ffmpeg_is_too_old(tmp_path: Path) -> None:
    def ffmpeg() -> CheckResult:
        return next(result for result in run_checks(AppFolders.at(tmp_path)) if result.name == "ffmpeg")

    old = ffmpeg_of(tmp_path, "4.1.11-0+deb10u1", "58. 20")
    said = f"{old} is ffmpeg 4.1.11-0+deb10u1, and ffmpeg 5.1 or a newer one is needed"
    with only_ffmpeg(old):
        assert (ffmpeg().status, ffmpeg().detail) == (CheckStatus.MISSING, f"{said}.")
        assert ffmpeg().hint == "Install ffmpeg 5.1 or a newer one."
        with pytest.MonkeyPatch.context() as changed:
            changed.delenv("IMAGEIO_FFMPEG_EXE")
            assert ffmpeg().status is CheckStatus.OK
            assert ffmpeg().detail.endswith(f"(bundled; {said})")


# -- watch -------------------------------------------------------------------------------------------------


def test_a_folder_is_watched_until_all_that_was_there_is_rendered(home: Path, work: Path) -> None:
    save_job(text_job(2), work / "job.json")
    refused = run_cli(home, "watch", work, "--render", "--once", "--settle", "0.1")
    assert (refused.returncode, (work / "job.json").exists()) == (2, True)
    assert "add --trust" in refused.stderr
    assert run_cli(home, "watch", work / "gone").returncode == 2
    assert run_cli(home, "watch", work, "--fps", "fast").returncode == 2
    land(work / "sc010", (8, 9, 10))
    land(work / "sc020", (1, 2, 4))
    frames = ("--sequences", "--frames-wait", "0.01", "--fps", "24")
    done = run_cli(home, "watch", work, "--render", "--trust", "--once", "--settle", "0.1", *frames)
    assert done.returncode == 0, done.stderr
    assert "sc010/shot_####.png was added to the queue: frames 8-10" in done.stdout
    assert "sc020/shot_####.png is not complete: frame 3 is missing" in done.stdout
    assert (work / "rendered" / "sc010.mp4").exists()
    assert (work / "done" / "sc010" / "shot_0010.png").exists()
    assert "job.json was added to the queue" in done.stdout
    assert (work / "done" / "job.json").exists()
    assert sorted(runs(work)) == ["0", "1"]


def test_doctor_tells_which_encoders_a_reduced_ffmpeg_lacks(tmp_path: Path) -> None:
    def encoders() -> CheckResult:
        return next(result for result in check_lacks(tmp_path) if result.name == "Encoders")

    program = tmp_path / "ffmpeg"
    usual = find_ffmpeg()
    script = f'"{usual}" "$@" | sed -e "s/ libx265//g" -e "s/ libopus//g"'
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert encoders().status is CheckStatus.OK
    with only_ffmpeg(program):
        assert encoders().status is CheckStatus.WARNING
        assert encoders().detail == "ffmpeg was built without libopus, libx265"
        assert "refused before they are rendered" in encoders().hint


def test_doctor_tells_what_else_a_machine_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> dict[str, CheckResult]:
        return {result.name: result for result in check_lacks(tmp_path)}

    assert found()["Locks"].status is CheckStatus.OK
    assert found()["Processes"].status is (CheckStatus.OK if sys.platform == "linux" else CheckStatus.WARNING)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("keyring.get_keyring", keyring.backends.fail.Keyring)
    assert found()["Keyring"].status is CheckStatus.WARNING
    monkeypatch.setattr("keyring.get_keyring", keyring.backends.null.Keyring)
    assert found()["Keyring"].status is CheckStatus.OK

    def take(path: Path, wait: float = 0.0) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("helios_gui.utils.os_lock.FileLock.take", take)
    assert found()["Locks"].status is CheckStatus.WARNING
    assert "No locks available" in found()["Locks"].detail
