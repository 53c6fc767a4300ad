"""The one file the artist wanted: by our stitcher, or by the job's own merge command, run as it is given."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from pathlib import Path

import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.orchestrator.delivery import Delivery
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.stitcher import MediaVerifier
from helios_gui.types import HeliosError, JobExecutionOptions, StitchError
from tests.support.frame_jobs import frames_job
from tests.support.instant import TextStitcher
from tests.support.jobs import python, text_job, until
from tests.support.process_list import processes_in

JOIN = "import sys\nopen(sys.argv[1],'w').write(''.join(open(part).read() for part in sys.argv[2:]))"
HANGS = """
import subprocess, sys, time
for detached in (False, True):
    subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'], start_new_session=detached)
open('running', 'w').close()
time.sleep(600)
"""
LEAVES_SOMETHING = """
import subprocess, sys
subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'], start_new_session=True)
open('final.txt', 'w').write('made')
"""


def rendered(folder: Path, merge: str | None, output_file: str | None = None, asked: Path | None = None) -> LiveJob:
    """A job of two chunks that are rendered; ``asked`` is the output somebody wants instead of the job's."""
    spec = text_job(2).model_copy(update={"merge_command": merge, "output_file": output_file})
    for chunk in spec.chunks:
        (folder / chunk.output_file).write_text(str(chunk.id))
    job_id = f"job-{uuid.uuid4().hex}"  # another run of these tests must not take our processes for its own
    return make_live_job(job_id, spec, JobExecutionOptions(job_dir=folder, output=asked))


async def deliver(folder: Path, job: LiveJob, environment: dict[str, str] | None = None) -> str:
    local, verifier = LocalAdapter(grace=0.5), MediaVerifier()
    delivery = Delivery(TextStitcher(), local, verifier, folder / "logs", environment or {})
    try:
        return await delivery.deliver(job, reencode=False)
    finally:
        verifier.close()


async def test_recognised_merges_are_ours_to_do(tmp_path: Path) -> None:
    job = rendered(tmp_path, "helios merge final.txt part_0.txt part_1.txt")
    assert (await deliver(tmp_path, job)).startswith("2 chunks, 20 frames")
    assert (tmp_path / "final.txt").read_text() == "01"


async def test_files_that_are_no_videos_are_left_alone_unless_an_output_is_asked_for(tmp_path: Path) -> None:
    assert "nothing to stitch" in await deliver(tmp_path, rendered(tmp_path, None))
    job = rendered(tmp_path, None, "named.txt")
    assert (await deliver(tmp_path, job)).startswith("2 chunks")
    assert (tmp_path / "named.txt").read_text() == "01"
    job = rendered(tmp_path, None, asked=tmp_path / "deep" / "asked.txt")
    assert (await deliver(tmp_path, job)).startswith("2 chunks")
    assert (tmp_path / "deep" / "asked.txt").read_text() == "01"


async def test_a_merge_command_of_the_jobs_own_is_run_and_its_output_verified(tmp_path: Path) -> None:
    job = rendered(tmp_path, python(JOIN, "final.txt", "part_0.txt", "part_1.txt"), "final.txt")
    assert await deliver(tmp_path, job) == "2 chunks merged by the job's own command, 20 frames"
    assert (tmp_path / "final.txt").read_text() == "01"


async def test_another_output_is_passed_on_where_the_command_names_its_own(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    command = python(JOIN, "./final.txt", "part_0.txt", "part_1.txt")
    await deliver(tmp_path, rendered(tmp_path, command, "final.txt", elsewhere))
    assert elsewhere.read_text() == "01"
    assert not (tmp_path / "final.txt").exists()


async def test_a_command_that_does_not_say_where(tmp_path: Path) -> None:
    job = rendered(tmp_path, python("open('surprise.txt','w').write('made')"))
    stale = job.output
    stale.write_text("from last week")
    os.utime(stale, (time.time() - 7 * 86400,) * 2)
    assert "does not say where, so the result was not verified" in await deliver(tmp_path, job)
    job = rendered(tmp_path, python("open('surprise.txt','w').write('made')"), asked=tmp_path / "asked.mp4")
    assert "and not in asked.mp4" in await deliver(tmp_path, job)


async def test_a_command_that_names_a_video_of_its_own(tmp_path: Path) -> None:
    job = rendered(tmp_path, python("import sys; open(sys.argv[2],'w').write('no video')", "-o", "own.mp4"))
    assert job.output == tmp_path / "own.mp4"
    assert (await deliver(tmp_path, job)).startswith("merged by the job's own command; own.mp4 ")
    asked = tmp_path / "asked.mp4"
    job = rendered(tmp_path, python("import sys; open(sys.argv[2],'w').write('x')", "-o", "own.mp4"), asked=asked)
    with pytest.raises(StitchError, match=r"reported success, but asked\.mp4"):
        await deliver(tmp_path, job)
    assert asked.read_text() == "x"


async def test_a_command_that_does_not_write_what_the_job_promises(tmp_path: Path) -> None:
    job = rendered(tmp_path, python("open('surprise.txt','w').write('made')"), "final.txt")
    for earlier in (None, "from last week"):
        if earlier:
            job.output.write_text(earlier)
        with pytest.raises(StitchError, match=r"reported success, but it did not write .*final\.txt"):
            await deliver(tmp_path, job)
    assert job.output.read_text() == "from last week"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import sys; open(sys.argv[1],'w').write('half'); sys.exit(4)", "final.txt"),
        ("import sys; open(sys.argv[1],'w').write('no video')", "final.mp4"),
        ("open('final.txt','w').write('half'); raise SystemExit(4)", ""),
        ("import sys; sys.exit(4)", "final.txt"),
    ],
)
async def test_an_earlier_video_is_there_again_after_a_merge_that_fails(code: str, name: str, tmp_path: Path) -> None:
    job = rendered(tmp_path, python(code, *([name] if name else [])), name or "final.txt")
    job.output.write_text("whole")
    with pytest.raises(StitchError):
        await deliver(tmp_path, job)
    assert job.output.read_text() == "whole"
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".kept")]


