"""Mistakes in TOML: said in words of ours, with the place."""

from __future__ import annotations

import tomllib

import pytest

from helios_gui.media.toml_mistakes import toml_mistake_in

WRITTEN = {
    "a = ": "a value is expected; texts stand in quotation marks: at the end",
    "a = nope": "a value is expected; texts stand in quotation marks: line 1 column 5",
    "a 1": "an equals sign (=) is expected after the name: line 1 column 3",
    "a=1 b=2": "something follows behind the value or the heading: line 1 column 5",
    "[x": "the bracket (]) at the end of a heading is missing: at the end",
    "[[x]": "the bracket (]) at the end of a heading is missing: line 1 column 4",
    "a = [1, 2": "a comma (,) or the bracket (]) at the end of the list is missing: at the end",
    "a = {b = 1": "a comma (,) or the brace (}) at the end of the table is missing: at the end",
    'a = "b': "the quotation mark at the end of a text is missing: at the end",
    "a = 'b": "the quotation mark at the end of a text is missing: at the end",
    'a = """b': "the quotation mark at the end of a text is missing: at the end",
    "a = '''b": "the quotation mark at the end of a text is missing: at the end",
    r'a = "C:\q"': "a backslash within a text stands before a character that needs none; write \\\\ for one",
    r'a = "\ud800"': "\\u is not followed by the number of a character",
    r'a = "\uzzzz"': "\\u is not followed by hexadecimal digits",
    "a = 2020-02-31T00:00:00": "a date or time that there is not",
    "a = {b = 1,}": "a name is expected",
    "= 1": "a name, a heading or a comment (#) is expected",
    'a = "x\ny"': "a line break or control character stands where none may be: line 1 column 7",
    "a = 'x\ty\x01'": "a line break or control character stands where none may be",
    "a = 1\na = 2": "a name is given a second value",
    "a = {b = 1, b = 2}": "a name is given a second value",
    "[a]\n[a]": "a heading is there twice: line 2 column 3",
    "a = []\n[[a]]": "something is added to a table or list that is complete",
}


@pytest.mark.parametrize(("text", "told"), WRITTEN.items())
def test_a_mistake_is_said_in_words(text: str, told: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as raised:
        tomllib.loads(text)
    assert toml_mistake_in(raised.value).startswith(told)


def test_other_words_stay_as_they_are() -> None:
    assert toml_mistake_in(ValueError("no TOML")) == "no TOML"
    assert toml_mistake_in(ValueError("something new (at line 3, column 4)")) == "something new: line 3 column 4"
