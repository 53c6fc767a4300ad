from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

import pytest

from helios_gui.storage import StorageSettings
from helios_gui.types import UserInputError
from helios_gui.worker.worker_settings import WorkerSettings


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this machine's temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


@pytest.mark.skipif(sys.platform == "win32", reason="temporary files are each user's own")
class TestTheUsualFolder:
    def test_is_this_users_alone(self, temporary: Path) -> None:
        found = WorkerSettings.from_environment({}).work_root
        assert found == temporary / "helios-worker"
        assert found.stat().st_mode & 0o777 == 0o700
        found.chmod(0o755)  # as earlier versions made it
        assert WorkerSettings.from_environment({}).work_root == found
        assert found.stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("kind", ["open", "link", "file", "theirs"])
    def test_that_somebody_else_has_made_is_not_used(self, temporary: Path, tmp_path: Path, kind: str) -> None:
        for place in (temporary / "helios-worker", temporary / f"helios-worker-{os.getuid()}"):
            if kind == "link":
                place.symlink_to(tmp_path)
            elif kind == "file":
                place.touch()
            else:
                place.mkdir()
                place.chmod(0o777 if kind == "open" else 0o755)
            if kind == "theirs":
                if os.geteuid() != 0:
                    pytest.skip("only root can give folders away")
                os.chown(place, 12_345, -1)
            if place.name == "helios-worker":
                assert WorkerSettings.from_environment({}).work_root.name == f"helios-worker-{os.getuid()}"
                (temporary / f"helios-worker-{os.getuid()}").rmdir()
        with pytest.raises(UserInputError, match="belongs to another user"):
            WorkerSettings.from_environment({})
        WorkerSettings.from_environment({"HELIOS_WORKER_DIR": str(tmp_path / "own")})


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
