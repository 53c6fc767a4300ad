from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helios_gui.storage.bundle import scan_folder
from helios_gui.storage.ignore import IgnoreRules
from helios_gui.types import UserInputError

NAMES = ("a", "b", "a.png", "cache", "x.tmp", "a ")
PATHS = [*NAMES, *(f"{folder}.d/{name}" for folder in "ab" for name in NAMES), "a.d/deep/cache", "a.d/deep/a.png"]
LINES = (
    "*.png !*.png a.d/ !a.d/ /a a.d/* !a.d/a **/cache a.d/** !a.d/** !a.d/deep/ #no *.tmp !x.tmp deep/ /a.d/deep/* "
    "!/a.d/deep/cache b.d/a* ? [ab].png * !*/ /** **/deep/** a.d/**/ !a.d/**/ **/ a.d/**/a* [!a].d a\\.png"
)
patterns = st.lists(st.sampled_from([*NAMES, *LINES.split(" "), "", "a.d/** ", "*.tmp  ", "a\\ "]), max_size=5)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for path in PATHS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


@settings(max_examples=60)
@example(lines=["deep/", "!a.d/"])
@example(lines=["**/cache", "deep/", "!a.d/"])
@example(lines=["a*", "!a.d/"])
@example(lines=["*", "!a.d/**/", "!/a.d", "!a.d/deep/a*"])
@example(lines=["a*", "!a\\ "])
@given(lines=patterns)
def test_patterns_mean_what_they_mean_to_git(repository: Path, lines: list[str]) -> None:
    (repository / ".heliosignore").write_text("\n".join(lines) + "\n")
    (repository / ".gitignore").write_text("\n".join(lines) + "\n")
    listing = ["git", "-C", str(repository), "ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"]
    answer = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    ours = {".gitignore", ".heliosignore"}
    assert {file.path for file in scan_folder(repository).files} - ours == {*answer.split("\0")} - ours - {""}


def test_what_is_never_uploaded_stays_whatever_the_file_says(tmp_path: Path) -> None:
    for path in (".git/config", ".helios/state", "sub/.git/HEAD", "node_modules/x.js", "job.json", ".heliosignore"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("!.git\n!.helios\n")
    assert [file.path for file in scan_folder(tmp_path).files] == ["job.json", "node_modules/x.js"]


def test_the_jobs_own_outputs_and_their_parts_stay(tmp_path: Path) -> None:
    kept = ["out/partner.mov", "out/chunk_0.mov.json", "final.mov.wav", "chunk_0.mov"]
    left_out = ["out/chunk_0.mov", "out/.chunk_0.part.mov", "out/chunk_0.mov.part", "out/.chunk_0.mov.x1y2.part"]
    for path in [*kept, *left_out, "final.mov", ".final.part.mov"]:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    outputs = ["out/chunk_0.mov", tmp_path / "final.mov", "../elsewhere.mov", "/tmp/x.mov"]
    found = scan_folder(tmp_path, IgnoreRules.load(tmp_path, outputs))
    assert [file.path for file in found.files] == sorted(kept)


def test_frames_of_the_jobs_own_sequences_stay_and_earlier_ones_too(tmp_path: Path) -> None:
    kept = ["f_0001.exr", "f_01.png", "g_0001.png", "in/f_0001.png"]
    for path in [*kept, "f_0001.png", "f_12345.png", ".f_0001.png.x1y2.kept", ".f_0002.png.x1y2.part"]:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    found = scan_folder(tmp_path, IgnoreRules.load(tmp_path, ["f_%04d.png"]))
    assert [file.path for file in found.files] == kept


@pytest.mark.parametrize("pattern", ["!", "a\\"])
def test_a_pattern_that_is_none_is_named(pattern: str, tmp_path: Path) -> None:
    (tmp_path / ".heliosignore").write_text(f"*.tmp\n{pattern}\n")
    with pytest.raises(UserInputError, match=r"heliosignore cannot be used: .*pattern"):
        scan_folder(tmp_path)


def test_an_unreadable_file_of_patterns_is_named(tmp_path: Path) -> None:
    (tmp_path / ".heliosignore").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserInputError, match="heliosignore"):
        scan_folder(tmp_path)
    (tmp_path / ".heliosignore").write_bytes(b"\xef\xbb\xbf*.tmp\r\n")
    (tmp_path / "a.tmp").touch()
    assert scan_folder(tmp_path).files == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "folder"])
def test_a_file_of_rules_that_is_none_is_refused(tmp_path: Path, kind: str) -> None:
    """It comes with the job's folder, and the job may be anybody's: none is waited for, or fills the memory."""
    place = tmp_path / ".heliosignore"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "folder":
        place.mkdir()
    else:
        with place.open("wb") as rules:
            rules.truncate(2**40)
    with pytest.raises(UserInputError, match="cannot be read"):
        IgnoreRules.load(tmp_path)
