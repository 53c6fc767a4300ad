"""The Debian package, made of a small bundle: two programs of this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from helios_gui import __version__, product

ROOT = Path(__file__).parents[3]
BUILD = ROOT / "packaging/linux/build-deb"
TOOLS = ("dpkg-deb", "objdump", "ldd")

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"
)
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deb")


@pytest.fixture(scope="module")
def bundle(folder: Path) -> Path:
    """As PyInstaller leaves one, with modes that are somebody's habit."""
    made = folder / "bundle"
    inside = made / "_internal"
    inside.mkdir(parents=True)
    shutil.copy("/usr/bin/dpkg-deb", made / product.COMMAND)
    shutil.copy(os.path.realpath("/usr/bin/ldd"), inside / "text")
    (inside / "link").symlink_to("text")
    (inside / "text").chmod(0o777)
    (inside / "data").write_bytes(b"data")
    (inside / "data").chmod(0o600)
    return made


@pytest.fixture(scope="module")
def build(folder: Path, bundle: Path) -> Build:
    """Runs the program; returns the package it made."""

    def run(*arguments: str, output: str) -> Path:
        command = [sys.executable, str(BUILD), "--bundle", str(bundle), "--output", str(folder / output)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600", "QT_QPA_PLATFORM": "offscreen"}
        command += ["--compression", "gzip:1", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return Path(done.stdout.splitlines()[0])

    return run


@pytest.fixture(scope="module")
def package(build: Build) -> Path:
    return build(output="first")


def read(package: Path, *words: str) -> str:
    return subprocess.run(
        ["dpkg-deb", *words[:1], package, *words[1:]], capture_output=True, text=True, check=True
    ).stdout


def test_the_same_input_makes_the_same_package_bit_for_bit(package: Path, build: Build, bundle: Path) -> None:
    for path in bundle.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    assert build(output="again").read_bytes() == package.read_bytes()


def test_it_says_what_it_is_and_needs(package: Path) -> None:
    assert package.name.startswith(f"{product.PACKAGE}_{__version__}_")
    fields = dict(
        line.split(": ", 1) for line in read(package, "--field").splitlines() if line[0] != " " and ": " in line
    )
    assert (fields["Package"], fields["Version"]) == (product.PACKAGE, __version__)
    assert fields["Description"].lower() == product.SUMMARY.lower()
    needed = fields["Depends"].split(", ")
    assert any(name.startswith("libc6 (>= 2.") for name in needed)
    assert {"fontconfig-config", "libx11-6"} <= set(needed)
    assert sorted(needed) == needed


def test_its_files_are_root_s_and_where_they_belong(package: Path) -> None:
    rows = [line.split() for line in read(package, "--contents").splitlines()]
    assert {row[1] for row in rows} == {"root/root"}
    modes = {row[5].lstrip("."): row[0] for row in rows}
    links = {row[5].lstrip("."): row[7] for row in rows if row[0][0] == "l"}
    place = f"/usr/lib/{product.PACKAGE}"
    assert links[f"/usr/bin/{product.COMMAND}"] == f"../lib/{product.PACKAGE}/{product.COMMAND}"
    assert links[f"{place}/_internal/link"] == "text"
    assert modes[f"{place}/{product.COMMAND}"] == "-rwxr-xr-x"
    assert modes[f"{place}/_internal/text"] == modes[f"{place}/_internal/data"] == "-rw-r--r--"
    for name in (
        f"applications/{product.PACKAGE}.desktop",
        f"doc/{product.PACKAGE}/changelog.gz",
        f"doc/{product.PACKAGE}/copyright",
        f"icons/hicolor/16x16/apps/{product.PACKAGE}.png",
        f"icons/hicolor/512x512/apps/{product.PACKAGE}.png",
        f"icons/hicolor/scalable/apps/{product.PACKAGE}.svg",
        f"man/man1/{product.COMMAND}.1.gz",
        f"metainfo/{product.APP_ID}.metainfo.xml",
        f"mime/packages/{product.PACKAGE}.xml",
    ):
        assert modes[f"/usr/share/{name}"] == "-rw-r--r--"


def test_it_runs_nothing_on_installing_and_knows_its_files(package: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    read(package, "--raw-extract", str(tree))
    assert {path.name for path in (tree / "DEBIAN").iterdir()} == {"control", "md5sums"}
    sums = dict(line.split("  ")[::-1] for line in (tree / "DEBIAN/md5sums").read_text().splitlines())
    files = [path for path in (tree / "usr").rglob("*") if path.is_file() and not path.is_symlink()]
    assert sums == {str(path.relative_to(tree)): hashlib.md5(path.read_bytes()).hexdigest() for path in files}


def test_another_version_is_for_trying_an_upgrade(build: Build) -> None:
    package = build("--version", "99.0", output="newer")
    assert read(package, "--field", "Version").strip() == "99.0"


def test_without_a_bundle_it_says_how_to_make_one(tmp_path: Path) -> None:
    command = [sys.executable, str(BUILD), "--bundle", str(tmp_path), "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "packaging/bundle/build" in done.stderr


def test_a_library_that_nobody_has_is_named(build: Build, bundle: Path) -> None:
    headers = subprocess.run(["objdump", "-p", bundle / product.COMMAND], capture_output=True, text=True, check=True)
    needed = next(line.split()[1] for line in headers.stdout.splitlines() if line.startswith("  NEEDED"))
    program = (bundle / product.COMMAND).read_bytes()
    strange = bundle / "_internal/strange"
    strange.write_bytes(program.replace(needed.encode(), b"x" * len(needed)))
    try:
        with pytest.raises(AssertionError, match="xxxx: neither in the bundle nor on this machine"):
            build(output="none")
    finally:
        strange.unlink()