async def test_an_earlier_video_gives_way_to_a_good_one(tmp_path: Path) -> None:
    job = rendered(tmp_path, python(JOIN, "final.txt", "part_0.txt", "part_1.txt"), "final.txt")
    other = tmp_path / "same.txt"
    job.output.write_text("whole")
    os.link(job.output, other)
    await deliver(tmp_path, job)
    assert (job.output.read_text(), other.read_text()) == ("01", "whole")
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".kept")]


async def test_a_merge_that_fails(tmp_path: Path) -> None:
    job = rendered(tmp_path, python("import sys; print('no licence'); sys.exit(4)"))
    with pytest.raises(StitchError, match=r"merge command failed: .*no licence") as caught:
        await deliver(tmp_path, job)
    log = tmp_path / "logs" / job.id / "merge.log"
    assert str(log) in caught.value.hint
    assert "no licence" in log.read_text()


async def test_success_without_output(tmp_path: Path) -> None:
    job = rendered(tmp_path, python("pass", "final.txt"), "final.txt")
    with pytest.raises(StitchError, match=r"reported success, but final\.txt is missing"):
        await deliver(tmp_path, job)


async def test_success_with_the_wrong_frames(tmp_path: Path) -> None:
    job = rendered(tmp_path, python("import sys; open(sys.argv[1],'w').write('x')", "final.mp4"), "final.mp4")
    with pytest.raises(StitchError, match=r"reported success, but final\.mp4"):
        await deliver(tmp_path, job)


@pytest.mark.parametrize("command", ["no-such-merger a b", "merge 'a"])
async def test_commands_that_cannot_be_run(tmp_path: Path, command: str) -> None:
    with pytest.raises(HeliosError):
        await deliver(tmp_path, rendered(tmp_path, command))


async def test_it_runs_in_the_profiles_environment(tmp_path: Path) -> None:
    code = "import os; open('final.txt','w').write(os.environ['LICENCE'])"
    job = rendered(tmp_path, python(code, "final.txt"), "final.txt")
    await deliver(tmp_path, job, {"LICENCE": "studio"})
    assert (tmp_path / "final.txt").read_text() == "studio"


async def test_its_pwd_is_the_jobs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", "/")
    code = "import os; open('final.txt','w').write(os.environ['PWD'])"
    job = rendered(tmp_path, python(code, "final.txt"), "final.txt")
    await deliver(tmp_path, job)
    assert (tmp_path / "final.txt").read_text() == str(tmp_path)


async def test_cancelling_it_kills_its_whole_tree(tmp_path: Path) -> None:
    delivering = asyncio.create_task(deliver(tmp_path, rendered(tmp_path, python(HANGS))))
    await until(lambda: (tmp_path / "running").exists() and len(processes_in(tmp_path)) == 3)
    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivering
    assert processes_in(tmp_path) == []


async def test_what_it_leaves_running_is_ended(tmp_path: Path) -> None:
    await deliver(tmp_path, rendered(tmp_path, python(LEAVES_SOMETHING, "final.txt"), "final.txt"))
    assert processes_in(tmp_path) == []


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    job = rendered(tmp_path, None, asked=tmp_path / "part_0.txt" / "deep" / "out.txt")
    with pytest.raises(StitchError, match="cannot be made: Not a directory") as caught:
        await deliver(tmp_path, job)
    assert "Choose another output" in caught.value.hint


async def test_a_stitcher_that_makes_no_video_of_frames_says_so(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, sizes=(2,), outputFile="film.mp4")
    job = make_live_job("job", spec, JobExecutionOptions(job_dir=tmp_path))
    with pytest.raises(StitchError, match="no video of image sequences"):
        await deliver(tmp_path, job)
