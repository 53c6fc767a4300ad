from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helios_gui.jobfile.command_line import join_command, parse_command, redirect_output, resolve_program
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.process.frozen import chunk_command
from helios_gui.types import UserInputError

ARGUMENT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.text("ab\\\"' ;&|<>=#$\t\n")
ARGV = st.builds(lambda head, rest: (head, *rest), ARGUMENT.filter(bool), st.lists(ARGUMENT))


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("helios render a.html -o b.mov ", ("helios", "render", "a.html", "-o", "b.mov")),
        ("tool 'a b' \"c d\" e\\ f", ("tool", "a b", "c d", "e f")),
        ("tool '' \"\"", ("tool", "", "")),
        ("tool a'b'\"c\"d", ("tool", "abcd")),
        ("tool C:\\renders\\new\\.cache\\1.mov", ("tool", "C:\\renders\\new\\.cache\\1.mov")),
        ('tool "C:\\renders\\new file.mov"', ("tool", "C:\\renders\\new file.mov")),
        ("tool 'C:\\my dir\\'", ("tool", "C:\\my dir\\")),
        ("tool C:\\dir\\", ("tool", "C:\\dir\\")),
        ("tool C:\\größe\\ümlaut", ("tool", "C:\\größe\\ümlaut")),
        ("tool \\\\\\\\server", ("tool", "\\\\server")),
        ('tool "a\\"b\\\\c\\d"', ("tool", 'a"b\\c\\d')),
        ("tool \\'x\\' \\; \\&\\& \\>", ("tool", "'x'", ";", "&&", ">")),
        ("tool '&&' \"|\" '>' ';'", ("tool", "&&", "|", ">", ";")),
        ("tool # not a comment $HOME *.mov ~", ("tool", "#", "not", "a", "comment", "$HOME", "*.mov", "~")),
        ("one \\\n two\n three", ("one", "two", "three")),
        ("tool [0:v]scale=1:1[a];[a]null http://host/?a=1&b=2", None),
        ("tool narrow\u202fspace", ("tool", "narrow\u202fspace")),
        ("A=1 tool", ("A=1", "tool")),
    ],
)
def test_posix_commands(text: str, argv: tuple[str, ...] | None) -> None:
    assert parse_command(text, windows=False) == (argv or tuple(text.split()))


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        # the table of Microsoft's documentation of C command-line arguments
        ('tool "abc" d e', ("tool", "abc", "d", "e")),
        ('tool a\\\\b d"e f"g h', ("tool", "a\\\\b", "de fg", "h")),
        ('tool a\\\\\\"b c d', ("tool", 'a\\"b', "c", "d")),
        ('tool a\\\\\\\\"b c" d e', ("tool", "a\\\\b c", "d", "e")),
        ('tool "a b"" c d"', ("tool", 'a b" c d')),
        ("C:\\bin\\tool.exe C:\\out\\", ("C:\\bin\\tool.exe", "C:\\out\\")),
        ('"C:\\Program Files\\tool.exe" \\\\server\\share "C:\\a b\\\\"', None),
        ("tool it's 'a b'", ("tool", "it's", "'a", "b'")),
        ('tool "" a;b ;', ("tool", "", "a;b", ";")),
    ],
)
def test_windows_commands(text: str, argv: tuple[str, ...] | None) -> None:
    expected = argv or ("C:\\Program Files\\tool.exe", "\\\\server\\share", "C:\\a b\\")
    assert parse_command(text, windows=True) == expected


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("operator", ["&&", "||", "|", ">", "2>", ">log.txt", "2>&1", "<in", "&"])
def test_shell_operators_are_refused_with_advice(operator: str, windows: bool) -> None:
    with pytest.raises(UserInputError, match="shell operator") as caught:
        parse_command(f"first {operator} second", windows=windows)
    assert f"'{operator}'" in str(caught.value)
    assert "script" in caught.value.hint


@pytest.mark.parametrize("text", ["cd here; ffmpeg", "a ; b"])
def test_semicolons_are_refused_where_a_shell_would_split(text: str) -> None:
    with pytest.raises(UserInputError, match="shell operator"):
        parse_command(text, windows=False)


@pytest.mark.parametrize(
    ("text", "windows", "place"),
    [("a 'b", False, 3), ('ab "c\\"', False, 4), ("a b'c\"d", False, 4), ('a "b', True, 3), ('a "b" \\\\"c', True, 9)],
)
def test_unbalanced_quotes_are_located(text: str, windows: bool, place: int) -> None:
    with pytest.raises(UserInputError, match=rf"character {place} that is never closed"):
        parse_command(text, windows=windows)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("text", ["", "  \n\t ", '""', '"" a', "a\0b"])
def test_empty_commands_and_nul_are_refused(text: str, windows: bool) -> None:
    with pytest.raises(UserInputError):
        parse_command(text, windows=windows)


@given(ARGV, st.booleans())
@example(("&&", ">", "|", "a;", ";"), False)
@example(("&&", ">", "2>\\", "a\\\\", "\\"), True)
@example(("a", "\x1f", "\xa0", "\u2028"), False)
def test_any_arguments_round_trip(argv: tuple[str, ...], windows: bool) -> None:
    assert parse_command(join_command(argv, windows=windows), windows=windows) == argv


