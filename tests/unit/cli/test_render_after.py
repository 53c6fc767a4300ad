"""``render --after``, ``--priority`` and ``--group``, in processes that share a queue."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from helios_gui.cli import main
from helios_gui.jobfile.job_files import save_job
from helios_gui.types import JobSpec
from helios_gui.utils.folders import AppFolders
from tests.support.cli import command, environment
from tests.support.jobs import COUNTED, text_job
from tests.support.waiting import wait_until

# Waits for the file "go".
GATED = f"""
import os, time
while not os.path.exists('go'): time.sleep(.02)
{COUNTED}
"""


def put(folder: Path, spec: JobSpec) -> Path:
    folder.mkdir()
    path = folder / "job.json"
    save_job(spec, path)
    return path


def jobs_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["jobs", "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_a_render_starts_after_one_of_another_process(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = put(tmp_path / "first", text_job(1, GATED)), put(tmp_path / "second", text_job(1))
    arguments = command("render", second, "--trust", "--after", first, "--priority", "high", "--group", "Trailer")
    with subprocess.Popen(command("render", first, "--trust"), env=environment(home), stdout=subprocess.DEVNULL) as one:
        wait_until(lambda: [job["state"] for job in jobs_of(capsys)] == ["running"])
        with subprocess.Popen(arguments, env=environment(home), stderr=subprocess.PIPE, text=True) as two:
            assert two.stderr is not None
            assert two.stderr.readline() == "“second” starts after “first”.\n"
            assert not (tmp_path / "second" / "runs.txt").exists()
            (tmp_path / "first" / "go").touch()
            assert two.wait() == one.wait() == 0
    before, after = jobs_of(capsys)
    assert (after["priority"], after["group"], after["after"]) == ("high", "Trailer", [before["id"]])
    assert after["started"] >= before["finished"]  # type: ignore[operator]


def test_a_render_after_a_failed_one_says_so_and_goes_on_later(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fails = "import os, sys\nif not os.path.exists('mended'): sys.exit(3)\n" + COUNTED
    first, second = put(tmp_path / "first", text_job(1, fails)), put(tmp_path / "second", text_job(1))
    assert main(["render", str(first), "--trust", "--retries", "0"]) == 1
    (failed,) = jobs_of(capsys)
    assert main(["render", str(second), "--trust", "--after", str(failed["id"])]) == 1
    captured = capsys.readouterr()
    assert "“first” has failed" in captured.out + captured.err
    assert "--resume" in captured.out + captured.err
    (tmp_path / "first" / "mended").touch()
    assert main(["render", str(first), "--trust", "--resume"]) == 0
    assert main(["render", str(second), "--trust", "--resume"]) == 0
    assert [job["state"] for job in jobs_of(capsys)] == ["completed", "completed"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--after", "nowhere"), "no job nowhere"),
        (("--group", "x" * 201), "at most 200"),
        (("--priority", "top"), "top"),
    ],
)
def test_what_cannot_be_is_refused(
    home: Path, job: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str], words: str
) -> None:
    assert main(["render", str(job), "--trust", *options]) == 2
    assert words in capsys.readouterr().err
    assert jobs_of(capsys) == []


def test_groups_priorities_and_logs_are_listed(home: Path, job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(job), "--trust"]) == 0
    assert main(["jobs"]) == 0
    assert "GROUP" not in capsys.readouterr().out
    assert main(["render", str(job), "--trust", "--group", "Trailer", "--priority", "low"]) == 0
    capsys.readouterr()
    assert main(["jobs"]) == 0
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split()[6:8] == ["GROUP", "PRIORITY"]
    assert {"Trailer", "low"} <= set(second.split())
    (folder,) = [path for path in AppFolders.default().logs.iterdir() if path.name == first.split()[0]]
    (folder / "chunk-0-attempt-1.log").write_text("out of memory")
    assert main(["jobs", "--log", "Out Of Memory"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed[1:]] == [folder.name]
    assert main(["jobs", "--log", "nothing like it"]) == 0
    assert "No log contains" in capsys.readouterr().out
