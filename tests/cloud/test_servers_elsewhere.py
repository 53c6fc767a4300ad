"""Servers in a process of their own."""

from __future__ import annotations

import subprocess

import boto3
import httpx
import psutil
import pytest
from botocore.config import Config

from tests.cloud.servers.elsewhere import served_elsewhere
from tests.cloud.servers.lambda_front import CALLER


def test_serves_in_another_process_until_the_block_ends() -> None:
    before = set(psutil.Process().children())  # servers that live as long as the session
    with served_elsewhere("tests.cloud.servers.lambda_load:waiting_front", "0.1", "5") as url:
        assert len(set(psutil.Process().children()) - before) == 1
        session = boto3.Session(CALLER.access_key, CALLER.secret_key, region_name="eu-central-1")
        client = session.client("lambda", endpoint_url=url, config=Config(proxies={}))
        answer = client.invoke(FunctionName="helios-worker", Payload=b"{}")
        assert b"exitCode" in answer["Payload"].read()
        client.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_says_when_a_server_does_not_start(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError, match="did not start"), served_elsewhere("no.such.module:server"):
        raise subprocess.SubprocessError("not reached")
    assert "ModuleNotFoundError" in capfd.readouterr().err
