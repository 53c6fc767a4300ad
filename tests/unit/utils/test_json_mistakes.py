"""What is wrong with a text that is no JSON is said in the chosen language, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from helios_gui.translation import choose_language
from helios_gui.utils.json_mistakes import mistake_in

MISTAKES = {
    "{a": "ein Name in Anführungszeichen",
    '{"a" 1}': "ein Doppelpunkt (:) wird erwartet: Zeile 1, Spalte 6",
    '{"a": 1 "b"}': "ein Komma",
    '{"a": }': "ein Wert wird erwartet: Zeile 1, Spalte 7",
    "[1, ]": "",
    '{"a": 1,}': "",
    "{} {}": "hinter dem Ende",
    '{"a": "b': "das Anführungszeichen",
    '{"a": "b\n"}': "ein Zeilenumbruch",
    '{"a": "\\u12x4"}': "vier hexadezimale Ziffern",
    '{"a": "C:\\Users"}': "",
    '{"a": "\\d"}': "ein Rückstrich",
}


@pytest.fixture
def german() -> Iterator[None]:
    choose_language("de")
    yield
    choose_language("en")


@pytest.mark.parametrize("text", MISTAKES)
def test_every_mistake_is_told_in_german(text: str, german: None) -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)
    told = mistake_in(raised.value)
    assert MISTAKES[text] in told
    assert told.endswith(f": Zeile {raised.value.lineno}, Spalte {raised.value.colno}")
    english = ("Expecting", "Extra", "Unterminated", "Invalid", "Illegal")
    assert not [word for word in english if word in told]


def test_other_errors_are_told_as_they_are() -> None:
    assert mistake_in(ValueError("no JSON")) == "no JSON"
