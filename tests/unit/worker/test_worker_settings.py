from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from helios_gui.storage import StorageSettings
from helios_gui.types import UserInputError
from helios_gui.worker.worker_settings import WorkerSettings


def test_what_an_empty_environment_means() -> None:
    settings = WorkerSettings.from_environment({})
    assert settings.work_root.name == "helios-worker"
    assert settings.work_root.is_absolute()
    assert settings.storage == StorageSettings()
    assert settings.cache_bytes > 0
    assert settings.time_limit is None


def test_every_setting_of_storage_can_be_given(tmp_path: Path) -> None:
    names = [known.name for known in fields(StorageSettings)]
    given = {f"HELIOS_STORAGE_{name.upper()}": f"value of {name}" for name in names} | {
        "HELIOS_STORAGE_CONCURRENCY": "7",
        "HELIOS_WORKER_DIR": str(tmp_path),
        "HELIOS_WORKER_CACHE_MB": "1.5",
        "HELIOS_WORKER_TIME_LIMIT": "90",
    }
    settings = WorkerSettings.from_environment(given)
    texts = {name: f"value of {name}" for name in names if name != "concurrency"}
    assert settings.storage == StorageSettings(**texts, concurrency=7)  # type: ignore[arg-type]
    assert (settings.work_root, settings.cache_bytes, settings.time_limit) == (tmp_path, 3 * 512 * 1024, 90)


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf"])
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(UserInputError, match=r"HELIOS_WORKER_CACHE_MB is '.*', which is not a number of 0 or more\."):
        WorkerSettings.from_environment({"HELIOS_WORKER_CACHE_MB": text})


def test_what_renderers_get() -> None:
    private = {"AWS_SECRET_ACCESS_KEY": "x", "GOOGLE_APPLICATION_CREDENTIALS": "x", "HELIOS_WORKER_TOKEN": "x" * 16}
    settings = WorkerSettings.from_environment({**private, "PATH": "/bin", "LICENSE_SERVER": "north"})
    assert settings.environment == {"PATH": "/bin", "LICENSE_SERVER": "north"}
