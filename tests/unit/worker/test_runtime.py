"""A worker's attempts with real processes, in a folder as artifact storage."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

import helios_gui
from helios_gui import __version__
from helios_gui.types import FailureKind, StallAction, WorkerRequest
from helios_gui.worker.worker_responses import result_body
from tests.support.browsers import require_browser
from tests.support.worker import SLOW, Farm, frames_command, leftovers, renderers_below, rendering, worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


async def test_renders_verifies_and_reports(farm: Farm, root: Path) -> None:
    await farm.put_job([frames_command(10, "out-0.mov"), frames_command(10, "out-1.mov")], output="out-{}.mov")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request(1))
    assert (result.exit_code, result.failure, result.message) == (0, None, "")
    assert (result.attempt_id, result.chunk_id, result.frames_done) == ("a1", 1, 10)
    assert result.worker_version == __version__
    assert result.cold_start
    assert result.started_at is not None
    assert result.finished_at is not None
    assert result.finished_at >= result.started_at
    assert result.artifact is not None
    assert result.artifact.url == f"{farm.url}/jobs/job-1/attempts/a1/output/out-1.mov"
    assert result.artifact.frames == 10
    async with farm.storage() as storage:
        stored = await storage.head(farm.key("a1/output/out-1.mov"))
    assert stored is not None
    assert (stored.size, stored.sha256) == (result.artifact.size, result.artifact.sha256)
    assert await farm.result() == result
    assert leftovers(root) == []


async def test_leaves_the_full_log(farm: Farm, root: Path) -> None:
    await farm.put_job(["sh -c 'seq 1 5000; echo made > out-0.txt'"])
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is None, result.message
    assert result.log_url == f"{farm.url}/jobs/job-1/attempts/a1/log.txt"
    assert (await farm.read("a1/log.txt")).splitlines() == [b"%d" % number for number in range(1, 5001)]
    assert result.output.splitlines()[-1] == "5000"
    assert len(result.output.splitlines()) == 100
    assert result.whole_log is False


async def test_a_renderer_that_hangs_is_ended_where_the_caller_wants_that(farm: Farm, root: Path) -> None:
    await farm.put_job(["sh -c 'echo begun; sleep 60' out-0.txt"])
    async with worker(root, farm) as runtime:
        request = farm.request().model_copy(update={"stall_action": StallAction.KILL, "stall_after": 0.5})
        result = await runtime.handle(request)
        assert renderers_below(root) == []
    assert result.failure is FailureKind.TRANSIENT
    assert "stalled" in result.message


async def test_what_a_renderer_left_in_the_background_is_ended_with_its_attempt(farm: Farm, root: Path) -> None:
    await farm.put_job(["sh -c '(env -i setsid sleep 60 < /dev/null > /dev/null 2>&1 &); echo made > out-0.txt'"])
    async with worker(root, farm) as runtime:
        assert (await runtime.handle(farm.request())).failure is None
        assert renderers_below(root) == []


@pytest.mark.parametrize(
    ("printed", "whole"),
    [
        ("seq 1 100", True),
        ("seq 1 101", False),
        ("printf 'frame=1\\\\rframe=2\\\\rno end'", True),
        ("true", True),
        ("printf '\\\\033[31mred\\\\033[0m\\\\n'", False),
        ("printf 'not \\\\377 UTF-8\\\\n'", False),
        ("head -c 9000 /dev/zero", True),
        ("head -c 20000 /dev/zero", False),
    ],
)
async def test_says_whether_the_answer_holds_the_whole_log(farm: Farm, root: Path, printed: str, whole: bool) -> None:
    await farm.put_job([f'sh -c "{printed}; echo made > out-0.txt"'])
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is None, result.message
    assert result.whole_log is whole
    lines = (await farm.read("a1/log.txt")).decode("utf-8", "replace").splitlines()
    assert (result.output.splitlines() == lines) >= whole
    assert "wholeLog" not in result_body(result, limit=100), "it had to be cut"


async def test_the_asset_bundle_is_there_and_fetched_once(farm: Farm, root: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    (assets / "scene").mkdir(parents=True)
    (assets / "scene/words.txt").write_text("hello")
    (assets / "render.sh").write_text("cat scene/words.txt > $1\n")
    await farm.put_job(["sh render.sh out-0.txt"], folder=assets)
    async with worker(root, farm) as runtime:
        assert (await runtime.handle(farm.request())).failure is None
        async with farm.storage() as storage:
            await storage.delete([found.key for found in await storage.list("blobs/")])
        assert (await runtime.handle(farm.request(attempt="a2"))).failure is None
    assert await farm.read("a2/output/out-0.txt") == b"hello"


async def test_the_cache_is_bounded(farm: Farm, root: Path, tmp_path: Path) -> None:
    for number in range(3):
        assets = tmp_path / f"assets-{number}"
        assets.mkdir()
        (assets / "data.bin").write_bytes(os.urandom(40_000))
        job = Farm(farm.url, job_id=f"job-{number}")
        await job.put_job(["cp data.bin out-0.txt"], folder=assets)
        async with worker(root, farm, cache_bytes=100_000) as runtime:
            result = await runtime.handle(job.request())
        assert result.failure is None, result.message
    assert len(list((root / "blobs").glob("??/*"))) == 2


async def test_a_damaged_bundle(farm: Farm, root: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "scene.txt").write_text("hello")
    await farm.put_job(["cp scene.txt out-0.txt"], folder=assets)
    (blob,) = (tmp_path / "farm/blobs").glob("??/*")
    blob.write_text("jello")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is not None
    assert "SHA-256" in result.message
    assert await farm.result() == result


async def test_a_bundle_that_leads_out_of_the_folder(farm: Farm, root: Path, tmp_path: Path) -> None:
    manifest = {"version": 1, "files": [{"path": "../../evil.txt", "size": 1, "sha256": "0" * 64}]}
    await farm.put_job(["true"], assetsUrl=f"{farm.url}/jobs/job-1/manifest.json")
    async with farm.storage() as storage:
        await storage.upload("jobs/job-1/manifest.json", json.dumps(manifest).encode())
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is FailureKind.FATAL
    assert "../../evil.txt" in result.message
    assert not list(tmp_path.rglob("evil.txt"))


async def test_a_repeated_request_renders_nothing(farm: Farm, root: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    await farm.put_job([f"sh -c 'echo x >> {count}; echo made > out-0.txt'"])
    async with worker(root, farm) as runtime:
        first = await runtime.handle(farm.request())
        assert await runtime.handle(farm.request()) == first
    async with worker(tmp_path / "another", farm) as runtime:
        assert await runtime.handle(farm.request()) == first
    assert count.read_text() == "x\n"


async def test_two_workers_race_for_one_attempt(farm: Farm, root: Path, tmp_path: Path) -> None:
    script = "while [ $(ls {0} | wc -l) -lt 2 ]; do echo > {0}/$$; sleep 0.02; done; echo $$ > out-0.txt"
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    await farm.put_job([f"sh -c '{script.format(meeting)}'"])
    async with worker(root, farm) as one, worker(tmp_path / "another", farm) as other:
        first, second = await asyncio.gather(one.handle(farm.request()), other.handle(farm.request()))
    assert first.failure is None, first.message
    assert first == second == await farm.result()
    assert first.artifact is not None
    assert len(list(meeting.iterdir())) == 2, "both have rendered"
    assert len(await farm.keys()) == 3


async def test_what_is_in_the_place_of_the_output_must_be_vouched_for(farm: Farm, root: Path) -> None:
    await farm.put_job([frames_command(10, "out-0.mov")], output="out-{}.mov")
    await farm.write("a1/output/out-0.mov", b"something else")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is FailureKind.FATAL
    assert "was not made by this chunk" in result.message


async def test_outputs_outside_the_jobs_folder_stay_with_the_attempt(farm: Farm, root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "films" / "out-0.txt"
    for name in ("../out/out-{}.txt", f"{elsewhere.parent}/out-{{}}.txt"):
        output = name.format(0)
        await farm.put_job([f"sh -c 'echo made > $0' {output}"], output=name)
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(attempt=f"a{len(output)}"))
        assert result.failure is None, result.message
        assert result.artifact is not None
        assert result.artifact.url.endswith("/output/out-0.txt")
    await farm.put_job(["sh -c 'echo made > ../out/out-0.txt'"], output="../out/out-{}.txt")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request(attempt="a1"))
    assert result.failure is FailureKind.FATAL
    assert "lies outside the job's folder" in result.message
    assert not elsewhere.parent.exists()


@pytest.mark.parametrize("with_attempt", [True, False])
async def test_chunks_are_asked_for_by_their_id(farm: Farm, root: Path, with_attempt: bool) -> None:
    """As with the original, whether or not the caller knows of attempts; here ids and places differ."""
    await farm.put_job(["sh -c 'echo $HELIOS_CHUNK_ID > $0' out-0.txt", "sh -c 'echo $HELIOS_CHUNK_ID > $0' out-1.txt"])
    async with farm.storage() as storage:
        spec = json.loads(await storage.read("jobs/job-1/job.json"))
        spec["chunks"][0]["id"], spec["chunks"][1]["id"] = 1, 0
        await storage.upload("jobs/job-1/job.json", json.dumps(spec).encode())
    request = farm.request(1) if with_attempt else WorkerRequest(job_path=farm.job_url, chunk_index=1)
    async with worker(root, farm) as runtime:
        result = await runtime.handle(request)
    assert result.failure is None, result.message
    assert result.chunk_id == 1
    assert result.artifact is not None
    assert result.artifact.url.endswith("/output/out-0.txt")


async def test_callers_who_know_only_job_and_chunk(farm: Farm, root: Path) -> None:
    await farm.put_job(["cp /dev/null x", "sh -c 'echo $HELIOS_CHUNK_ID > out-1.txt'"])
    request = WorkerRequest(job_path=farm.job_url, chunk_index=1)
    async with worker(root, farm) as runtime:
        result = await runtime.handle(request)
        assert result.failure is None, result.message
        assert (await runtime.handle(request)).failure is None, "it may be rendered again"
        missing = await runtime.handle(WorkerRequest(job_path=farm.job_url, chunk_index=2))
    assert result.artifact is not None
    assert result.artifact.url == f"{farm.url}/jobs/job-1/output/out-1.txt"
    async with farm.storage() as storage:
        assert await storage.read("jobs/job-1/output/out-1.txt") == b"1\n"
    assert await farm.keys() == []
    assert missing.message == "The job has no chunk with the id 2."


async def test_what_a_crashed_worker_left_is_cleared(farm: Farm, root: Path) -> None:
    """The first worker is killed in the middle of a render; the next one finds its folder and its renderers."""
    await farm.put_job([SLOW, "cp /dev/null out-1.txt"])
    script = """
