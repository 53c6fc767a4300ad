from __future__ import annotations

import json
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.storage.manifest import Manifest, ManifestFile, check_path, find_clash
from helios_gui.types import FailureKind, StorageError

DIGEST = "ab" * 32


def manifest_json(*paths: str) -> bytes:
    return json.dumps({"version": 1, "files": [{"path": path, "size": 1, "sha256": DIGEST} for path in paths]}).encode()


@given(st.text(st.sampled_from("aB./\\: ~C\x00é😀"), max_size=12))
def test_a_path_that_is_accepted_stays_in_its_folder_on_every_system(path: str) -> None:
    try:
        check_path(path)
    except ValueError:
        return
    for kind, root in ((PurePosixPath, "/srv/job"), (PureWindowsPath, "D:\\job")):
        inside = kind(root) / path
        assert inside.parts[: len(kind(root).parts)] == kind(root).parts
        assert len(inside.parts) > len(kind(root).parts)
        assert not any(part.strip(". ") == "" for part in inside.parts[len(kind(root).parts) :])


@given(
    st.lists(st.from_regex(r"\A[a-zß0-9_-]{1,6}(/[a-zß0-9_-]{1,6}){0,3}\.png\Z"), max_size=8, unique_by=str.casefold)
)
def test_ordinary_paths_are_accepted_and_survive_the_round_trip(paths: list[str]) -> None:
    made = Manifest(files=tuple(ManifestFile.of(path, 3, DIGEST, executable=True) for path in paths))
    assert Manifest.from_json(made.to_json()) == made
    assert all(file.executable for file in Manifest.from_json(made.to_json()).files)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../../b",
        "a//b",
        "./a",
        "a/",
        "C:/x",
        "c:x",
        "\\\\host\\x",
        "a\\b",
        "a/.. /b",
        "a\0b",
    ],
)
def test_paths_that_lead_elsewhere_are_refused_by_name(path: str) -> None:
    with pytest.raises(StorageError) as caught:
        Manifest.from_json(manifest_json("fine.png", path))
    assert caught.value.kind is FailureKind.FATAL
    assert repr(path) in str(caught.value)


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not Unicode text"):
        check_path("a\udcff")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.png", "a.png"),
        ("Logo.png", "logo.PNG"),
        ("straße.png", "STRASSE.png"),
        (unicodedata.normalize("NFC", "é.png"), unicodedata.normalize("NFD", "é.png")),
        ("folder", "folder/file.png"),
        ("a./b.png", "a/b.png"),
        ("b.png. .", "B.png"),
        ("Folder/x", "folder/X/file.png"),
    ],
)
def test_paths_that_get_in_each_others_way_are_refused(first: str, second: str) -> None:
    assert find_clash([first, "other", second]) == (first, second)
    with pytest.raises(StorageError, match="same file on some systems"):
        Manifest.from_json(manifest_json(second, "other", first))


@given(st.lists(st.text(st.sampled_from("aAbB/"), min_size=1, max_size=5), max_size=6))
def test_paths_without_a_clash_can_all_be_made_on_a_case_insensitive_file_system(paths: list[str]) -> None:
    usable = [path for path in paths if "//" not in path and not path.startswith("/") and not path.endswith("/")]
    folded = [path.lower() for path in usable]
    clashes = len(set(folded)) < len(folded) or any(a != b and b.startswith(f"{a}/") for a in folded for b in folded)
    assert (find_clash(usable) is not None) == clashes


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b'{"version": 2, "files": []}', b'{"files": [{"path": "a", "size": -1, "sha256": "x"}]}', b"\xff"],
)
def test_what_is_no_manifest_is_refused_in_words(document: bytes) -> None:
    with pytest.raises(StorageError, match="asset bundle cannot be used"):
        Manifest.from_json(document)


def test_blobs_are_told_once_and_the_wire_format_is_as_agreed(tmp_path: Path) -> None:
    files = (ManifestFile.of("a", 3, DIGEST), ManifestFile.of("b.sh", 3, DIGEST, executable=True))
    made = Manifest(files=files)
    assert made.blobs == {DIGEST: 3}
    assert files[0].blob_key == f"blobs/ab/{DIGEST}"
    assert json.loads(made.to_json()) == {
        "version": 1,
        "files": [
            {"path": "a", "size": 3, "sha256": DIGEST},
            {"path": "b.sh", "size": 3, "sha256": DIGEST, "mode": "755"},
        ],
    }
