"""Kill the real program at random moments, again and again, and check that nothing is lost, doubled or left behind.

    python tests/faults/crash_loop.py --rounds 100 --seed 1 [--window] [--record] [--in FOLDER]

A round makes a job of real FFmpeg chunks, starts ``helios-gui render`` (``--window``: the window, offscreen), kills
it with SIGKILL some times, each time going on with ``--resume`` or, now and then, anew, and lets the last run come to
its end. Then: the video's frames are those that the chunks' commands make, no chunk was rendered once more after the
journal held it as completed, no process is left, and no work file. Prints one line a round and the counts. Exit code 0:
all right; 1: a round was not (its folder is kept). ``--record`` adds the counts to the README's table.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import psutil

ROOT = Path(__file__).parents[2]
FRAMES = 5
PATIENCE = 180.0
"""Seconds after which a run counts as stuck; only a defect takes that long."""

# Notes its start and its end; every third chunk fails at first. With "-" for an output it writes in place.
CHUNK = """
import os, subprocess, sys, time
chunk, output, pause = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
def note(word):
    with open('runs.txt', 'a') as record: record.write(f'{word} {chunk} {os.getpid()}\\n')
note('start')
if chunk % 3 == 2 and not os.path.exists(f'tried-{chunk}'):
    open(f'tried-{chunk}', 'w').close()
    sys.exit(3)
subprocess.run(sys.argv[4:] + ['part_%d.mov' % chunk if output == '-' else output], check=True)
time.sleep(pause)
note('end')
"""

WINDOW = """
import sys
from helios_gui import cli
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow

made = MainWindow.__init__
def and_render(self, *arguments, **more):
    made(self, *arguments, **more)
    for job in self.engine.manager.list_jobs():
        if job.state is not JobState.COMPLETED:
            self.bridge.run(self.engine.manager.resume_job(job.id))
MainWindow.__init__ = and_render
sys.exit(cli.main([]))
"""


def encoder(chunk: int) -> list[str]:
    """Return FFmpeg's command for a chunk, without the output."""
    frames = f"trim=start_frame={chunk * FRAMES}:end_frame={(chunk + 1) * FRAMES},setpts=PTS-STARTPTS"
    source = ["-f", "lavfi", "-i", f"testsrc2=s=96x64:r=30,{frames}"]
    codec = ["-c:v", "mpeg4", "-q:v", "3", "-g", "1", "-bitexact"]
    return [_ffmpeg(), "-v", "error", "-nostdin", "-y", *source, *codec]


@cache
def _ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        raise SystemExit("This needs ffmpeg.")
    return found


def checksums(video: Path) -> list[str]:
    """Return a checksum of each frame."""
    words = [_ffmpeg(), "-v", "error", "-i", str(video), "-map", "0:v", "-f", "framemd5", "-"]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


@cache
def expected_checksums(chunk: int) -> list[str]:
    """Return the checksums of the frames that the chunk's command makes."""
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "part.mov"
        subprocess.run([*encoder(chunk), str(video)], check=True)
        return checksums(video)


@dataclass
class Counts:
    """What happened in all rounds."""

    rounds: int = 0
    kills: int = 0
    alive_after_kill: int = 0
    anew: int = 0
    faults: list[str] = field(default_factory=list)


