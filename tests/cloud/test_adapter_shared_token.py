"""A worker that asks for a shared token: the real server, called with a token that nobody ever sees."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helios_gui.adapters.cloud_run.adapter import CloudRunInvoker
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.pools import check_connection, check_round_trip
from helios_gui.profiles.import_export import export_profiles
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import CheckLine, StorageError
from helios_gui.utils.folders import AppFolders
from tests.cloud.projects import QUICK, CloudSettings, open_project
from tests.cloud.servers.cloud_run_instance import CloudRunService, Instance
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.support.cli import run_cli

CANARY = "canary-0123456789-token"
VARIABLE = "HELIOS_RENDER_TOKEN"


@dataclass
class Studio:
    """A worker on a host of its own, and the profile that calls it."""

    profile: CloudRunProfile
    folders: AppFolders
    worker: Instance
    gcs: GcsServer

    async def look(self, **changes: object) -> dict[str, CheckLine]:
        profile = self.profile.model_copy(update=changes)
        return {line.name: line async for line in check_connection(profile)}

    async def render(self, **changes: object) -> dict[str, CheckLine]:
        profile = self.profile.model_copy(update=changes)
        return {line.name: line async for line in check_round_trip(profile)}


@pytest.fixture
def studio(
    gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Studio]:
    monkeypatch.setenv(VARIABLE, CANARY)
    environment = {
        "K_SERVICE": "",  # not on Cloud Run
        "HELIOS_WORKER_TOKEN": CANARY,
        "HELIOS_STORAGE_GCS_ENDPOINT_URL": gcs.url,
        "HELIOS_STORAGE_METADATA_HOST": google_tokens.metadata_host,
    }
    key = tmp_path / "key.json"
    google_tokens.write_service_account_key(key)
    worker = Instance(CloudRunService(environment=environment))
    try:
        assert asyncio.run(worker.started()), worker.log
        profile = CloudRunProfile(
            name="farm",
            service_url=worker.url,
            storage_url="gs://renders/helios",
            service_account_key=str(key),
            worker_token=f"env:{VARIABLE}",
            gcs_endpoint=gcs.url,
        )
        yield Studio(profile, AppFolders.at(tmp_path / "home").create(), worker, gcs)
        assert CANARY not in worker.log
    finally:
        worker.dispose()


async def test_the_token_opens_the_worker(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    looked = await studio.look()
    assert [(line.name, line.ok) for line in looked.values()] == [
        ("Sign-in", True),
        ("Worker", True),
        ("Renderers", True),
        ("Storage", True),
    ]
    assert looked["Sign-in"].detail == "There is a token in env:HELIOS_RENDER_TOKEN."
    rendered = await studio.render()
    assert [line.ok for line in rendered.values()] == [True] * 4, rendered
    assert studio.gcs.names("renders") == []
    assert CANARY not in f"{looked} {rendered} {caplog.text}"


async def test_another_token_does_not(
    studio: Studio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(VARIABLE, f"other-{CANARY}")
    looked, rendered = await studio.look(), await studio.render()
    url = studio.worker.url
    assert looked["Worker"].ok is False
    assert looked["Worker"].detail == f"{url} does not accept the token in env:HELIOS_RENDER_TOKEN."
    assert looked["Worker"].advice == "Make it the same as HELIOS_WORKER_TOKEN of the worker."
    assert rendered["Test frame"].ok is False
    assert f"{url} does not accept the token in env:HELIOS_RENDER_TOKEN." in rendered["Test frame"].detail
    assert rendered["Clean-up"].ok
    monkeypatch.delenv(VARIABLE)
    missing = await studio.look()
    assert [(line.ok, line.detail) for line in missing.values()] == [
        (False, "The environment variable HELIOS_RENDER_TOKEN is not set.")
    ]
    assert "HELIOS_RENDER_TOKEN is not set" in (await studio.render())["Test frame"].detail
    assert CANARY not in f"{looked} {rendered} {missing} {caplog.text}"


async def test_a_mended_token_is_noticed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    invoker = CloudRunInvoker(studio.profile)
    try:
        monkeypatch.setenv(VARIABLE, f"other-{CANARY}")
        with pytest.raises(StorageError, match="does not accept the token in env:HELIOS_RENDER_TOKEN"):
            await invoker.ready()
        monkeypatch.setenv(VARIABLE, CANARY)
        await invoker.ready()
    finally:
        await invoker.close()


async def test_an_attempts_log_and_result_hold_no_token(studio: Studio, tmp_path: Path) -> None:
    settings = CloudSettings(studio.profile)
    async with open_project(tmp_path / "project", settings) as project:
        await project.prepare(f"env; {QUICK}")
        result = await project.execute()
        assert result.ok, result.message
        assert "PATH=" in project.log(), "the renderer printed its environment"
        assert CANARY not in f"{result} {project.log()}"
    for name in studio.gcs.names("renders"):
        assert CANARY.encode() not in studio.gcs.buckets.objects("renders")[name].data


def test_a_terminal_says_and_keeps_nothing_of_it(studio: Studio, tmp_path: Path) -> None:
    store = ProfileStore(studio.folders.profiles)
    store.save([LocalProfile(name="Local"), studio.profile], "Local")
    export_profiles([studio.profile], tmp_path / "export.json")
    assert (
        json.loads((tmp_path / "export.json").read_text())["profiles"][0]["worker_token"] == "env:HELIOS_RENDER_TOKEN"
    )
    answer = run_cli(tmp_path / "home", "doctor", "--profile", "farm", "--round-trip")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert CANARY not in answer.stdout + answer.stderr
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert studio.folders.profiles in kept
    assert not [path for path in kept if CANARY.encode() in path.read_bytes()]
