"""Programs that help for a while end with what they started."""

from __future__ import annotations

import asyncio
import sys

import psutil

from helios_gui.process.helper_programs import end_helper
from tests.support.waiting import PATIENCE, eventually

_WRAPPER = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"])
"""


async def _start(code: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)  # some containers never clear those away
    except psutil.NoSuchProcess:
        return False


async def test_a_wrapper_ends_with_the_program_that_has_its_pipes() -> None:
    process = await _start(_WRAPPER)
    assert process.stdout is not None
    wrapped = psutil.Process(int(await process.stdout.readline()))
    async with asyncio.timeout(PATIENCE):
        await end_helper(process)
    assert process.returncode
    await eventually(lambda: not _lives(wrapped))


async def test_what_has_ended_keeps_its_exit_code() -> None:
    process = await _start("raise SystemExit(3)")
    await process.communicate()
    await end_helper(process)
    assert process.returncode == 3
