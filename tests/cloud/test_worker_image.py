"""The worker's image in the confines of a cloud: what it can do there, and what it leaves."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.stitcher import probe
from tests.support.jail import OPEN_FILES, USER, why_no_jail
from tests.support.waiting import PATIENCE
from tests.support.worker_image import WorkerImage

PAGE = "<!doctype html><p>Größe 你好 😀</p>"
SIZE = ("--width", "64", "--height", "36", "--fps", "25")
CONFINES = f"""
import os, pathlib, resource, subprocess
status = pathlib.Path("/proc/self/status").read_text()
assert os.getuid() not in (0, 65534), os.getuid()
assert "CapEff:\\t0000000000000000" in status and "NoNewPrivs:\\t1" in status, status
assert not os.path.exists("/dev/shm") and not os.path.exists("/dev/fd")
assert resource.getrlimit(resource.RLIMIT_NOFILE) == ({OPEN_FILES}, {OPEN_FILES})
for folder in ("/", "/opt/helios", "/usr", "/var/tmp", "/home", os.getcwd()):
    try:
        pathlib.Path(folder, "mine").touch()
    except OSError:
        continue
    raise AssertionError(folder)
pathlib.Path("/tmp/mine").touch()
assert sorted(os.listdir("/tmp")) == ["index.html", "mine"]
assert subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode != 0
"""


@pytest.fixture
def tmp() -> Iterator[Path]:
    """A folder that another user may own; in its ``tmp``, a container's ``/tmp``, is a page."""
    with tempfile.TemporaryDirectory(prefix="container-") as folder:
        inside = Path(folder, "tmp")
        inside.mkdir()
        inside.chmod(0o777)
        (inside / "index.html").write_text(PAGE, encoding="utf-8")
        yield Path(folder)


def run(image: WorkerImage, tmp: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a container, instead of the image's own."""
    command = image.command(tmp, *arguments)
    environment = {"LANG": "C.UTF-8", **image.environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture
def jailed(image_files: Path) -> WorkerImage:
    """An image whose containers are as confined as a cloud's."""
    if reason := why_no_jail():
        pytest.skip(f"this machine allows no jails: {reason}")
    return WorkerImage(image_files, "lambda")


def test_the_confines(jailed: WorkerImage, tmp: Path) -> None:
    done = run(jailed, tmp, "python", "-c", CONFINES)
    assert done.returncode == 0, done.stderr
    assert USER not in (0, 65534)


def test_nothing_is_there_that_the_image_lacks(jailed: WorkerImage, tmp: Path) -> None:
    done = run(jailed, tmp, "python", "-c", "import helios_gui, sys; print(helios_gui.__file__); import PySide6")
    assert done.stdout == "/opt/helios/helios_gui/__init__.py\n"
    assert "No module named 'PySide6'" in done.stderr


def test_a_page_is_rendered_and_nothing_is_left(jailed: WorkerImage, tmp: Path) -> None:
    page = ("/tmp/index.html", "-o", "/tmp/out.mp4", "--count", "3", *SIZE)
    done = run(jailed, tmp, "python", "-P", "-m", "helios_gui", "web", *page)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Rendered 3/3"
    inside = tmp / "tmp"
    assert probe(inside / "out.mp4").frames == 3
    assert sorted(path.name for path in inside.iterdir()) == ["index.html", "out.mp4"]


def test_the_browsers_own_sandbox_cannot_be_had_there(jailed: WorkerImage, tmp: Path) -> None:
    """Or the variable in the Dockerfile would be for nothing."""
    image = WorkerImage(jailed.folder, jailed.target, {"HELIOS_BROWSER_SANDBOX": "on"})
    still = ("/tmp/index.html", "-o", "/tmp/out.png", "--still", "0", *SIZE)
    done = run(image, tmp, "python", "-P", "-m", "helios_gui", "web", *still)
    assert done.returncode != 0
    assert "cannot make its sandbox: this machine allows no user namespaces" in done.stderr
