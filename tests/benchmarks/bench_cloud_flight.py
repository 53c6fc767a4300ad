"""500 chunks of a second in flight at once from one adapter, beside the same requests sent bare.

Run it by name: ``pytest -s tests/benchmarks/bench_cloud_flight.py``. The function runs in a process of its own. Its
calls cost it (and this machine) time, too: what is asserted is what the adapter adds to bare requests, signed
beforehand and sent by plain aiohttp, whose outputs are copied; and how much time the event loop's thread spends
between two turns of others, which other programs on the machine have no part in.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helios_gui.adapters.aws_lambda import AwsLambdaSettings
from tests.cloud.adapter_bench import QUICK, open_shop
from tests.cloud.servers.lambda_front import CALLER
from tests.cloud.servers.lambda_function import ROOT
from tests.cloud.storage_bench import write_aws_profile

CHUNKS = 500
SECONDS = 1.0
ROUNDS = 5
PROBE = 0.001
WALL_CEILING = 1.5
LAG_CEILING_MS = 16.0
MEMORY_CEILING_MB = 200

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(900)]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Where the function is."""
    command = [sys.executable, "-m", "tests.cloud.servers.flight_server", str(tmp_path / "storage"), str(SECONDS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate()


def signed_requests(url: str, storage: str, prefix: str) -> list[tuple[dict[str, str], bytes]]:
    signer = SigV4Auth(Credentials(CALLER.access_key, CALLER.secret_key), "lambda", "eu-central-1")
    made = []
    for index in range(CHUNKS):
        name = f"{prefix}.{index}.1"
        event = {"jobPath": "x", "attemptId": name, "attemptUrl": f"{storage}/jobs/{prefix}/attempts/{name}"}
        request = AWSRequest("POST", url, data=json.dumps(event).encode())
        signer.add_auth(request)
        made.append((dict(request.headers.items()), request.data))
    return made


@dataclass
class Lags:
    """How late a 1 ms sleep came back, and how much the loop's thread worked meanwhile; milliseconds."""

    late: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)


async def measured(work: Callable[[], Awaitable[None]], lags: Lags) -> float:
    """Seconds it took."""

    async def probe() -> None:
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PROBE)
            lags.late.append((time.perf_counter() - before - PROBE) * 1000)
            lags.worked.append((time.thread_time() - worked) * 1000)

    probing = asyncio.create_task(probe())
    started = time.perf_counter()
    await work()
    wall = time.perf_counter() - started
    probing.cancel()
    await asyncio.gather(probing, return_exceptions=True)
    return wall


def rounded(values: list[float]) -> list[float]:
    return [round(value, 2) for value in sorted(values)]


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


async def test_flight(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_aws_profile(tmp_path, CALLER, monkeypatch)
    storage = (tmp_path / "storage").as_uri()
    settings = AwsLambdaSettings(
        function="helios-worker",
        storage_url=storage,
        region="eu-central-1",
        aws_profile="studio",
        concurrency=CHUNKS,
        lambda_endpoint_url=url,
    )
    address = f"{url}/2015-03-31/functions/helios-worker/invocations"

    outputs = tmp_path / "outputs"
    outputs.mkdir()

    async def bare(prefix: str) -> None:
        requests = signed_requests(address, storage, prefix)

        async def send() -> None:
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as session:

                async def one(headers: dict[str, str], body: bytes) -> None:
                    async with session.post(address, data=body, headers=headers) as answer:
                        made = json.loads(json.loads(await answer.read())["body"])
                    source = Path(made["artifact"]["url"].removeprefix("file://"))
                    await asyncio.to_thread(shutil.copyfile, source, outputs / made["attemptId"])

                await asyncio.gather(*(one(headers, body) for headers, body in requests))

        bares.append(await measured(send, bare_lags))

    bares: list[float] = []
    ours: list[float] = []
    lags, bare_lags = Lags(), Lags()
    process = psutil.Process()
    async with open_shop(tmp_path / "job", settings) as shop:
        await shop.prepare(*[QUICK] * CHUNKS)
        assert (await shop.execute(0, number=99)).ok  # the client and its credentials are there
        before = process.memory_info().rss
        most = before

        async def all_of_them(number: int) -> None:
            nonlocal most
            jobs = [shop.job(index, number) for index in range(CHUNKS)]

            async def fly() -> None:
                results = await asyncio.gather(*(shop.adapter.execute(job) for job in jobs))
                assert all(result.ok for result in results)

            ours.append(await measured(fly, lags))
            most = max(most, process.memory_info().rss)

        for round_number in range(1, ROUNDS + 1):
            await bare(f"bare{round_number}")
            await all_of_them(round_number)
    added = min(ours) - (min(bares) - SECONDS)
    print(f"\n{CHUNKS} chunks × {SECONDS:g} s: bare {rounded(bares)} s, adapter {rounded(ours)} s")
    print(f"best without the bare overhead: {added / SECONDS:.2f} × the ideal")
    print(f"loop late p99: adapter {p99(lags.late):.1f} ms, bare {p99(bare_lags.late):.1f} ms")
    print(f"loop's own work p99: adapter {p99(lags.worked):.1f} ms, bare {p99(bare_lags.worked):.1f} ms")
    print(f"memory {most / 1e6:.0f} MB, {(most - before) / 1e6:.0f} MB more than before")
    assert added < WALL_CEILING * SECONDS
    assert p99(lags.worked) < LAG_CEILING_MS
    assert most < MEMORY_CEILING_MB * 1e6