@given(ARGV)
def test_pythons_own_windows_quoting_is_understood(argv: tuple[str, ...]) -> None:
    safe = [argument for argument in argv if not set(argument) & set("\n\r\f\v&|<>")]
    line = subprocess.list2cmdline(["tool", *safe])
    assert parse_command(line, windows=True) == ("tool", *safe)


@given(st.text() | st.text("ab\\\"' ;&|<>=#$\t\n"), st.booleans())
def test_no_text_does_worse_than_user_input_error(text: str, windows: bool) -> None:
    try:
        argv = parse_command(text, windows=windows)
    except UserInputError:
        return
    assert argv[0]


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
def test_a_shell_agrees_about_quoted_arguments() -> None:
    line = join_command(
        [sys.executable, "-c", "import sys; print(sys.argv[1:])", "a b", "it's", '"', "\\", "$HOME", ""]
    )
    if os.name == "posix":
        printed = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True).stdout
        assert printed.strip() == str(list(parse_command(line)[3:]))


def test_the_output_argument_is_redirected(tmp_path: Path) -> None:
    part = tmp_path / "attempt" / "a.mov"
    argv = ("a.mov", "-i", "b/a.mov", "-o", "./x/../a.mov", "--output=a.mov", str(tmp_path / "a.mov"), "a.mov.txt")
    redirected, named = redirect_output(argv, "a.mov", part, job_dir=tmp_path)
    assert redirected == ("a.mov", "-i", "b/a.mov", "-o", str(part), f"--output={part}", str(part), "a.mov.txt")
    assert named


def test_a_command_that_does_not_name_its_output_is_left_alone(tmp_path: Path) -> None:
    argv = ("tool", "--output=b.mov", "aa.mov", "sub/a.mov", "see a.mov")
    assert redirect_output(argv, "a.mov", tmp_path / "part", job_dir=tmp_path) == (argv, False)


def test_redirecting_to_the_same_file_still_says_it_was_named(tmp_path: Path) -> None:
    argv = ("tool", str(tmp_path / "a.mov"))
    assert redirect_output(argv, "a.mov", tmp_path / "a.mov", job_dir=tmp_path) == (argv, True)


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_programs_are_found_on_the_path_and_in_the_job_folder(tmp_path: Path) -> None:
    on_path = _program(tmp_path / "bin" / "render-it")
    beside = _program(tmp_path / "job" / "tools" / "render-it")
    job_dir, path = tmp_path / "job", str(tmp_path / "bin")
    assert resolve_program(("render-it", "x"), job_dir=job_dir, path=path) == (str(on_path), "x")
    assert resolve_program(("tools/render-it",), job_dir=job_dir, path=path) == (str(beside),)
    assert resolve_program(("./tools/render-it",), job_dir=job_dir, path=path) == (str(beside),)
    assert resolve_program((str(beside),), job_dir=tmp_path, path="") == (str(beside),)


def test_a_program_that_moved_is_found_again(tmp_path: Path) -> None:
    first, second = (_program(tmp_path / name / "render-it") for name in ("first", "second"))
    path = os.pathsep.join((str(first.parent), str(second.parent)))
    assert resolve_program(("render-it",), job_dir=tmp_path, path=path) == (str(first),)
    first.unlink()
    assert resolve_program(("render-it",), job_dir=tmp_path, path=path) == (str(second),)


def test_a_missing_program_is_found_once_it_is_installed(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="'render-it' was not found") as caught:
        resolve_program(("render-it",), job_dir=tmp_path, path=str(tmp_path / "bin"))
    assert "Install it" in caught.value.hint
    _program(tmp_path / "bin" / "render-it")
    resolve_program(("render-it",), job_dir=tmp_path, path=str(tmp_path / "bin"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("FOO=1", "profile"), ("here.sh", "./here.sh"), ("./here.sh", "not executable"), ("./gone", "There is no")],
)
def test_advice_fits_the_reason_a_program_is_missing(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "here.sh").write_text("#!/bin/sh\n")
    with pytest.raises(UserInputError) as caught:
        resolve_program((name,), job_dir=tmp_path, path="")
    assert hint in caught.value.hint


def test_ffmpeg_is_bundled_and_a_system_one_wins(tmp_path: Path) -> None:
    assert resolve_program(("ffmpeg", "-y"), job_dir=tmp_path, path="") == (str(find_ffmpeg()), "-y")
    own = _program(tmp_path / "bin" / "ffmpeg")
    assert resolve_program(("ffmpeg",), job_dir=tmp_path, path=str(own.parent)) == (str(own),)


@pytest.mark.parametrize("name", ["helios-gui", "helios-gui.exe", "Helios-GUI"])
def test_our_own_name_is_this_installation_whatever_else_is_there(tmp_path: Path, name: str) -> None:
    other = _program(tmp_path / "bin" / name)
    for path in ("", str(other.parent)):
        assert resolve_program((name, "web", "page.html"), job_dir=tmp_path, path=path) == tuple(
            chunk_command("web", "page.html")
        )
    assert resolve_program((f"./bin/{name}",), job_dir=tmp_path, path="") == (str(other),)