import asyncio, sys
from pathlib import Path
from tests.support.browsers import require_browser
from tests.support.worker import Farm, worker
async def main():
    farm = Farm(sys.argv[1])
    async with worker(Path(sys.argv[2]), farm) as runtime:
        await runtime.handle(farm.request())
asyncio.run(main())
"""
    host = await asyncio.create_subprocess_exec(sys.executable, "-c", script, farm.url, str(root))
    await rendering(root)
    host.kill()
    await host.wait()
    assert renderers_below(root)
    assert len(leftovers(root)) == 1
    async with worker(root, farm) as runtime:
        await runtime.handle(farm.request(1, attempt="b2"))
        assert renderers_below(root) == []
        assert leftovers(root) == []


async def test_a_command_of_ours_runs_this_installation(
    farm: Farm, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    await farm.put_job(["helios-gui web gone.html -o out-0.mov"])
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.exit_code == 2
    assert '"helios-gui"' in result.message
    assert "There is no page gone.html" in result.message


@pytest.mark.parametrize(
    ("command", "variable", "words"),
    [
        ("web index.html", "HELIOS_BROWSER", "There is no browser at /no/program. Correct HELIOS_BROWSER."),
        ("blend film.blend", "HELIOS_BLENDER", "There is no Blender at /no/program. Correct HELIOS_BLENDER."),
    ],
)
async def test_what_there_is_no_program_for_is_refused_for_good(
    farm: Farm, root: Path, command: str, variable: str, words: str
) -> None:
    await farm.put_job([f"helios-gui {command} -o out-0.mp4"], output="out-{}.mp4")
    async with worker(root, farm, environment={**os.environ, variable: "/no/program"}) as runtime:
        result = await runtime.handle(farm.request())
    assert (result.failure, result.message) == (FailureKind.FATAL, words)
    assert leftovers(root) == []


async def test_what_can_be_rendered_is_found_out_by_trying(farm: Farm, root: Path) -> None:
    require_browser()
    async with worker(root, farm) as runtime:
        found = await runtime.capabilities()
        assert found is not None
        assert found.browser
        assert found.browser_problem == ""
        assert {"libx264", "png"} <= set(found.encoders)
        assert await runtime.capabilities() is found
    assert leftovers(root) == []
    async with worker(root, farm, environment={**os.environ, "HELIOS_BROWSER": "/bin/true"}) as runtime:
        found = await runtime.capabilities()
    assert found is not None
    assert "/bin/true ended, with exit code 0." in found.browser_problem
