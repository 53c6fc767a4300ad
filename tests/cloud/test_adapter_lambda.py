"""The Lambda adapter with the real worker in real sandboxes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.types import FailureKind
from tests.cloud.adapter_bench import QUICK, eventually, lambda_settings, lambda_shop, slow
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer, corrupt, drop, refuse
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.storage_bench import write_aws_profile


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:
    """The worker as a function, and credentials to call it with."""
    with lambda_front(LambdaFunction(timeout=30)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


@pytest.fixture
def storage(tmp_path: Path) -> str:
    """A folder as storage, which function and adapter share."""
    return (tmp_path / "storage").as_uri()


async def test_renders(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    async with lambda_shop(tmp_path / "job", lambda_settings(front, storage)) as shop:
        await shop.prepare(QUICK, QUICK)
        results = await asyncio.gather(shop.execute(0), shop.execute(1))
        assert [result.ok for result in results] == [True, True], results
        assert (shop.made(0), shop.made(1)) == ("made\n", "made\n")
        assert shop.log(1) == "made 1\n"
        assert results[0].tail == ("made 0",)
        assert results[0].duration > 0
    assert sorted(shop.runs) == ["0", "1"]
    assert front.counts["invocations"] == 2
