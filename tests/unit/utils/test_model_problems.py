"""Problems of values in words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from helios_gui.translation import choose_language
from helios_gui.utils.model_problems import problem_in_words, problems_in_words


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


class Part(BaseModel):
    name: str = ""


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    needed: int
    flag: bool = False
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    count: Annotated[int, Field(ge=1, le=9)] = 1
    loose: Annotated[int, Field(strict=False)] = 1
    loose_share: Annotated[float, Field(strict=False)] = 1.0
    loose_flag: Annotated[bool, Field(strict=False)] = True
    text: Annotated[str, Field(min_length=1, max_length=3, pattern="^[a-z ]+$")] = "a"
    path: Path = Path()
    parts: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    pair: tuple[int, ...] = ()
    table: dict[str, str] = {}
    part: Part = Part()
    choice: Literal["h264", "h265"] = "h264"
    fruit: Annotated[Fruit, Field(strict=False)] = Fruit.APPLE

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if text == "no":
            raise ValueError("is a word that nobody wants")
        return text


BAD = [
    ({"needed": "4"}, 'needed: must be a whole number, not "4"'),
    ({}, "needed: is missing"),
    ({"odd": 1}, "odd: is not known"),
    ({"flag": 1}, "flag: must be true or false, not 1"),
    ({"loose_flag": "perhaps"}, 'loose_flag: must be true or false, not "perhaps"'),
    ({"share": 0}, "share: must be more than 0, not 0"),
    ({"share": 1}, "share: must be less than 1, not 1"),
    ({"share": float("nan")}, "share: must be a finite number, not NaN"),
    ({"share": "x"}, 'share: must be a number, not "x"'),
    ({"loose_share": "x"}, 'loose_share: must be a number, not "x"'),
    ({"count": 0}, "count: must be at least 1, not 0"),
    ({"count": 10}, "count: must be at most 9, not 10"),
    ({"loose": "x"}, 'loose: must be a whole number, not "x"'),
    ({"loose": 1.5}, "loose: must be a whole number, not 1.5"),
    ({"text": 3}, "text: must be text, not 3"),
    ({"text": ""}, "text: must not be empty"),
    ({"text": "abcd"}, "text: must have at most 3 characters"),
    ({"text": "A"}, "text: has characters that are not allowed, or is not in the form that is expected"),
    ({"text": "no"}, "text: is a word that nobody wants"),
    ({"parts": "a"}, 'parts: must be a list, not "a"'),
    ({"parts": []}, "parts: must not be empty"),
    ({"parts": ["a", "b", "c"]}, "parts: must have at most 2 entries"),
    ({"pair": 1}, "pair: must be a list, not 1"),
    ({"table": []}, "table: must be an object, not a list"),
    ({"part": {"name": 1}}, "part.name: must be text, not 1"),
    ({"part": 1}, "part: must be an object, not 1"),
    ({"choice": "av1"}, "choice: must be one of 'h264', 'h265', not \"av1\""),
    ({"fruit": {}}, "fruit: must be one of 'apple', 'pear', not an object"),
]


def error_of(values: dict[str, Any]) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({"needed": 1, **values} if values else {})
    return caught.value


@pytest.mark.parametrize(("values", "words"), BAD, ids=[words for _, words in BAD])
def test_each_kind_of_problem_is_said_in_words(values: dict[str, Any], words: str) -> None:
    error = error_of(values)
    assert problems_in_words(error) == words
    choose_language("de")
    try:
        for detail in error.errors():
            assert "nobody" in words or problem_in_words(detail) not in (detail["msg"], words.split(": ", 1)[1])
    finally:
        choose_language("en")


def test_only_the_first_problems_are_said() -> None:
    error = error_of({"flag": 1, "count": 0, "share": 2.0})
    assert problems_in_words(error, 1) == "flag: must be true or false, not 1"
    assert problems_in_words(error, 2).count("; ") == 1
