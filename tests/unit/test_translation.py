"""Tests for choosing a language and translating texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from babel.numbers import format_decimal

from helios_gui.translation import LANGUAGES, choose_language, language, localized, tr, tr_count
from helios_gui.utils.format import format_money, format_size

VARIABLES = ("HELIOS_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def english_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    choose_language("en")


@pytest.mark.parametrize(
    ("environment", "wanted", "chosen"),
    [
        ({}, "", "en"),
        ({}, "de", "de"),
        ({"LANG": "de_AT.UTF-8"}, "", "de"),
        ({"LANG": "de_AT.UTF-8"}, "en", "en"),
        ({"LC_ALL": "C", "LANGUAGE": "de", "LANG": "de_DE.UTF-8"}, "", "en"),
        ({"LANG": "tlh_KX.UTF-8", "LANGUAGE": "tlh:de:en"}, "", "de"),
        ({"LANG": "tlh_KX.UTF-8"}, "", "en"),
        ({"LANG": "en_GB.UTF-8", "HELIOS_LANGUAGE": "de"}, "", "de"),
        ({}, "tlh", "en"),
    ],
)
def test_the_language_is_the_wanted_one_then_the_systems(
    environment: dict[str, str], wanted: str, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert choose_language(wanted) == chosen == language()


def test_texts_are_translated_and_filled_in() -> None:
    assert tr("Cancel") == "Cancel"
    assert tr("{shown} of {whole} components", shown=1, whole=2) == "1 of 2 components"
    choose_language("de")
    assert tr("Cancel") == "Abbrechen"
    assert tr("no such text {name}", name="x") == "no such text x"
    assert tr("") == ""


def test_a_path_takes_one_line() -> None:
    assert tr("{path} is missing.", path=PurePosixPath("/a/b\nc.mov")) == "/a/b\\nc.mov is missing."


def test_numbers_in_texts_have_the_languages_separators() -> None:
    values = {"speed": 1234.5, "count": 12000, "name": "a.b,c"}
    assert tr("{speed:,.1f} {count:,} {name:s} {count}", **values) == "1,234.5 12,000 a.b,c 12000"
    assert format_size(3_400_000) == "3.4 MB"
    choose_language("de")
    assert tr("{speed:,.1f} {count:,} {name:s} {count}", **values) == "1.234,5 12.000 a.b,c 12000"
    assert (format_size(3_400_000), format_money(1250)) == ("3,4 MB", "$1.250,00")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_writes_numbers_as_its_speakers_do(code: str) -> None:
    choose_language(code)
    assert localized("1,234.5") == format_decimal(1234.5, locale=code)  # of the Unicode project's tables


def test_counts_take_the_languages_form_and_separators() -> None:
    assert tr_count("{number} chunk", "{number} chunks", 1) == "1 chunk"
    assert tr_count("{number} chunk", "{number} chunks", 12_000) == "12,000 chunks"
    choose_language("de")
    assert tr_count("{number} job", "{number} jobs", 12_000).startswith("12.000 ")
