from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.process.log_tail import LogTail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "attempt.log"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_follows_a_file_that_is_not_there_yet(log: Path) -> None:
    tail = LogTail(log)
    assert tail.read() == []
    append(log, b"one\ntw")
    assert tail.read() == ["one"]
    assert tail.read() == []
    append(log, b"o\nthree")
    assert tail.read() == ["two"]
    assert tail.flush() == ["three"]
    assert tail.flush() == []
    assert tail.lines == ("one", "two", "three")


def test_lines_end_at_newline_return_or_both(log: Path) -> None:
    tail = LogTail(log)
    append(log, b"frame= 1\rframe= 2\r")
    assert tail.read() == ["frame= 1", "frame= 2"], "progress does not wait for a newline"
    append(log, b"\nwindows\r\n\r\nunix\n\nend\n")
    assert tail.read() == ["windows", "", "unix", "", "end"], "the newline belongs to the return read before"


def test_bytes_that_are_not_utf8_are_replaced(log: Path) -> None:
    append(log, b"caf\xe9 \xff\n" + "Gr\u00fc\u00dfe \u2713\n".encode())
    assert LogTail(log).read() == ["caf\ufffd \ufffd", "Gr\u00fc\u00dfe \u2713"]


def test_characters_split_between_reads_survive(log: Path) -> None:
    tail = LogTail(log)
    lines = []
    for byte in "Gr\u00fc\u00dfe \u2713\n".encode():
        append(log, bytes([byte]))
        lines += tail.read()
    assert lines == ["Gr\u00fc\u00dfe \u2713"]


def test_terminal_colours_are_removed(log: Path) -> None:
    append(log, b"\x1b[1;31merror\x1b[0m: \x1b]8;;http://x\x1b\\link\x1b]8;;\x07 \x1b[2K\x1b(Bdone\n")
    assert LogTail(log).read()[0].startswith("error: link ")


def test_one_enormous_line_is_cut_and_takes_no_memory(log: Path) -> None:
    tail = LogTail(log, line_limit=100)
    for _ in range(50):
        append(log, b"x" * 200_000)
        assert tail.read() == []
        assert len(tail._partial) <= 101
    append(log, b"\nnext\n")
    assert tail.read() == ["x" * 100 + " …", "next"]


def test_line_of_just_the_limit_is_not_cut(log: Path) -> None:
    append(log, b"x" * 100 + b"\n")
    assert LogTail(log, line_limit=100).read() == ["x" * 100]


def test_remembers_the_last_lines_only(log: Path) -> None:
    append(log, b"".join(b"%d\n" % number for number in range(1000)))
    tail = LogTail(log, keep=3)
    assert len(tail.read()) == 1000
    assert tail.lines == ("997", "998", "999")


def test_reads_a_block_at_a_time(log: Path) -> None:
    append(log, b"0123456\n" * 100)
    tail = LogTail(log, block=80)
    assert len(tail.read()) == 10
    assert tail.behind
    assert len(tail.read_rest()) == 90
    assert not tail.behind


def test_rest_includes_the_unfinished_line(log: Path) -> None:
    append(log, b"one\ntwo")
    assert LogTail(log, block=2).read_rest() == ["one", "two"]


def test_starts_at_the_tail_of_a_huge_file(log: Path) -> None:
    append(log, b"".join(b"line %06d\n" % number for number in range(10_000)))
    tail = LogTail(log, start_at_tail=60)
    assert tail.read() == [f"line {number:06d}" for number in range(9995, 10_000)], "a line cut in two is left out"
    assert tail.skipped == 10_000 * 12 - 61
    append(log, b"more\n" * 100)
    assert tail.read() == ["more"] * 100, "only the first read skips"


def test_tail_of_a_small_file_is_all_of_it(log: Path) -> None:
    append(log, b"one\ntwo\n")
    tail = LogTail(log, start_at_tail=1000)
    assert tail.read() == ["one", "two"]
    assert tail.skipped == 0


def test_tail_within_a_single_long_line(log: Path) -> None:
    append(log, b"x" * 1000)
    tail = LogTail(log, start_at_tail=10)
    assert tail.read_rest() == []
    append(log, b"xx\nnext\n")
    assert tail.read() == ["next"]


def test_flood_is_skipped_to_its_end(log: Path) -> None:
    tail = LogTail(log, block=100, backlog=1000)
    append(log, b"calm\n")
    assert tail.read() == ["calm"]
    append(log, b"flood 123\n" * 1000 + b"last line\n")
    lines = tail.read()
    assert lines == ["flood 123"] * 8 + ["last line"]
    assert tail.skipped > 9000


def test_starts_over_when_truncated(log: Path) -> None:
    append(log, b"first attempt\nhalf a li")
    tail = LogTail(log)
    tail.read()
    log.write_bytes(b"again\n")
    assert tail.read() == ["again"]


def test_starts_over_when_replaced_by_a_longer_file(log: Path) -> None:
    append(log, b"old\n")
    tail = LogTail(log)
    tail.read()
    other = log.with_name("new")
    other.write_bytes(b"new and longer\n")
    other.replace(log)
    assert tail.read() == ["new and longer"]


def test_survives_deletion_and_a_folder_in_its_place(log: Path) -> None:
    append(log, b"one\n")
    tail = LogTail(log)
    tail.read()
    log.unlink()
    assert tail.read_rest() == []
    append(log, b"back\n")
    assert tail.read() == ["back"]
    log.unlink()
    log.mkdir()
    assert LogTail(log).read_rest() == []


@given(
    st.lists(st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n", "é".encode()]), max_size=40),
    st.lists(st.integers(1, 5), min_size=1, max_size=10),
    st.integers(1, 7),
)
def test_lines_do_not_depend_on_how_they_arrive(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], steps: list[int], block: int
) -> None:
    log = tmp_path_factory.mktemp("tail") / "log"
    data = b"".join(pieces)
    tail = LogTail(log, block=block)
    lines: list[str] = []
    position = 0
    while position < len(data):
        step = steps[position % len(steps)]
        append(log, data[position : position + step])
        position += step
        lines += tail.read()
    lines += tail.read_rest()
    expected = re.split("\r\n|\r|\n", data.decode())
    assert lines == (expected if expected[-1] else expected[:-1])
