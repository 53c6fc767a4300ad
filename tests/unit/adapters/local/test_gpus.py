"""Each chunk sees a graphics card of its own, and its attempt says which."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.adapters.local.gpus import GpuSlots
from helios_gui.types import ExecutionPolicy, JobState
from tests.support.jobs import contents, job_in, open_manager, render, text_job
from tests.support.waiting import eventually

# Writes what it sees of the cards, and ends when another chunk, which runs beside it, has done so, too.
SEEN = """
import glob, os, sys, time
seen = [os.environ.get(name, '') for name in ('CUDA_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER')]
open('seen-' + sys.argv[2], 'w').write(seen[0])
end = time.time() + 60
while len(glob.glob('seen-*')) < 2 and time.time() < end: time.sleep(.01)
open(sys.argv[1], 'w').write(' '.join(seen))
"""


async def test_two_chunks_at_a_time_see_a_card_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
    adapter = LocalAdapter(gpus=("0", "2"))
    spec = text_job(4, SEEN)
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2), adapter=adapter) as manager:
        job_id = await render(manager, spec, tmp_path / "work")
        assert job_in(manager, job_id).state is JobState.COMPLETED
        workers = {attempt.chunk_id: attempt.worker for attempt in await manager.attempts(job_id)}
    seen = [words.split() for words in contents(tmp_path / "work", spec)]
    assert {cuda for cuda, _, _ in seen[:2]} == {"0", "2"}
    for place, (cuda, hip, order) in enumerate(seen):
        assert (hip, order) == (cuda, "PCI_BUS_ID")
        assert workers[place] == f"GPU {cuda}"
    async with open_manager(tmp_path) as manager:  # the journal remembers it
        assert {attempt.worker for attempt in await manager.attempts(job_id)} == {"GPU 0", "GPU 2"}


async def test_without_names_each_chunk_sees_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    monkeypatch.delenv("HIP_VISIBLE_DEVICES", raising=False)
    code = SEEN.replace("< 2 and", "< 1 and")
    async with open_manager(tmp_path, adapter=LocalAdapter()) as manager:
        job_id = await render(manager, text_job(1, code), tmp_path / "work")
        assert [attempt.worker for attempt in await manager.attempts(job_id)] == [""]
    assert contents(tmp_path / "work", text_job(1))[0].split()[0] == "0,1,2"


def test_more_chunks_than_cards_share_them_evenly() -> None:
    slots = GpuSlots(("0", "1"))
    with slots.take() as first, slots.take() as second, slots.take() as third:
        assert {first, second} == {"0", "1"}
        with slots.take() as fourth:
            assert {third, fourth} == {"0", "1"}
    with slots.take() as again, slots.take() as other:
        assert {again, other} == {"0", "1"}


def test_two_profiles_with_the_same_cards_take_another_one_each() -> None:
    with GpuSlots(("0", "1")).take() as first, GpuSlots(("0", "1")).take() as second:
        assert (first, second) == ("0", "1")


async def test_chunks_of_two_jobs_see_a_card_each(tmp_path: Path) -> None:
    code = SEEN.replace("'seen-*'", "'../seen-*'").replace("'seen-' + sys.argv[2]", "'../seen-' + os.getcwd()[-1]")
    adapter = LocalAdapter(gpus=("0", "1"))
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2), adapter=adapter) as manager:
        jobs = await asyncio.gather(*(render(manager, text_job(1, code), tmp_path / name) for name in "ab"))
        workers = [attempt.worker for job_id in jobs for attempt in await manager.attempts(job_id)]
    assert sorted(workers) == ["GPU 0", "GPU 1"]


async def test_a_card_is_free_again_for_a_retry_and_after_a_job_was_stopped(tmp_path: Path) -> None:
    """A chunk fails, is cancelled while it is tried again, and completes when the job is resumed."""
    waits = (
        "import os, sys, time\n"
        "tries = len([name for name in os.listdir() if name.startswith('try-')])\n"
        "open(f'try-{tries}', 'w').close()\n"
        "if tries == 0: sys.exit(3)\n"
        "while tries == 1: time.sleep(.01)\n"
        "open(sys.argv[1], 'w').write(os.environ['CUDA_VISIBLE_DEVICES'])\n"
    )
    policy = ExecutionPolicy(concurrency=1, retries=1, retry_delay=0.01)
    folder = tmp_path / "work"
    async with open_manager(tmp_path, policy, adapter=LocalAdapter(gpus=("0", "1"))) as manager:
        rendering = asyncio.create_task(render(manager, text_job(2, waits), folder))
        await eventually((folder / "try-1").exists)
        [job] = manager.list_jobs()
        await manager.cancel_job(job.id)
        await rendering
        await manager.resume_job(job.id)
        await manager.wait_job(job.id)
        assert job_in(manager, job.id).state is JobState.COMPLETED
        attempts = await manager.attempts(job.id)
    assert len(attempts) == 4
    assert {attempt.worker for attempt in attempts} == {"GPU 0"}, "the first card is free whenever one is taken"
    assert set(contents(folder, text_job(2))) == {"0"}
