"""The machine sleeps while a cloud renders: what is there when it wakes counts, and nothing is rendered twice."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.profiles.store import ProfileStore
from helios_gui.utils.folders import AppFolders
from tests.cloud.servers.cloud_run_instance import CloudRunService, Instance
from tests.support.cli import command, environment
from tests.support.waiting import wait_until
from tests.support.worker import frames_command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")

TIMEOUT = 10.0
"""Seconds. The worker keeps half of so short a time for the upload."""
VARIABLE, TOKEN = "HELIOS_RENDER_TOKEN", "canary-0123456789-token"


@pytest.fixture
def worker() -> Iterator[Instance]:
    instance = Instance(CloudRunService(environment={"K_SERVICE": "", "HELIOS_WORKER_TOKEN": TOKEN}))
    try:
        assert asyncio.run(instance.started()), instance.log
        yield instance
    finally:
        instance.dispose()


@pytest.mark.parametrize("fate", ["answers", "ends"])
def test_a_machine_that_sleeps_in_the_middle_of_a_chunk(tmp_path: Path, worker: Instance, fate: str) -> None:
    """The whole client is stopped for longer than a chunk may take.

    Where it ``ends`` meanwhile, its answer is lost, and only the result in storage tells of the chunk.
    """
    share, job, home = tmp_path / "share", tmp_path / "job", tmp_path / "home"
    job.mkdir()
    subprocess.run(shlex.split(frames_command(5, "source.mov")), cwd=job, check=True)
    profile = OwnWorkerProfile(
        name="farm",
        service_url=worker.url,
        storage_url=str(share),
        worker_token=f"env:{VARIABLE}",
        chunk_timeout=TIMEOUT,
    )
    ProfileStore(AppFolders.at(home).create().profiles).save([LocalProfile(name="Local"), profile], "Local")
    begun, go = tmp_path / "begun", tmp_path / "go"
    chunks = []
    for index in range(2):
        wait = f"echo {index} >> {begun}; while [ ! -e {go} ]; do sleep 0.02; done; "
        words = ["sh", "-c", f"{wait}cp source.mov part_{index}.mov"]
        part = {"id": index, "startFrame": 5 * index, "frameCount": 5, "outputFile": f"part_{index}.mov"}
        chunks.append({**part, "command": shlex.join(words)})
    spec = {"metadata": {"totalFrames": 10, "fps": 25, "width": 64, "height": 36}, "chunks": chunks}
    (job / "job.json").write_text(json.dumps({**spec, "outputFile": "film.mov"}))
    client = subprocess.Popen(
        command("render", job / "job.json", "--profile", "farm", "--trust"),
        env=environment(home, **{VARIABLE: TOKEN}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: begun.exists() or client.poll() is not None)
        asleep = [psutil.Process(client.pid), *psutil.Process(client.pid).children(recursive=True)]
        for process in asleep:
            process.send_signal(signal.SIGSTOP)
        wait_until(lambda: asleep[0].status() == psutil.STATUS_STOPPED)
        wake = time.monotonic() + 1.1 * TIMEOUT
        go.touch()
        wait_until(lambda: list(share.rglob("result.json")))
        if fate == "ends":
            worker.dispose()
        wait_until(lambda: time.monotonic() > wake)
        for process in reversed(asleep):
            process.send_signal(signal.SIGCONT)
        if fate == "ends":
            wait_until(lambda: (job / "part_0.mov").exists())
            client.terminate()
            said, complained = client.communicate(timeout=60)
            assert begun.read_text().split() == ["0"], said + complained
            return
        said, complained = client.communicate(timeout=60)
        assert client.returncode == 0, said + complained
        assert begun.read_text().split() == ["0", "1"], said + complained
        assert (job / "film.mov").exists()
    finally:
        client.kill()
        client.communicate()
