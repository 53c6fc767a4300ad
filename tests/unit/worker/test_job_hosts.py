"""Which addresses a worker may be sent to for a job."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from helios_gui.types import StorageError, UserInputError
from helios_gui.worker.job_hosts import JobHosts

NAMES = {
    "studio.example": "93.184.215.14",
    "farm.example": "10.0.0.7",
    "evil.example": "169.254.169.254",
    "mapped.example": "::ffff:169.254.169.254",
    "azure.example": "168.63.129.16",
    "aws.example": "fd00:ec2::254",
    "alibaba.example": "100.100.100.200",
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What names stand for; addresses stand for themselves."""
    real = socket.getaddrinfo

    def look_up(host: str, *more: Any, **still_more: Any) -> Any:
        if host.endswith(".example") and host not in NAMES:
            raise socket.gaierror("no such host")
        return real(NAMES.get(host, host), *more, **still_more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("*", "https://studio.example/job.json"),
        ("*", "https://[64:ff9b::93.184.215.14]/job.json"),
        ("*", "https://[2606:2800:21f::1]/job.json"),
        ("studio.example", "https://studio.example/job.json"),
        ("Studio.Example:443", "https://studio.example./job.json"),
        ("farm.example", "http://farm.example:8000/job.json"),
        ("farm.example:8000", "http://farm.example:8000/job.json"),
        ("10.0.0.7", "http://10.0.0.7/job.json"),
        ("[::1]:8000, 10.0.0.8", "http://[::1]:8000/job.json"),
        ("169.254.169.254", "http://169.254.169.254/job.json"),
    ],
)
async def test_what_is_let_in(allowed: str, url: str) -> None:
    assert await JobHosts.parse(allowed).addresses(url)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("", "https://studio.example/job.json"),
        ("other.example", "https://studio.example/job.json"),
        ("studio.example:8443", "https://studio.example/job.json"),
        ("*", "http://farm.example/job.json"),
        ("*", "http://10.0.0.7/job.json"),
        ("*", "http://127.0.0.1/job.json"),
        ("*", "http://[::1]/job.json"),
        ("*", "http://2130706433/job.json"),
        ("*", "http://0x7f.1/job.json"),
        ("*", "http://evil.example/job.json"),
        ("*", "http://[64:ff9b::a9fe:a9fe]/latest/meta-data"),
        ("*", "http://[2002:a9fe:a9fe::]/latest/meta-data"),
        ("*", "http://[64:ff9b::10.0.0.7]/job.json"),
        ("*", "http://[64:ff9b:1::10.0.0.7]/job.json"),
        ("*", "http://[fec0::1]/job.json"),
        ("*", "http://168.63.129.16/?comp=versions"),
        ("azure.example", "http://azure.example/?comp=versions"),
        ("aws.example", "http://aws.example/latest/meta-data"),
        ("alibaba.example", "http://alibaba.example/latest/meta-data"),
        ("evil.example, mapped.example", "http://evil.example/latest/meta-data"),
        ("evil.example, mapped.example", "http://mapped.example/latest/meta-data"),
        ("*", "http://user:secret@studio.example/job.json"),
        ("*", "http:///job.json"),
        ("*", "http://studio.example:port/job.json"),
    ],
)
async def test_what_is_kept_out(allowed: str, url: str) -> None:
    with pytest.raises(UserInputError) as caught:
        await JobHosts.parse(allowed).addresses(url)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


async def test_a_host_that_is_not_there() -> None:
    with pytest.raises(StorageError, match=r"no host gone\.example"):
        await JobHosts.parse("*").addresses("https://gone.example/job.json")
