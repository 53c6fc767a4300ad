"""Each chunk sees a graphics card of its own, and its attempt says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.adapters.local.gpus import GpuSlots
from helios_gui.types import ExecutionPolicy, JobState
from tests.support.jobs import contents, job_in, open_manager, render, text_job

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
