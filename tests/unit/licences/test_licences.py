"""The list of other people's work: complete, readable, and the same whether collected or read live."""

from __future__ import annotations

import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from helios_gui.licences.component_list import collected_file, list_components
from helios_gui.licences.components import (
    Component,
    LicenceText,
    read_components,
    whole_text,
    write_components,
)
from helios_gui.licences.installed import installed_components, runtime_packages
from helios_gui.licences.licence_names import licence_of


@pytest.fixture(scope="module")
def found() -> dict[str, Component]:
    return {component.name: component for component in installed_components()}


def test_it_follows_requirements_of_requirements_but_not_those_for_development() -> None:
    names = runtime_packages().keys()
    assert {
        "pyside6-essentials",
        "shiboken6",
        "botocore",
        "urllib3",
        "frozenlist",
        "httpcore",
        "pydantic-core",
    } <= names
    assert not {"pytest", "mypy", "moto", "hypothesis", "google-cloud-storage"} & names


def test_everything_has_a_version_a_licence_and_a_text(found: dict[str, Component]) -> None:
    assert {one.name for one in found.values() if not one.licence} == {"Codecs and helpers of PyAV"}
    bare = {one.name for one in found.values() if not one.texts}
    assert bare <= {"Codecs and helpers of PyAV", "XCB helpers"}  # the latter's are the system's, where it has them
    assert {one.name for one in found.values() if one.package and not one.version} == set()
    assert all(text.text.strip() for one in found.values() for text in one.texts)
    assert list(found) == sorted(found, key=str.lower)


@pytest.mark.parametrize(
    ("name", "licence", "texts", "words"),
    [
        ("Qt", "LGPL-3.0-only", ["LGPL-3.0", "GPL-3.0"], "put its libraries in place"),
        ("ffmpeg", "GPL-3.0-or-later", ["GPL-3.0"], "A program of its own"),
        ("x264", "GPL-2.0-or-later", ["GPL-2.0"], "Because of it"),
        ("Python", "PSF-2.0", ["PSF-2.0"], "OpenSSL"),
        ("FFmpeg libraries of Qt Multimedia", "LGPL-2.1-or-later", ["LGPL-2.1"], "can be replaced"),
    ],
)
def test_what_comes_inside_packages(
    found: dict[str, Component], name: str, licence: str, texts: list[str], words: str
) -> None:
    component = found[name]
    assert component.licence.startswith(licence)
    assert [text.name for text in component.texts if "/" not in text.name] == texts
    assert words in component.notice
    assert component.version
    assert component.source.startswith("https://")


def test_texts_that_lie_deeper_are_found(found: dict[str, Component]) -> None:
    assert [text.name for text in found["aiohttp"].texts] == ["LICENSE.txt", "vendor/llhttp/LICENSE"]
    assert [text.name for text in found["boto3"].texts] == ["LICENSE", "NOTICE"]


def metadata(folder: Path, *lines: str, **files: str) -> PathDistribution:
    info = folder / "thing-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", "Name: thing", "Version: 1", *lines]))
    for name, text in files.items():
        (info / name).write_text(text)
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT AND Apache-2.0"], "MIT AND Apache-2.0"),
        (["License: BSD-3-Clause"], "BSD-3-Clause"),
        (["License: Apache License 2.0"], "Apache-2.0"),
        (["License: UNKNOWN", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["License: Copyright somebody", "  All rights", "  reserved"], ""),
        (["License: Same as this or that"], "Same as this or that"),
        ([], ""),
    ],
)
def test_licences_are_named_in_one_way(tmp_path: Path, lines: list[str], licence: str) -> None:
    assert licence_of("thing", metadata(tmp_path, *lines).metadata) == licence


def test_a_list_that_was_written_reads_the_same(tmp_path: Path) -> None:
    texts = (LicenceText("L", "text — ✓\n"),)
    made = [
        Component("Ünder", "1", "MIT", "under", "", "https://a", "https://b", "notice", texts),
        Component("Bare", "", ""),
    ]
    write_components(tmp_path / "list.json", made)
    assert read_components(tmp_path / "list.json") == made
    assert list_components(tmp_path / "list.json") == made


@pytest.mark.parametrize("damaged", ["", "{}", '{"components": [{"name": 1}]}', "[]", '{"components": 3}'])
def test_a_damaged_list_counts_as_none(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(damaged)
    assert "Qt" in {one.name for one in list_components(path)}


def test_a_bundle_shows_what_was_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert collected_file() is None
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert collected_file() is None
    folder = tmp_path / "licences"
    folder.mkdir()
    write_components(folder / "third-party-licences.json", [Component("Only", "1", "MIT")])
    assert [one.name for one in list_components()] == ["Only"]


def test_a_component_without_text_says_so() -> None:
    assert whole_text(Component("Bare", "", "")) == "No licence text came with this component."
    text = whole_text(Component("Bare", "", "", homepage="https://x", notice="It is small.", source="https://y"))
    assert text == "It is small.\n\nSource code: https://y\n\nNo licence text came with this component. See https://x"
    assert "LICENSE\n───────\n\nThe text." in whole_text(
        Component("A", "", "", texts=(LicenceText("LICENSE", "The text."),))
    )
