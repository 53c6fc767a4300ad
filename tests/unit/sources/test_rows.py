"""Tables of values, and a job for each row."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest

from helios_gui.jobfile.job_files import load_job
from helios_gui.sources.batch import BatchJob, make_batch
from helios_gui.sources.page import PageKind, PageRequest
from helios_gui.sources.rows import Row, is_table, read_rows
from helios_gui.types import HeliosError, UserInputError
from tests.support.browsers import require_browser

PAGE = """<!doctype html><style>body{margin:0}</style><script>
const { red, title } = window.__HELIOS_PROPS__;
if (title === "bad") throw new Error("no such title");
window.helios = {width: 64, height: 36, fps: 25, duration: 0.4};
document.documentElement.style.background = `rgb(${red},0,0)`;
</script><body>"""


def table(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def ignore(line: str) -> None:
    """Do nothing with what the page prints."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'title,red,on\r\n"Grün, groß",200,true\r\n007,12,\r\n'),
        ("a.TSV", "title\tred\ton\nGrün, groß\t200\ttrue\n\n007\t12\t\n"),
        ("a.csv", '\ufefftitle,red,on\n"Grün, groß",200,true\n007,12,'),
        ("a.csv", 'title;red;on\r\n"Grün, groß";200;true\r\n;;\r\n007;12;\r\n'),
        ("a.csv", "title\t red\ton \nGrün, groß\t200\ttrue\n\t\t\n007\t12\t\n"),
        ("a.json", '[{"title": "Grün, groß", "red": 200, "on": true}, {"title": "007", "red": 12, "on": ""}]'),
    ],
)
def test_rows_are_read(tmp_path: Path, name: str, text: str) -> None:
    rows = read_rows(table(tmp_path, name, text))
    assert rows == [
        Row(1, {"title": "Grün, groß", "red": 200, "on": True}),
        Row(2, {"title": "007", "red": 12, "on": ""}),
    ]
    assert rows[0].tokens == {"title": "Grün, groß", "red": "200", "on": "true"}


def test_a_table_that_is_not_utf_8_is_told_how_to_be_saved(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("title\nGrün\n".encode("latin-1"))
    with pytest.raises(UserInputError, match="it is not UTF-8 text") as caught:
        read_rows(tmp_path / "a.csv")
    assert "Save it as UTF-8" in caught.value.hint


def test_what_spreadsheets_call_unicode_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("title\tred\r\nGrün\t3\r\n".encode("utf-16"))
    assert read_rows(path) == [Row(1, {"title": "Grün", "red": 3})]


@pytest.mark.parametrize(
    "cell",
    [
        "NaN",
        "-Infinity",
        "[NaN]",
        "1e999",
        "9007199254740993",
        "12.90",
        "1.0",
        "2E3",
        "-0",
        "a\u2028b\x0bc",
        "[" * 9999,
    ],
)
def test_what_a_page_would_read_otherwise_stays_a_text(cell: str, tmp_path: Path) -> None:
    assert read_rows(table(tmp_path, "a.csv", f"title,red\n{cell},1\n")) == [Row(1, {"title": cell, "red": 1})]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "a,b\n1\n", "Row 1 of a.csv has 1 value, the row of headings has 2"),
        ("a.csv", "a,a\n1,2\n", "two of one name"),
        ("a.csv", "a,b\n", "no rows"),
        ("a.csv", 'a\n"1" 2\n', r"Line 2 of a\.csv is no CSV: something stands between the quotation mark"),
        ("a.csv", 'a\n"1\n', r'no CSV: the quotation mark \("\) at the end of a value is missing'),
        ("a.csv", "a\n" + "x" * 140_000, "no CSV: a value is longer than 131,072 characters"),
        ("a.json", "{}", "no list of objects"),
        ("a.json", "[1]", "no list of objects"),
        ("a.json", "[", "no JSON"),
        ("a.json", '[{"a": NaN}]', "it has no NaN"),
        ("a.xlsx", "", "not read from a.xlsx"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(UserInputError, match=words):
        read_rows(table(tmp_path, name, text))
    with pytest.raises(UserInputError, match="cannot be read"):
        read_rows(tmp_path / "none.csv")


async def batch(page: Path, rows: list[Row], output: str) -> list[BatchJob]:
    request = PageRequest(source=page, output=output, props={"title": "plain"})
    return await make_batch(PageKind(), request, rows, page.parent / "stills", ignore, lambda one: None)


async def test_each_row_is_a_job_with_its_values_and_a_still(tmp_path: Path) -> None:
    require_browser()
    page = table(tmp_path, "card.html", PAGE)
    rows = [Row(1, {"red": 10, "name": "A"}), Row(2, {"red": 250, "name": "Größe / 1"})]
    made = await batch(page, rows, "{name}_{row}.mp4")
    assert [one.job.path.name for one in made] == ["card 01.helios.json", "card 02.helios.json"]
    specs = [load_job(one.job.path) for one in made]
    assert specs[1].output_file == "Größe _ 1_02.mp4"
    assert json.dumps({"title": "plain", "red": 10, "name": "A"}, separators=(",", ":")) in specs[0].chunks[0].command
    for one, red in zip(made, (10, 250), strict=True):
        with av.open(str(one.still)) as picture:
            assert bytes(next(picture.decode(video=0)).reformat(format="rgb24").planes[0])[0] == red


async def test_a_bad_row_is_named_and_no_job_is_written(tmp_path: Path) -> None:
    require_browser()
    page = table(tmp_path, "card.html", PAGE)
    with pytest.raises(HeliosError, match=r"Row 2: .*no such title"):
        await batch(page, [Row(1, {"red": 1}), Row(2, {"red": 2, "title": "bad"})], "{row}.mp4")
    with pytest.raises(UserInputError, match=r"Rows 1 and 2 would both make Same\.mp4"):
        await batch(page, [Row(1, {"red": 1, "x": "same"}), Row(2, {"red": 2, "x": "Same"})], "{x}.mp4")
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("names.csv", "", True),
        ("names.TSV", "", True),
        ("names.json", '\ufeff [{"title": "A"}]', True),
        ("props.json", '{"title": "A"}', False),
        ("names.txt", "title", False),
    ],
)
def test_a_table_is_known_by_its_suffix_or_its_begin(name: str, text: str, is_one: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert is_table(tmp_path / name) is is_one
    assert not is_table(tmp_path / "gone.json")
