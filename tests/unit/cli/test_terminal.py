"""The render command on a real (pseudo-)terminal: the live display, Ctrl-C, questions, a closed window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.jobfile.job_files import load_job, save_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.profiles.trust import TrustStore, review_job
from helios_gui.utils.folders import AppFolders
from tests.support.cli import run_cli
from tests.support.jobs import COUNTED, runs, text_job
from tests.support.process_list import processes_in
from tests.support.waiting import wait_until

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from tests.support.terminal import CTRL_BACKSLASH, CTRL_C, Terminal

# Chunks from 2 on start a child in a session of its own, tell of 5 frames, and wait for "go".
WAITING = f"""
import os, subprocess, sys, time
if int(sys.argv[2]) >= 2 and not os.path.exists('go'):
    subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'], start_new_session=True)
    print('Progress: Rendered 5 / 10 frames', flush=True)
    while not os.path.exists('go'): time.sleep(.02)
{COUNTED}
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('Progress: Rendered 1 / 10 frames', flush=True)
time.sleep(600)
"""


def put(folder: Path, count: int, code: str = COUNTED) -> Path:
    path = folder / "job.json"
    save_job(text_job(count, code).model_copy(update={"name": "Film"}), path)
    return path


def running(work: Path) -> Sequence[psutil.Process]:
    return processes_in(work)


def test_live_display_and_its_end(home: Path, work: Path) -> None:
    path = put(work, 6, WAITING)
    with Terminal(home, "render", path, "--trust", "--concurrency", "3") as terminal:
        terminal.wait_for("2/6 chunks")
        for chunk, frames in ((2, "20-29"), (3, "30-39"), (4, "40-49")):
            terminal.wait_for(f"chunk {chunk}  {frames}  ━━━━━━━━━━━━━━━───────────────   50 %")
        (work / "go").touch()
        assert terminal.wait() == 0
    assert "\x1b[1A" in terminal.raw, "nothing was redrawn in place"
    last = terminal.text.rstrip().splitlines()[-1]
    assert last == f"Done: {work} (6 files rendered; they are no videos, so there is nothing to stitch)"
    assert "\x1b[?25h" in terminal.raw, "the cursor was not given back"


def test_ctrl_c_stops_everything_and_resume_goes_on(home: Path, work: Path) -> None:
    path = put(work, 6, WAITING)
    with Terminal(home, "render", path.name, "--trust", "--concurrency", "2", cwd=work) as terminal:
        terminal.wait_for("50 %")
        wait_until(lambda: len(running(work)) >= 5)  # the command, two chunks, and a child of each
        terminal.press(CTRL_C)
        assert terminal.wait() == 130
    assert "stopping …" in terminal.text
    words = "Interrupted. 2 of 6 chunks are done. Resume with: helios-gui render job.json --resume --trust"
    assert words in terminal.text
    assert "Traceback" not in terminal.text
    assert not running(work)
    assert runs(work) == ["0", "1"] or runs(work) == ["1", "0"]

    (work / "go").touch()
    with Terminal(home, "render", path, "--resume", "--trust") as terminal:
        assert terminal.wait() == 0
    assert "2 of 6 chunks are done already" in terminal.text
    assert sorted(runs(work)) == ["0", "1", "2", "3", "4", "5"]


def test_ctrl_backslash_finishes_what_runs_and_starts_nothing_more(home: Path, work: Path) -> None:
    path = put(work, 6, WAITING)
    with Terminal(home, "render", path.name, "--trust", "--concurrency", "2", cwd=work) as terminal:
        terminal.wait_for("chunk 3  30-39")
        terminal.press(CTRL_BACKSLASH)
        terminal.wait_for("then the render stops")
        terminal.wait_for("finishing, profile Local")
        (work / "go").touch()
        assert terminal.wait() == 130
    assert "Interrupted. 4 of 6 chunks are done. Resume with: helios-gui render job.json --resume" in terminal.text
    assert sorted(runs(work)) == ["0", "1", "2", "3"]
    assert not running(work)
    assert "paused" in run_cli(home, "jobs").stdout
    assert run_cli(home, "render", path, "--resume", "--trust").returncode == 0
    assert sorted(runs(work)) == ["0", "1", "2", "3", "4", "5"]


def test_a_second_ctrl_c_does_not_wait(home: Path, work: Path) -> None:
    patient = LocalProfile(name="Patient", concurrency=2, stop_grace=600)
    ProfileStore(AppFolders.at(home).create().profiles).save([patient], "Patient")
    path = put(work, 4, STUBBORN)
    with Terminal(home, "render", path, "--trust") as terminal:
        terminal.wait_for("10 %")
        terminal.press(CTRL_C)
        terminal.wait_for("stopping …")
        assert running(work)
        terminal.press(CTRL_C)
        assert terminal.wait() == 130
    assert "Interrupted. 0 of 4 chunks are done." in terminal.text
    assert "Traceback" not in terminal.text
    assert "never retrieved" not in terminal.text
    assert not running(work)
    assert "interrupted" in run_cli(home, "jobs").stdout


def test_closing_the_terminal_stops_the_render(home: Path, work: Path) -> None:
    path = put(work, 6, WAITING)
    with Terminal(home, "render", path, "--trust") as terminal:
        terminal.wait_for("50 %")
        terminal.hang_up()
        assert terminal.wait() == 130
    assert not running(work)
    assert "interrupted" in run_cli(home, "jobs").stdout


def test_failures_are_told_above_the_display(home: Path, work: Path) -> None:
    code = f"import sys\nif sys.argv[2] == '1': sys.exit('no \\x1b[2J texture')\n{COUNTED}"
    with Terminal(home, "render", put(work, 4, code), "--trust", "--retries", "0") as terminal:
        assert terminal.wait() == 1
    text = terminal.text
    assert 'Chunk 1 failed: "python' in text
    assert text.index("Chunk 1 failed") < text.index("Failed: 1 of 4 chunks.") < text.index("  | no  texture")
    assert "\x1b[2J" not in terminal.raw, "a log cleared the terminal"


def test_a_dumb_terminal_gets_plain_lines(home: Path, work: Path) -> None:
    with Terminal(home, "render", put(work, 2), "--trust", TERM="dumb") as terminal:
        assert terminal.wait() == 0
    assert "Chunk 0 done" in terminal.text
    assert "\x1b" not in terminal.raw


def test_a_new_job_is_asked_about_once(home: Path, work: Path) -> None:
    path = put(work, 2)
    with Terminal(home, "render", path) as terminal:
        terminal.wait_for("Run it? [y/N]")
        text = terminal.text
        assert f"{sys.executable}" in text
        assert "2 commands" in text
        assert f"Working folder   {work}" in text
        assert f"Finished video   {work / 'Film.mp4'}" in text
        terminal.press("y\n")
        assert terminal.wait() == 0
    assert len(runs(work)) == 2
    with Terminal(home, "render", path) as terminal:
        assert terminal.wait() == 0
    assert "Run it?" not in terminal.text


def test_all_commands_can_be_seen_before_the_answer(home: Path, work: Path) -> None:
    with Terminal(home, "render", put(work, 40)) as terminal:
        terminal.wait_for("Run it? [y/N]")
        assert "and 39 more that differ only in their numbers" in terminal.text
        assert "part_33" not in terminal.text
        assert "SHA-256 " in terminal.text
        terminal.press("c\n")
        terminal.wait_for("part_33")
        terminal.press("n\n")
        assert terminal.wait() == 2
    assert runs(work) == []


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_a_job_that_is_not_agreed_to_is_not_run(answer: str, home: Path, work: Path) -> None:
    with Terminal(home, "render", put(work, 2)) as terminal:
        terminal.wait_for("Run it? [y/N]")
        terminal.press(answer)
        assert terminal.wait() == 2
    assert "The job was not run." in terminal.text
    assert not runs(work)


def test_a_job_that_is_trusted_here_is_asked_about_before_its_folder_leaves(home: Path, work: Path) -> None:
    cloud = AwsLambdaProfile(name="studio", function="render", storage_url="s3://studio/renders")
    folders = AppFolders.at(home).create()
    ProfileStore(folders.profiles).save((LocalProfile(name="Local"), cloud), "Local")
    path = put(work, 2)
    TrustStore(folders.trust).remember(review_job(load_job(path), work, path))
    with Terminal(home, "render", path, "--profile", "studio") as terminal:
        terminal.wait_for("Run it? [y/N]")
        assert "has not been sent to s3://studio/renders before" in terminal.text
        terminal.press("n\n")
        assert terminal.wait() == 2
    assert not runs(work)


def test_what_a_cloud_may_cost_is_told_before_the_question(home: Path, work: Path) -> None:
    folders = AppFolders.at(home).create()
    profiles = ProfileStore(folders.profiles)
    path = put(work, 2)
    profiles.save((LocalProfile(name="studio"),), "studio")
    assert run_cli(home, "render", path, "--trust").returncode == 0  # something is measured
    cloud = AwsLambdaProfile(
        name="studio", function="render", storage_url="s3://studio", price_per_gb_second=1000, spend_limit=0.01
    )
    profiles.save((cloud,), "studio")
    with Terminal(home, "render", path) as terminal:
        terminal.wait_for("Run it? [y/N]")
        text = terminal.text
        terminal.press("n\n")
        assert terminal.wait() == 2
    parts = (
        "Finished video",
        "Estimated cost: About $",
        " for 2 chunks. Measured on this job's earlier run with “studio”: ",
        "That is more than the $0.01 the job may cost",
        "Run it?",
    )
    assert sorted(parts, key=text.index) == list(parts)


def test_ctrl_c_at_the_question(home: Path, work: Path) -> None:
    with Terminal(home, "render", put(work, 2)) as terminal:
        terminal.wait_for("Run it? [y/N]")
        terminal.press(CTRL_C)
        assert terminal.wait() == 130
    assert "Nothing was rendered." in terminal.text
    assert "Traceback" not in terminal.text
    assert not runs(work)


def test_what_a_job_says_cannot_steer_the_terminal(home: Path, work: Path) -> None:
    path = work / "job.json"
    spec = text_job(1)
    save_job(spec.model_copy(update={"name": "a\x1b[2Jb\u202ec"}), path)
    with Terminal(home, "render", path) as terminal:
        terminal.wait_for("Run it?")
        terminal.press("y\n")
        assert terminal.wait() == 0
    assert "\x1b[2J" not in terminal.raw
    assert "\u202e" not in terminal.raw
