"""Helios' packages, installed once for each set of versions, outside the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

import platformdirs
import pytest

COMPOSITION = Path(__file__).parent / "composition"
FOREIGN = Path(__file__).parent / "foreign"


def program(name: str) -> Path:
    """A program these tests need; without it they are skipped, except in CI, where it is a failure."""
    found = shutil.which(name)
    if found:
        return Path(found)
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="session")
def browser() -> Path:
    """Debian's Chromium."""
    return program("chromium")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the packages ``package.json`` names."""
    return installed(COMPOSITION)


@pytest.fixture(scope="session")
def foreign_modules() -> Path:
    """The folder of packages with demo pages of their authors."""
    return installed(FOREIGN)


def installed(folder: Path) -> Path:
    """Return the ``node_modules`` of a folder's ``package.json``."""
    program("node")
    manifest = (folder / "package.json").read_bytes()
    cache = platformdirs.user_cache_path("helios-render-manager") / "tests"
    home = cache / hashlib.sha256(manifest).hexdigest()[:16]
    if not (home / "node_modules").is_dir():
        _install(folder, home)
    return home / "node_modules"


def _install(folder: Path, home: Path) -> None:
    """Install beside ``home`` and rename, so that a broken-off install is never taken for a whole one."""
    unfinished = home.with_name(f"{home.name}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    for name in ("package.json", ".npmrc"):
        shutil.copy(folder / name, unfinished / name)
    environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    command = [program("npm"), "install", "--ignore-scripts", "--no-progress"]
    done = subprocess.run(command, cwd=unfinished, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for ffmpeg in unfinished.glob("node_modules/@ffmpeg-installer/*/ffmpeg"):
        ffmpeg.chmod(ffmpeg.stat().st_mode | stat.S_IXUSR)  # published without it; its install script adds it
    shutil.rmtree(home, ignore_errors=True)
    unfinished.rename(home)


@pytest.fixture
def job_dir(tmp_path: Path, node_modules: Path) -> Path:
    """A job folder as an artist has it: the composition, the script that renders a chunk, and their packages."""
    folder = tmp_path / "daybreak"
    shutil.copytree(COMPOSITION, folder)
    (folder / "node_modules").symlink_to(node_modules, target_is_directory=True)
    return folder