class Round:
    """One job, killed and continued until it is done."""

    def __init__(self, folder: Path, dice: random.Random, counts: Counts, *, window: bool) -> None:
        self._dice, self._counts, self._window = dice, counts, window
        self._home, self.work = folder / "home", folder / "work"
        self._home.mkdir()
        self.work.mkdir()
        (folder / "run").mkdir(mode=0o700)
        self._size = dice.randint(6, 12)
        self._concurrency = dice.randint(1, 3)
        self._job = self.work / "job.json"
        self._write_job()
        self._faults: list[str] = []
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HELIOS_")},
            "PYTHONPATH": str(ROOT),
            "HELIOS_HOME": str(self._home),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def play(self, most_kills: int) -> list[str]:
        """Play the round; return what was wrong."""
        for _ in range(min(most_kills, self._dice.randint(8, 16))):
            if self._is_over():
                break
            self._run_and_kill()
        last = self._start(resume=self._is_known())
        try:
            output, _ = last.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            last.kill()
            return [f"the last run did not end: {last.communicate()[0][-500:]!r}"]
        if last.returncode:
            self._faults.append(f"the last run ended with {last.returncode}: {output[-500:]!r}")
        return self._faults or self._faults_of_end()

    def _faults_of_end(self) -> list[str]:
        faults = []
        expected = [frame for chunk in range(self._size) for frame in expected_checksums(chunk)]
        if not (self.work / "out.mp4").exists() or checksums(self.work / "out.mp4") != expected:
            faults.append("the video's frames are others")
        left = [path.name for path in self.work.rglob("*") if path.name.startswith(".") or path.suffix == ".part"]
        if left:
            faults.append(f"left behind: {left}")
        alive = [process.pid for process in self.processes()]
        if alive:
            faults.append(f"still running: {alive}")
        return faults

    def processes(self) -> list[psutil.Process]:
        """Return the living processes that work in the job's folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if str(self.work) in process.cwd() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def _write_job(self) -> None:
        chunks = []
        for chunk in range(self._size):
            name = f"part_{chunk}.mov"
            shown = "-" if self._dice.random() < 0.5 else name
            pause = f"{self._dice.uniform(0, 0.2):.3f}"
            words = [sys.executable, "-S", "chunk.py", str(chunk), shown, pause, *encoder(chunk)]
            command = " ".join(f'"{word}"' for word in words)
            frames = {"startFrame": chunk * FRAMES, "frameCount": FRAMES}
            chunks.append({"id": chunk, **frames, "outputFile": name, "command": command})
        metadata = {"totalFrames": self._size * FRAMES, "fps": 30, "width": 96, "height": 64}
        job: dict[str, object] = {"metadata": metadata, "chunks": chunks, "outputFile": "out.mp4"}
        (self.work / "chunk.py").write_text(CHUNK)
        self._job.write_text(json.dumps(job))

    def _start(self, *, resume: bool, window: bool = False) -> subprocess.Popen[str]:
        if window:
            words = [sys.executable, "-c", WINDOW]
        else:
            more = ["--resume"] if resume else ["--concurrency", str(self._concurrency)]
            words = [sys.executable, "-m", "helios_gui", "render", str(self._job), "--trust", *more]
        return subprocess.Popen(
            words,
            cwd=self.work.parent,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _run_and_kill(self) -> None:
        """Start the app at a job that is not done, and kill it at some moment."""
        is_known = self._is_known()
        anew = not is_known or self._dice.random() < 0.1
        completed = set() if anew else self._completed()
        before = self._record()
        app = self._start(resume=not anew, window=self._window and not anew)
        self._wait_for_a_moment(app, before)
        killed = app.poll() is None
        app.kill()
        output, _ = app.communicate()
        if killed:
            self._counts.kills += 1
            self._counts.anew += anew and is_known
            self._counts.alive_after_kill += bool(self.processes())
        elif app.returncode:
            self._faults.append(f"a run ended by itself with {app.returncode}: {output[-500:]!r}")
        again = completed & self._started_since(before)
        if again:
            self._faults.append(f"completed chunks were rendered again: {sorted(again)}")

    def _wait_for_a_moment(self, app: subprocess.Popen[str], before: int) -> None:
        """Wait for a random time, counted from the app's start or from some event in its work."""
        events = self._dice.choice((0, 1, 1, 1, 2, 2, 3))
        joining = self._dice.random() < 0.15
        deadline, look = time.monotonic() + PATIENCE, time.monotonic() + 1.0
        while app.poll() is None and time.monotonic() < deadline:
            if joining and any((self.work / ".helios").glob("*/stitch")):
                break
            if not joining and self._record() >= before + events:
                break
            if self._window and time.monotonic() > look:  # a window that has nothing to do stays open
                if self._is_over():
                    break
                look = time.monotonic() + 1.0
            time.sleep(0.002)
        time.sleep(self._dice.choice((0.0, 0.01, 0.03, 0.1, 0.3, 1.0)) * self._dice.random())

    def _record(self) -> int:
        record = self.work / "runs.txt"
        return record.read_text().count("\n") if record.exists() else 0

    def _started_since(self, before: int) -> set[int]:
        record = self.work / "runs.txt"
        lines = record.read_text().splitlines()[before:] if record.exists() else []
        return {int(line.split()[1]) for line in lines if line.startswith("start")}

    def _completed(self) -> set[int]:
        """Return the chunks that the journal holds as completed in the newest job."""
        newest = "SELECT id FROM jobs ORDER BY added_at DESC LIMIT 1"
        rows = self._query(f"SELECT chunk_id FROM chunks WHERE state='completed' AND job_id=({newest})")
        return {int(row[0]) for row in rows}

    def _is_known(self) -> bool:
        return bool(self._query("SELECT 1 FROM jobs"))

    def _is_over(self) -> bool:
        """Whether nothing is left to kill: the newest job is completed, or something went wrong."""
        return bool(self._faults) or self._query("SELECT state FROM jobs ORDER BY added_at DESC LIMIT 1") == [
            ("completed",)
        ]

    def _query(self, statement: str) -> list[tuple[str, ...]]:
        file = self._home / "data" / "jobs.sqlite"
        if not file.exists():
            return []
        journal = sqlite3.connect(file, timeout=10)
        try:
            return journal.execute(statement).fetchall()
        except sqlite3.OperationalError:  # killed before it had its tables
            return []
        finally:
            journal.close()


