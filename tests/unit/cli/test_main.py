from __future__ import annotations

import subprocess
import sys
import tomllib
import types
from collections.abc import Sequence
from pathlib import Path

import pytest

from helios_gui import __version__
from helios_gui.cli import main
from helios_gui.cli.commands import make_command
from helios_gui.cli.invocation import COMMANDS
from tests.support.cli import command, environment, run_cli
from tests.support.jobs import text_job


def test_version_is_told_with_and_without_other_words(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(home, "--version").stdout == f"helios-gui {__version__}\n"
    assert main(["--version", "render"]) == 0
    assert capsys.readouterr().out == f"helios-gui {__version__}\n"


def test_version_imports_nothing_that_takes_time(home: Path) -> None:
    code = (
        "import sys; from helios_gui.cli import main; main(['--version']); "
        "print(sorted({'typer', 'rich', 'pydantic', 'asyncio'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], env=environment(home), capture_output=True, text=True)
    assert answer.stdout.splitlines()[1] == "[]", answer.stderr


def test_help_lists_the_commands_and_the_window(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    listed = [line.split()[0] for line in text.partition("Commands:\n")[2].split("\n\n")[0].splitlines()]
    assert tuple(listed) == COMMANDS
    assert "helios-gui [FILES]" in text


def test_a_command_that_is_made_alone_is_that_of_all() -> None:
    everything = make_command()
    assert make_command("no-such").commands.keys() == everything.commands.keys()
    for name, whole in everything.commands.items():
        alone = make_command(name)
        assert list(alone.commands) == [name]
        assert [each.opts for each in alone.commands[name].params] == [each.opts for each in whole.params]


@pytest.mark.parametrize("arguments", [["render"], ["render", "a", "--bogus"], ["render", "a", "--concurrency", "0"]])
def test_bad_usage_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Error:" in capsys.readouterr().err


class FakeWindow(types.ModuleType):
    """Stands where the window's module would be imported from."""

    def __init__(self) -> None:
        super().__init__("helios_gui.app")
        self.opened: list[Sequence[Path]] = []

    def run_window(self, files: Sequence[Path], address: object, remark: str) -> int:
        assert address is not None
        assert not remark
        self.opened.append(files)
        return 7


@pytest.fixture
def window(home: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWindow:
    fake = FakeWindow()
    monkeypatch.setitem(sys.modules, "helios_gui.app", fake)
    return fake


def test_without_a_command_the_window_opens(window: FakeWindow) -> None:
    assert main([]) == 7
    assert window.opened == [[]]


def test_files_and_folders_go_to_the_window(
    window: FakeWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a.helios.json", "folder", "-b.json"]
    for name in names:
        Path(name).touch()
    assert main([*names[:2], "--", names[2]]) == 7
    assert main(["--", names[2]]) == 7
    assert window.opened == [[tmp_path / name for name in names], [tmp_path / names[2]]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rendr", "job.json"], "Did you mean: helios-gui render?"),
        (["missing.json"], "There is no file “missing.json”."),
        (["job.json", "--trust"], "helios-gui render job.json"),
    ],
)
def test_what_is_no_file_opens_no_window(
    arguments: list[str], words: str, window: FakeWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
    assert not window.opened


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_the_terminal_says_so(home: Path) -> None:
    variables = environment(home, DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    answer = subprocess.run(command(), env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "no display" in answer.stderr


def test_a_name_that_is_not_text_is_printed_and_no_error(home: Path, work: Path) -> None:
    missing = "br\udce9ve.json"
    answer = subprocess.run(
        command("render", missing), env=environment(home), cwd=work, capture_output=True, check=False
    )
    assert answer.returncode == 2
    assert b"br\xe9ve.json" in answer.stderr


QT_CHECK = """
import sys
from helios_gui.cli import main
code = main(sys.argv[1:])
qt = sorted({name.partition('.')[0] for name in sys.modules} & {'PySide6', 'shiboken6', 'qasync'})
print(f'exit {code}, imported {qt}')
"""


def test_output_imports_nothing_that_delays_the_window() -> None:
    code = "import sys, helios_gui.cli.output\nprint(sorted({'pydantic', 'asyncio'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_qt(name: str, home: Path, job: Path) -> None:
    arguments = {
        "render": [job, "--trust"],
        "plan": [
            *(job.with_name("planned.json"), "--command", "render {start} {end} {output}", "--fps", "30"),
            *("--width", "64", "--height", "36", "--total", "10", "--chunk-size", "5"),
        ],
        "example": [job.with_name("example")],
        "profiles": ["list"],
        "worker": ["serve", "--help"],
        "restitch": ["--help"],
        "web": ["--help"],
        "blend": ["--help"],
        "new": ["--help"],
        "report": ["--help"],
        "hooks": ["list"],
        "transcode": ["--help"],
        "link-frames": ["--help"],
        "watch": ["--help"],
    }
    answer = subprocess.run(
        [sys.executable, "-c", QT_CHECK, name, *map(str, arguments.get(name, []))],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.splitlines()[-1] == "exit 0, imported []", answer.stdout + answer.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="shells of other systems")
def test_closed_streams_are_no_error(home: Path, work: Path) -> None:
    (work / "job.json").write_text(text_job(1).to_json())
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    asked = subprocess.run([*shell, *command("render", "job.json")], env=environment(home), cwd=work, check=False)
    assert asked.returncode == 2, "nobody can be asked"
    assert subprocess.run([*shell, *command("presets")], env=environment(home), cwd=work, check=False).returncode == 0


@pytest.mark.parametrize(
    "module",
    ["helios_gui.cli", "helios_gui.process.frozen", "helios_gui.translation", "helios_gui.cli.commands", "typer"],
)
def test_ctrl_c_while_modules_are_loaded_is_no_error(module: str, home: Path) -> None:
    code = f"""
import sys
class Interrupted:
    def find_spec(self, name, *_):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
import runpy
runpy.run_module("helios_gui", run_name="__main__")
"""
    asked = [sys.executable, "-c", code, "jobs"]
    answer = subprocess.run(asked, env=environment(home), capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (130, "", "")


def test_the_command_and_the_packages_begin_where_ctrl_c_is_no_error() -> None:
    top = Path(__file__).resolve().parents[3]
    scripts = tomllib.loads((top / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts["helios-gui"] == "helios_gui.__main__:main"
    assert "from helios_gui.__main__ import main" in (top / "packaging/bundle/launch.py").read_text()
