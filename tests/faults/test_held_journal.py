"""kill -9 of the app while another program holds the journal: whose the chunks' files are is known all the same."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import probe
from tests.support.cli import command, environment, run_cli
from tests.support.jobs import python
from tests.support.process_list import processes_in
from tests.support.waiting import wait_until

# Renders to the output, or with "-" in place, and comes to its end once a file "go-CHUNK" is there.
RENDER = """
import os, subprocess, sys, time
chunk, output, ffmpeg = sys.argv[1:]
open('runs.txt', 'a').write(chunk + '\\n')
place = f'part_{chunk}.mov' if output == '-' else output
subprocess.run([ffmpeg, '-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=30', '-frames:v', '5',
                '-c:v', 'mpeg4', place], check=True)
while not os.path.exists(f'go-{chunk}'): time.sleep(.01)
"""
OWN = b"somebody's"


class Place:
    """A job of four chunks in a folder of its own, rendered one at a time, and the journal."""

    def __init__(self, folder: Path, *, in_place: bool) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.job = self.work / "job.json"
        self.journal = self.home / "data" / "jobs.sqlite"
        chunks = [
            {
                "id": index,
                "startFrame": index * 5,
                "frameCount": 5,
                "outputFile": f"part_{index}.mov",
                "command": python(RENDER, str(index), "-" if in_place else f"part_{index}.mov", str(find_ffmpeg())),
            }
            for index in range(4)
        ]
        metadata = {"totalFrames": 20, "fps": 30, "width": 64, "height": 36}
        self.job.write_text(json.dumps({"metadata": metadata, "chunks": chunks, "outputFile": "out.mp4"}))

    def runs(self) -> list[str]:
        record = self.work / "runs.txt"
        return record.read_text().split() if record.exists() else []

    def let_end(self, *chunks: int) -> None:
        for chunk in chunks:
            (self.work / f"go-{chunk}").touch()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_cli(self.home, "render", self.job, "--trust", *arguments)

    def begun_in_journal(self) -> list[int]:
        """The chunks of which the journal has an attempt."""
        with closing(sqlite3.connect(self.journal)) as journal:
            rows = journal.execute("SELECT DISTINCT chunk_id FROM attempts ORDER BY chunk_id").fetchall()
        return [number for (number,) in rows]

    @contextmanager
    def held_journal(self) -> Iterator[None]:
        """Within it, nobody else can write the journal."""
        with closing(sqlite3.connect(self.journal, timeout=60, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            yield


@pytest.fixture(params=["in place", "elsewhere first"])
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An app killed with its renderer in the third of four chunks, of which the journal has no more than the first."""
    place = Place(tmp_path, in_place=request.param == "in place")
    app = subprocess.Popen(
        command("render", place.job, "--trust", "--concurrency", "1"),
        env=environment(place.home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: place.runs() == ["0"])
        with place.held_journal():
            place.let_end(0, 1)
            wait_until(lambda: place.runs() == ["0", "1", "2"])
            if request.param == "in place":
                wait_until((place.work / "part_2.mov").exists)
            app.kill()
            app.wait()
        assert place.begun_in_journal() in ([], [0])
        yield place
    finally:
        app.kill()
        app.wait()
        for process in processes_in(place.work):
            process.kill()


@pytest.mark.parametrize("again", [("--resume",), ()], ids=["resumed", "anew"])
def test_nobody_is_asked_about_files_of_this_very_job(killed: Place, again: tuple[str, ...]) -> None:
    killed.let_end(2, 3)
    run = killed.run(*again)
    assert run.returncode == 0, run.stdout + run.stderr
    assert probe(killed.work / "out.mp4").frames == 20
    assert sorted(killed.runs()[3:]) == (["2", "3"] if again else ["0", "1", "2", "3"]), "what is finished is not lost"
    assert [path.name for path in killed.work.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("again", [("--resume",), ()], ids=["resumed", "anew"])
def test_a_file_that_somebody_put_there_since_is_asked_about(killed: Place, again: tuple[str, ...]) -> None:
    own = killed.work / "part_3.mov"
    own.write_bytes(OWN)
    run = killed.run(*again)
    assert run.returncode == 2
    assert f"{own} exists already, where a chunk of this job goes" in run.stderr
    assert own.read_bytes() == OWN
    assert killed.runs() == ["0", "1", "2"]
