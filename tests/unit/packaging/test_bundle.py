"""What can be checked of the bundle's recipe without building it: pins, choices, budget, and how its test sees."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
BUNDLE = ROOT / "packaging/bundle"
MODULES = ("screen", "selection", "sizes", "test_card")


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The build's own modules can be imported, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(BUNDLE)
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def selection(modules: None) -> ModuleType:
    return importlib.import_module("selection")


@pytest.fixture
def sizes(modules: None) -> ModuleType:
    return importlib.import_module("sizes")


# -- the pins ----------------------------------------------------------------------------------------------


def pins() -> dict[str, Requirement]:
    lines = (BUNDLE / "requirements.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(one.name): one for one in found}


def test_every_pin_is_one_version_and_no_address() -> None:
    for pin in pins().values():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        assert pin.url is None
    text = (BUNDLE / "requirements.txt").read_text()
    assert "--" not in text
    assert "://" not in text


def test_the_pins_are_within_the_project_s_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in map(Requirement, project["dependencies"]):
        pin = pins()[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("==")), pin


# -- what stays --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", False),
        ("PySide6/Qt/plugins/multimedia/libffmpegmediaplugin.so", True),
        ("PySide6\\plugins\\multimedia\\windowsmediaplugin.dll", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", False),
        ("av/plugins/somebody.so", True),
    ],
)
def test_plugins(selection: ModuleType, name: str, stays: bool) -> None:
    assert selection.keeps_plugin(name) is stays


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("botocore/data/s3/2006-03-01/service-2.json.gz", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("botocore/data/endpoints.json", True),
        ("botocore/data/partitions.json", True),
        ("botocore\\data\\ec2\\2016-11-15\\service-2.json.gz", False),
        ("botocore/cacert.pem", True),
        ("PySide6/Qt/translations/qt_de.qm", False),
        ("helios_gui/_resources/icons/app.svg", True),
        ("licences/third-party-licences.json", True),
    ],
)
def test_data(selection: ModuleType, name: str, stays: bool) -> None:
    assert selection.keeps_data(name) is stays


def test_modules(selection: ModuleType) -> None:
    assert not selection.keeps_module("pydantic.v1.fields")
    assert selection.keeps_module("pydantic.v1_tools")


def test_the_models_of_all_services_in_use_stay(selection: ModuleType) -> None:
    used = set()
    for file in (ROOT / "helios_gui").rglob("*.py"):
        used |= set(re.findall(r"""\.client\(\s*["']([\w-]+)["']""", file.read_text()))
    assert used == {"lambda", "s3", "sts"}
    assert used < set(selection.AWS_SERVICES)


# -- the budget --------------------------------------------------------------------------------------------


def test_the_budget_has_a_place_for_every_file(sizes: ModuleType) -> None:
    budget = sizes.read_budget()
    (all_of_it,) = (one for one in sizes.weigh({"b/_internal/odd": 5_000_000}, {}, budget) if one.name == "all")
    assert all_of_it.size == 5
    assert [one.limit > 0 for one in budget] == [True] * len(budget)


def test_what_is_too_heavy_is_told(sizes: ModuleType) -> None:
    budget = [sizes.Part("Qt", ["*/PySide6/*"], 1), sizes.Part("rest", ["*"], 1)]
    files = {"b/_internal/PySide6/QtCore.so": 1_100_000, "b/helios-gui": 100_000}

    weights = sizes.weigh(files, {"/PySide6/QtQuick3D.so": 300_000}, budget)

    limited = sys.platform == "linux"
    assert [one.name for one in weights if one.is_over] == (["Qt"] if limited else [])
    assert [(one.name, one.size, one.cut) for one in weights] == [
        ("Qt", 1.1, 0.3),
        ("rest", 0.1, 0.0),
        ("all", pytest.approx(1.2), 0.3),
    ]
    assert "| Qt | 1.1 |" in sizes.table(weights)


def test_links_weigh_nothing(sizes: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bundle/inside").mkdir(parents=True)
    (tmp_path / "bundle/inside/library").write_bytes(bytes(100))
    (tmp_path / "bundle/link").symlink_to("inside/library")
    assert sizes.files_of(tmp_path / "bundle") == {"bundle/inside/library": 100}


# -- how the test of the bundle sees -------------------------------------------------------------------------

WIDTH, HEIGHT = 900, 600
BARS = ((192, 192, 192), (192, 192, 0), (0, 192, 192), (0, 192, 0), (192, 0, 192), (192, 0, 0), (0, 0, 192))


def card_on_screen(left: int, top: int, scale: float, frame: int) -> bytes:
    """A dark screen with a light column, and on it the example's picture at this frame."""
    pixels = bytearray(bytes((24, 20, 20, 0)) * (WIDTH * HEIGHT))

    def fill(x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
        red, green, blue = colour
        row = bytes((blue, green, red, 0)) * (round(x1) - round(x0))
        for y in range(round(y0), round(y1)):
            start = 4 * (y * WIDTH + round(x0))
            pixels[start : start + len(row)] = row

    fill(0, 0, 100, HEIGHT, (240, 240, 240))
    for number, colour in enumerate(BARS):
        x = left + (160 + 960 / 7 * number) * scale
        fill(x, top + 80 * scale, x + 960 / 7 * scale, top + 293 * scale, colour)
    hand = left + frame * 16 * scale
    fill(hand, top, hand + 8 * scale, top + 720 * scale, (250, 250, 250))
    return bytes(pixels)


@pytest.mark.parametrize("frame", [0, 7, 33, 41, 79])
def test_the_card_and_its_frame_are_found(modules: None, frame: int) -> None:
    screen, test_card = importlib.import_module("screen"), importlib.import_module("test_card")
    picture = screen.Picture(WIDTH, HEIGHT, card_on_screen(250, 120, 0.5, frame))

    card: Any = test_card.find_card(picture)

    assert (card.left, card.top, card.scale) == (
        pytest.approx(250, abs=4),
        pytest.approx(120, abs=5),
        pytest.approx(0.5, abs=0.02),
    )
    assert card.frame(picture) == frame


def test_no_card_is_seen_where_there_is_none(modules: None) -> None:
    screen, test_card = importlib.import_module("screen"), importlib.import_module("test_card")
    empty = screen.Picture(WIDTH, HEIGHT, bytes((24, 20, 20, 0)) * (WIDTH * HEIGHT))
    assert test_card.find_card(empty) is None
    still: Any = test_card.find_card(screen.Picture(WIDTH, HEIGHT, card_on_screen(250, 120, 0.5, 3)))
    assert still.frame(empty) is None
