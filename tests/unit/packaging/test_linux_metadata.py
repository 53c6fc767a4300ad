"""What a Linux desktop is told of the app, by the tools that desktops check it with."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import types
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helios_gui import __version__, product
from helios_gui.cli.commands import make_command
from tests.conftest import FIXTURES

ROOT = Path(__file__).parents[3]
LINUX = ROOT / "packaging/linux"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux desktops")


def tool(name: str) -> str:
    """The path of a program; where it is missing the test is skipped, and fails in continuous integration."""
    found = shutil.which(name)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"needs {name}")
    assert found is not None, f"{name} is not installed"
    return found


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ``/usr/share``, with the files in it."""
    folder = tmp_path_factory.mktemp("share")
    subprocess.run([sys.executable, LINUX / "metadata.py", folder], cwd=folder, check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def changelog() -> types.ModuleType:
    specification = importlib.util.spec_from_file_location("linux_changelog", LINUX / "changelog.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def entry(share: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(share / f"applications/{product.PACKAGE}.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_every_name_is_filled_in(share: Path) -> None:
    files = [path for path in share.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert not [path for path in files if re.search("@[A-Z_]+@", path.read_text(encoding="utf-8"))]


def test_the_entry_is_the_window_s(share: Path) -> None:
    """The file's own name and the window's class are what ``Application`` tells Wayland and X11."""
    found = entry(share)
    assert found["Exec"] == f"{product.COMMAND} %F"
    assert found["Icon"] == found["StartupWMClass"] == product.PACKAGE
    assert found["MimeType"] == f"{product.MIME_TYPE};"


def test_the_entry_is_valid(share: Path) -> None:
    validate = tool("desktop-file-validate")
    answer = subprocess.run(
        [validate, share / f"applications/{product.PACKAGE}.desktop"], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (0, "")


def test_the_metainfo_is_valid(share: Path) -> None:
    path = share / f"metainfo/{product.APP_ID}.metainfo.xml"
    component = ET.parse(path).getroot()
    assert component.findtext("id") == product.APP_ID
    assert component.findtext("launchable") == f"{product.PACKAGE}.desktop"
    newest = component.find("releases/release")
    assert newest is not None
    assert newest.get("version") == __version__
    answer = subprocess.run(
        [tool("appstreamcli"), "validate", "--no-net", path], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout


KIND = """
import sys
from PySide6.QtCore import QMimeDatabase
print(*(QMimeDatabase().mimeTypeForFile(name).name() for name in sys.argv[1:]), sep="\\n")
"""


def test_job_files_are_known_by_name_or_content_and_nothing_else_is(share: Path, tmp_path: Path) -> None:
    update = tool("update-mime-database")
    database = tmp_path / "data/mime"
    shutil.copytree("/usr/share/mime/packages", database / "packages")
    shutil.copy(share / f"mime/packages/{product.PACKAGE}.xml", database / "packages")
    subprocess.run([update, database], check=True, capture_output=True, timeout=120)
    job = json.loads((FIXTURES / "emitted-job.json").read_text(encoding="utf-8"))
    plain = json.dumps({"name": "webpack", "chunks": [{"id": 0}], "totalFrames": 1})
    samples = {
        "job.json": (json.dumps(job), product.MIME_TYPE),
        "other name.json": (json.dumps(job, indent="\t"), product.MIME_TYPE),
        "unnamed": (json.dumps(job), product.MIME_TYPE),
        "elsewhere/job.json": (plain, "application/json"),
        "package.json": (plain, "application/json"),
        "list.json": ("[]", "application/json"),
        **{f"sömmer{suffix}": ("{}", product.MIME_TYPE) for suffix in product.SUFFIXES},
    }
    (tmp_path / "elsewhere").mkdir()
    for name, (text, _) in samples.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "XDG_DATA_DIRS": str(database.parent), "XDG_DATA_HOME": str(tmp_path / "none")}
    command = [sys.executable, "-c", KIND, *samples]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert dict(zip(samples, answer.stdout.splitlines(), strict=True)) == {
        name: kind for name, (_, kind) in samples.items()
    }


CHANGES = """# Changelog

Words.

## Unreleased

### Added

- A new thing: `render` of
  two lines & [more](https://example.org).

## 1.1.0 - 2026-02-01

- Second.

## [1.0.0] - 2026-01-01

### Added

- **First**.
"""


def test_the_changelog_is_read(changelog: types.ModuleType) -> None:
    releases = changelog.read_releases(CHANGES, "1.2.0", NOW)
    assert [(release.version, release.changes, release.is_out) for release in releases] == [
        ("1.2.0", ("A new thing: render of two lines & more.",), False),
        ("1.1.0", ("Second.",), True),
        ("1.0.0", ("First.",), True),
    ]
    assert releases[0].moment == NOW


def test_what_came_since_a_release_is_not_the_release_s(changelog: types.ModuleType) -> None:
    assert [release.version for release in changelog.read_releases(CHANGES, "1.1.0", NOW)] == ["1.1.0", "1.0.0"]


@pytest.mark.parametrize(
    ("text", "words"), [("# Changelog\n", "nothing about version 1.2.0"), ("## 1.2.0\n\n- A.\n", "no date")]
)
def test_a_changelog_that_does_not_tell_is_refused(changelog: types.ModuleType, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        changelog.read_releases(text, "1.2.0", NOW)


def test_releases_are_told_as_appstream_wants_them(changelog: types.ModuleType) -> None:
    releases = ET.fromstring(changelog.to_appstream(changelog.read_releases(CHANGES, "1.2.0", NOW)))
    assert [release.attrib for release in releases] == [
        {"version": "1.2.0", "date": "2026-03-01", "type": "development"},
        {"version": "1.1.0", "date": "2026-02-01", "type": "stable"},
        {"version": "1.0.0", "date": "2026-01-01", "type": "stable"},
    ]
    assert releases.findtext("release/description/ul/li") == "A new thing: render of two lines & more."


def test_releases_are_told_as_debian_wants_them(changelog: types.ModuleType, tmp_path: Path) -> None:
    releases = changelog.read_releases(CHANGES, "1.2.0", NOW)
    text = changelog.to_debian(releases, "package", "Some Body <some@body.invalid>")
    assert text.startswith(
        "package (1.2.0) UNRELEASED; urgency=medium\n\n  * A new thing: render of two lines & more.\n\n"
        " -- Some Body <some@body.invalid>  Sun, 01 Mar 2026 12:00:00 +0000\n\npackage (1.1.0) unstable;"
    )
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("version", "debian"),
    [("1.2.0", "1.2.0"), ("1.2.0rc1", "1.2.0~rc1"), ("1.2.0.dev3", "1.2.0~dev3"), ("1.2.0b2", "1.2.0~b2")],
)
def test_what_comes_before_a_release_sorts_before_it(changelog: types.ModuleType, version: str, debian: str) -> None:
    assert changelog.debian_version(version) == debian
    if "~" in debian:
        subprocess.run([tool("dpkg"), "--compare-versions", debian, "lt", "1.2.0"], check=True)


def test_the_manual_names_each_command_as_the_help_does() -> None:
    manual = (LINUX / "manual.1").read_text(encoding="utf-8")
    for name, command in make_command().commands.items():
        said = command.get_short_help_str(limit=200)
        assert f".TP\n.B {name.replace('-', chr(92) + '-')}\n{said}\n" in manual
