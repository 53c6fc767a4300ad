"""The licences that go into an installer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helios_gui import __version__, product
from helios_gui.licences.component_list import FILE_NAME
from helios_gui.licences.components import read_components
from helios_gui.licences.installed import installed_components

ROOT = Path(__file__).parents[3]
LEGAL = ROOT / "packaging/legal"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a build collects."""
    folder = tmp_path_factory.mktemp("legal") / "new/folder"
    program = [sys.executable, LEGAL / "collect", "--output", folder]
    subprocess.run(program, cwd=folder.parents[1], check=True, capture_output=True, timeout=120)
    return folder


def test_the_app_can_show_what_was_collected(collected: Path) -> None:
    assert read_components(collected / FILE_NAME) == installed_components()


def test_the_text_has_it_all(collected: Path) -> None:
    text = (collected / "third-party-licences.txt").read_text(encoding="utf-8")
    for component in installed_components():
        assert f"{component.name} {component.version}" in text
        assert component.notice in text
        assert all(part.text.strip("\n") in text for part in component.texts)


def write_sbom(path: Path) -> str:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    program = [sys.executable, LEGAL / "sbom", "--output", path]
    subprocess.run(program, cwd=path.parent, env=environment, check=True, capture_output=True, timeout=120)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sbom_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bill of materials as a build writes it."""
    return write_sbom(tmp_path_factory.mktemp("sbom") / "sbom.json")


@pytest.fixture(scope="module")
def sbom(sbom_text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sbom_text)
    return document


def test_the_bill_of_materials_is_valid(sbom_text: str) -> None:
    # Here, as it takes seconds, which each of the test processes would need that have it among their tests.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(sbom_text) is None
    assert validator.validate_str(sbom_text.replace('"library"', '"libary"')) is not None


def test_the_bill_of_materials_is_the_same_when_made_again(sbom_text: str, tmp_path: Path) -> None:
    assert write_sbom(tmp_path / "again.json") == sbom_text


def test_the_bill_of_materials_has_it_all(sbom: dict[str, Any]) -> None:
    assert sbom["metadata"]["timestamp"].startswith("2023-11-14T22:13:20")
    app = sbom["metadata"]["component"]
    assert (app["name"], app["version"], app["licenses"]) == (
        product.PACKAGE,
        __version__,
        [{"license": {"id": product.LICENSE}}],
    )
    listed = {one["name"]: one for one in sbom["components"]}
    assert listed.keys() == {one.name for one in installed_components()}
    assert {name for name, one in listed.items() if "licenses" not in one} == {"Codecs and helpers of PyAV"}
    words = [licence for one in listed.values() for licence in one.get("licenses", [])]
    assert not [licence for licence in words if "name" in licence.get("license", {})], "all are SPDX"
    assert listed["PySide6_Essentials"]["purl"].startswith("pkg:pypi/pyside6-essentials@")
    assert listed["Qt"]["purl"].startswith("pkg:generic/qt@")


def test_the_bill_of_materials_says_who_needs_whom(sbom: dict[str, Any]) -> None:
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in sbom["dependencies"]}
    assert {"pyside6", "boto3", "python"} <= needs[product.PACKAGE]
    assert {"qt", "shiboken6"} <= needs["pyside6-essentials"]
    assert {"x264", "ffmpeg-libraries-of-pyav"} <= needs["av"]
    assert {"aiohttp", "httpx"} <= needs["httpx-aiohttp"]
    assert not {"aiohttp", "requests"} & needs["google-auth"], "extras that nobody asks for"
    reached, waiting = set(), {product.PACKAGE}
    while waiting:
        reached |= waiting
        waiting = {need for name in waiting for need in needs.get(name, ())} - reached
    assert reached == {product.PACKAGE} | {one["bom-ref"] for one in sbom["components"]}
