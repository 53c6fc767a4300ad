"""A client of ``bench_cloud_flight``, a program of its own: the app's window and event loop, and what flies in them.

``run`` with the arguments WHO FOLDER URL BUCKET KEY, where WHO is ``engine`` or ``bare``, reads lines: ``idle`` or
``fly``. It answers each with what was measured meanwhile, as a line of JSON. URL is where service and storage are, KEY
the file of the service account's key.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.app import SWITCH_INTERVAL, THREADS
from helios_gui.engine import Engine, open_engine
from helios_gui.pools import check_connection, load_workers
from helios_gui.process.malloc_tuning import tune_malloc
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobExecutionOptions, JobMetadata, JobSpec, JobState, RenderChunk
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.qt_runtime.collector import WindowThreadCollector
from helios_gui.ui.qt_runtime.event_loop import make_loop
from helios_gui.ui.theme import theme
from helios_gui.utils.folders import AppFolders

CHUNKS = 500
FRAMES = 30
IDLE = 2.0
PROBE_MS = 1
MEMORY_PROBE = 0.05

Flight = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Cloud:
    """Where to fly."""

    url: str
    bucket: str
    key: str


class Lag(QObject):
    """A Qt timer of a millisecond on the window's thread: how late it is, and how much the thread works meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self.worked: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PROBE_MS)
        self._timer.timeout.connect(self._look)
        self._begin()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _begin(self) -> None:
        self._before, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()

    def _look(self) -> None:
        self.late.append((time.perf_counter() - self._before) * 1000 - PROBE_MS)
        self.worked.append((time.thread_time() - self._worked) * 1000)
        self._begin()


class PeakMemory:
    """The largest resident set of this process while the block runs; bytes."""

    def __enter__(self) -> PeakMemory:
        self.bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.bytes = max(self.bytes, process.memory_info().rss)
            if self._done.wait(MEMORY_PROBE):
                return


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


async def measured(work: Awaitable[None]) -> dict[str, float]:
    """What it took: seconds, milliseconds, megabytes."""
    lag = Lag()
    started, thread, process = time.perf_counter(), time.thread_time(), time.process_time()
    with PeakMemory() as memory:
        await work
    wall = time.perf_counter() - started
    lag.stop()
    return {
        "wall": wall,
        "thread": time.thread_time() - thread,
        "process": time.process_time() - process,
        "lag": p99(lag.late),
        "longest lag": max(lag.late),
        "work": p99(lag.worked),
        "longest work": max(lag.worked),
        "memory": memory.bytes / 1e6,
    }


def make_job(folder: Path, number: int) -> JobSpec:
    folder.mkdir()
    chunks = tuple(
        RenderChunk(
            id=index,
            start_frame=index * FRAMES,
            frame_count=FRAMES,
            output_file=f"part_{index}.mp4",
            command=f"ffmpeg -f lavfi -i testsrc2 -frames:v {FRAMES} part_{index}.mp4",
        )
        for index in range(CHUNKS)
    )
    metadata = JobMetadata(total_frames=CHUNKS * FRAMES, fps=30, width=320, height=180)
    return JobSpec(name=f"Flight {number}", metadata=metadata, chunks=chunks)


def engine_flight(engine: Engine, window: MainWindow, folder: Path) -> Flight:
    """A job from its submission to its completion, with the window showing it."""

    async def fly(number: int) -> None:
        job_dir = folder / f"job{number}"
        spec = make_job(job_dir, number)
        options = JobExecutionOptions(job_dir=job_dir, profile="cloud", merge=False)
        job_id = await engine.manager.submit_job(spec, options)
        window.queue.select(job_id)
        summary = await engine.manager.wait_job(job_id)
        assert summary.state is JobState.COMPLETED, summary

    return fly


@asynccontextmanager
async def bare_flight(cloud: Cloud, folder: Path) -> AsyncIterator[Flight]:
    """The requests of such a job, sent by aiohttp and nothing else."""
    import aiohttp  # the other client loads it as the app does

    from helios_gui.net.google_auth import CredentialsSource, GoogleAuth

    source = CredentialsSource(service_account_key=cloud.key)
    caller = {"Authorization": f"Bearer {await GoogleAuth(source, cloud.url).token()}"}
    reader = {"Authorization": f"Bearer {await GoogleAuth(source).token()}"}

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def fetch(location: str, target: Path) -> None:
            name = quote(location.removeprefix(f"gs://{cloud.bucket}/"), safe="")
            address = f"{cloud.url}/storage/v1/b/{cloud.bucket}/o/{name}?alt=media"
            async with session.get(address, headers=reader) as answer:
                target.write_bytes(await answer.read())

        async def one(home: Path, index: int) -> None:
            name = f"{home.name}.{index}.1"
            prefix = f"gs://{cloud.bucket}/helios/jobs/{home.name}"
            asked = {
                "jobPath": f"{prefix}/job.json",
                "chunkIndex": index,
                "attemptId": name,
                "attemptUrl": f"{prefix}/attempts/{name}",
            }
            async with session.post(f"{cloud.url}/", json=asked, headers=caller) as answer:
                made = json.loads(await answer.read())
            await fetch(made["artifact"]["url"], home / f"part_{index}.mp4")
            (home / f"{index}.log").write_text(made["stdout"])

        async def fly(number: int) -> None:
            home = folder / f"bare{number}"
            home.mkdir()
            await asyncio.gather(*(one(home, index) for index in range(CHUNKS)))

        yield fly


async def obey(fly: Flight) -> None:
    """Do what standard input says until it ends."""
    number = 0
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        number += 1
        print(json.dumps(await measured(fly(number) if word == "fly" else asyncio.sleep(IDLE))), flush=True)


async def main(who: str, folder: Path, cloud: Cloud, collector: WindowThreadCollector) -> None:
    """The app's own ``main``, but for who gives the orders."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="helios"))
    folders = AppFolders.at(folder / who).create()
    profile = CloudRunProfile(
        name="cloud",
        service_url=cloud.url,
        storage_url=f"gs://{cloud.bucket}/helios",
        service_account_key=cloud.key,
        concurrency=CHUNKS,
        gcs_endpoint=cloud.url,
        retention="keep",
    )
    ProfileStore(folders.profiles).save((LocalProfile(name="Local"), profile), "Local")
    async with open_engine(folders) as engine:
        window = MainWindow(engine, lambda profile: check_connection(profile))
        window.frame.show()
        await asyncio.to_thread(load_workers, engine.profiles.profiles())  # as the app has, a second after its start
        collector.settle()
        if who == "engine":
            await obey(engine_flight(engine, window, folder))
        else:
            async with bare_flight(cloud, folder) as fly:
                await obey(fly)
        window.closed.set()
        await window.shut_down()
        window.frame.deleteLater()


def run() -> None:
    """Open the window and fly."""
    app = QApplication([])
    tune_malloc()
    sys.setswitchinterval(SWITCH_INTERVAL)
    app.setQuitOnLastWindowClosed(False)
    theme().apply(app, "dark")
    collector = WindowThreadCollector(app)
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        runner.run(main(sys.argv[1], Path(sys.argv[2]), Cloud(*sys.argv[3:]), collector))
    collector.stop()