def _play(seed: int, chosen: argparse.Namespace, counts: Counts) -> None:
    folder = Path(tempfile.mkdtemp(prefix=f"crash-{seed}-", dir=chosen.folder))
    played = Round(folder, random.Random(seed), counts, window=chosen.window)
    before = counts.kills
    try:
        faults = played.play(chosen.kills)
    finally:
        for process in played.processes():
            process.send_signal(signal.SIGKILL)
    counts.rounds += 1
    counts.faults += faults
    print(f"round {counts.rounds} (seed {seed}): {counts.kills - before} kills, {'; '.join(faults) or 'right'}")
    sys.stdout.flush()
    if faults:
        print(f"  kept: {folder}", flush=True)
    else:
        shutil.rmtree(folder)


def main(arguments: list[str] | None = None) -> int:
    """Run the loop; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=16, help="at most so many a round (at random 8 to 16)")
    parser.add_argument("--window", action="store_true", help="resume in the window, offscreen")
    parser.add_argument("--record", action="store_true", help="add the counts to crash_counts.json and the README")
    parser.add_argument("--in", dest="folder", type=Path, help="where to work (default: the temporary folder)")
    chosen = parser.parse_args(arguments)
    program = "window, offscreen" if chosen.window else "terminal"
    if chosen.record and _counting().is_known(program, chosen.seed):
        parser.error(f"the run of {program} with seed {chosen.seed} was counted before")
    counts, began = Counts(), time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(chosen.rounds):
            _play(chosen.seed * 1_000_000 + number, chosen, counts)
    minutes = (time.monotonic() - began) / 60
    print(
        f"{counts.rounds} rounds, {counts.kills} kills ({counts.alive_after_kill} left processes running, "
        f"{counts.anew} were followed by a render anew) in {minutes:.1f} minutes: {len(counts.faults)} faults"
    )
    if chosen.record:
        _counting().add_run(program, chosen.seed, counts.rounds, counts.kills, len(counts.faults))
    return 1 if counts.faults else 0


def _counting() -> ModuleType:
    """Return ``crash_counts``, which is found only here where this file is run as a program."""
    sys.path.insert(0, str(ROOT))
    return importlib.import_module("tests.faults.crash_counts")


if __name__ == "__main__":
    sys.exit(main())
