"""kill -9 of the app, then what a person does next: nothing of before runs on, and nothing good is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import probe
from tests.support.cli import command, environment, run_cli
from tests.support.jobs import python
from tests.support.process_list import processes_in
from tests.support.waiting import wait_until

# Writes in place (its command does not name the output). Waits while "hold" is there, unless it is one of the first
# runs, as many as the number in that file; and fails while "fail" is there.
IN_PLACE = """
import os, subprocess, sys, time
chunk, ffmpeg = sys.argv[1:]
open('runs.txt', 'a').write(f'{chunk} {os.getpid()}\\n')
number = open('runs.txt').read().count('\\n')
def is_held():
    try:
        return number > int(open('hold').read() or 0)
    except FileNotFoundError:
        return False
while is_held(): time.sleep(.01)
if os.path.exists('fail'): sys.exit(3)
subprocess.run([ffmpeg, '-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=30', '-frames:v', '5',
                '-c:v', 'mpeg4', f'parts/part_{chunk}.mov'], check=True)
"""


class Place:
    """A job file of two chunks in a folder of its own, and the terminal's command."""

    def __init__(self, folder: Path) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.job = self.work / "job.json"
        self.write({"outputFile": "out.mp4"})
        self.app: subprocess.Popen[bytes] | None = None

    def write(self, more: dict[str, str]) -> None:
        chunks = [
            {
                "id": index,
                "startFrame": index * 5,
                "frameCount": 5,
                "outputFile": f"parts/part_{index}.mov",
                "command": python(IN_PLACE, str(index), str(find_ffmpeg())),
            }
            for index in range(2)
        ]
        metadata = {"totalFrames": 10, "fps": 30, "width": 64, "height": 36}
        self.job.write_text(json.dumps({"metadata": metadata, "chunks": chunks, **more}))

    def start(self, *arguments: str, **variables: str) -> None:
        self.app = subprocess.Popen(
            command("render", self.job, "--trust", *arguments),
            env=environment(self.home, **variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        assert self.app is not None
        self.app.kill()
        self.app.wait()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_cli(self.home, "render", self.job, "--trust", *arguments)

    def runs(self) -> list[int]:
        """The process numbers of the renderers, in the order of their starts."""
        record = self.work / "runs.txt"
        return [int(line.split()[1]) for line in record.read_text().splitlines()] if record.exists() else []

    def leftovers(self) -> list[str]:
        return [path.name for path in self.work.rglob("*") if path.name.startswith(".") or ".part" in path.name]

    def end(self) -> None:
        if self.app is not None:
            self.kill()
        for process in processes_in(self.work):
            process.kill()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    try:
        yield place
    finally:
        place.end()


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_rendering_anew_ends_the_renderers_of_a_dead_app(place: Place, journal: str) -> None:
    (place.work / "hold").touch()
    place.start("--concurrency", "2")
    wait_until(lambda: len(place.runs()) == 2)
    place.kill()
    old = place.runs()
    assert all(map(lives, old)), "they outlive the app; otherwise this test shows nothing"
    if journal == "lost":
        shutil.rmtree(place.home)
        place.home.mkdir()
    place.start()
    wait_until(lambda: len(place.runs()) > 2)
    assert not any(map(lives, old))
    (place.work / "hold").unlink()
    assert place.app is not None
    assert place.app.wait() == 0
    assert probe(place.work / "out.mp4").frames == 10
    assert place.leftovers() == []


def test_attempts_that_a_locked_journal_could_not_note_are_ended(place: Place) -> None:
    (place.work / "hold").touch()
    (place.work / "fail").touch()
    place.start("--retries", "5", "--concurrency", "1")
    wait_until(place.runs)
    lock = sqlite3.connect(place.home / "data" / "jobs.sqlite", timeout=60, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    (place.work / "hold").write_text("3")
    wait_until(lambda: len(place.runs()) == 4)
    place.kill()
    lock.close()
    old = place.runs()[-1]
    assert lives(old)
    (place.work / "fail").unlink()
    place.start("--resume")
    wait_until(lambda: len(place.runs()) == 5)
    assert not lives(old)
    (place.work / "hold").unlink()
    assert place.app is not None
    assert place.app.wait() == 0
    assert place.leftovers() == []


@pytest.mark.parametrize("again", [("--resume",), ()])
@pytest.mark.parametrize("merging", ["ffmpeg", "command"])
def test_what_joined_for_a_dead_app_is_ended(
    place: Place, tmp_path: Path, merging: str, again: tuple[str, ...]
) -> None:
    if merging == "ffmpeg":
        place.write({"mergeCommand": "helios merge out.mp4 parts/part_0.mov parts/part_1.mov --video-codec libx264"})
    else:
        wait = "import os, shutil, sys, time\nopen('joiner', 'w').write(f'{os.getpid()}\\n')\n"
        wait += "while os.path.exists('hold2'): time.sleep(.01)\nshutil.copy(*sys.argv[1:])"
        place.write({"mergeCommand": python(wait, "parts/part_0.mov", "out.mov"), "outputFile": "out.mov"})
    (place.work / "hold2").touch()
    place.start(PATH=_with_slow_ffmpeg(place, tmp_path))
    wait_until(lambda: (place.work / "joiner").exists() and (place.work / "joiner").read_text().endswith("\n"))
    joiner = int((place.work / "joiner").read_text())
    place.kill()
    assert lives(joiner)
    (place.work / "hold2").unlink()
    run = place.run(*again)
    assert not lives(joiner)
    assert run.returncode == (0 if merging == "ffmpeg" else 1), "a copy of one chunk is no video of two"
    assert place.leftovers() == []


@pytest.mark.parametrize("again", [("--resume",), ("--retries", "0")])
def test_a_good_output_survives_a_render_in_place_that_is_killed_and_then_fails(
    place: Place, again: tuple[str, ...]
) -> None:
    assert place.run("--retries", "0").returncode == 0
    output = place.work / "parts" / "part_0.mov"
    good = output.read_bytes()
    (place.work / "hold").touch()
    place.start("--resume", "--chunk", "0")
    wait_until(lambda: len(place.runs()) == 3)
    wait_until(lambda: not output.exists())
    place.kill()
    (place.work / "fail").touch()
    (place.work / "hold").unlink()
    assert place.run(*again).returncode == 1
    assert output.read_bytes() == good
    assert place.leftovers() == []
    (place.work / "fail").unlink()
    assert place.run("--resume").returncode == 0


def test_a_renderer_in_place_that_ended_well_after_the_app_is_not_replaced_by_what_was_before(place: Place) -> None:
    assert place.run().returncode == 0
    output = place.work / "parts" / "part_0.mov"
    before = output.stat().st_ino
    (place.work / "hold").touch()
    place.start("--resume", "--chunk", "0")
    wait_until(lambda: len(place.runs()) == 3)
    wait_until(lambda: not output.exists())
    place.kill()
    (place.work / "hold").unlink()
    wait_until(lambda: not processes_in(place.work))
    made = output.stat().st_ino
    assert made != before
    (place.work / "fail").touch()  # nothing is left to render
    assert place.run("--resume").returncode == 0
    assert output.stat().st_ino == made
    assert place.leftovers() == []


def test_a_process_of_an_app_that_lives_is_left_alone(place: Place, tmp_path: Path) -> None:
    (place.work / "hold").touch()
    place.start()
    wait_until(place.runs)
    other = Place(_made(tmp_path / "other"))
    try:
        assert other.run().returncode == 0
        assert lives(place.runs()[0])
        assert os.listdir(place.work / ".helios")
    finally:
        other.end()


def _with_slow_ffmpeg(place: Place, folder: Path) -> str:
    """Return a PATH whose FFmpeg does not encode with libx264 while "hold2" is there, and then for real."""
    program = _made(folder / "bin") / "ffmpeg"
    hold, joiner = place.work / "hold2", place.work / "joiner"
    wait = f'*libx264*) echo $$ > "{joiner}"; while [ -e "{hold}" ]; do sleep .02; done;;'
    program.write_text(f'#!/bin/sh\ncase "$*" in {wait} esac\nexec "{find_ffmpeg()}" "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
