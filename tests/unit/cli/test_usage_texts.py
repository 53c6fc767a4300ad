from __future__ import annotations

from collections.abc import Iterator

import pytest

from helios_gui.cli import main
from helios_gui.cli.usage_texts import translate_error
from helios_gui.translation import choose_language

TYPERS_WORDS = ("Usage", "[OPTIONS", "COMMAND [", "[ARGS", "Arguments:", "Options:", "Commands:", "message", "[default")


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HELIOS_LANGUAGE", "de")
    yield
    choose_language("en")


def test_the_help_has_nothing_english_around_it(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["plan", "--help"], ["hooks", "-h"], ["hooks", "add", "--help"]):
        assert main(arguments) == 0
        text = capsys.readouterr().out
        assert text.startswith("Aufruf: helios-gui ")
        assert "Diese Hilfe zeigen und beenden." in text
        assert not [word for word in TYPERS_WORDS if word in text], text


def test_the_second_line_of_the_usage_stands_below_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "Aufruf: helios-gui [OPTIONEN] BEFEHL [ARGUMENTE]…"
    assert second == "        helios-gui [DATEIEN]"


def test_notes_on_options_are_translated(capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "[Standard: 0]" in text
    assert "[Standard: {name}_part_{index:04}.mov]" in text
    assert "[nötig]" in text
    assert "required" not in text


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["render"], "Das Argument 'JOB' fehlt."),
        (["plan", "a.json"], "Die Option '--command' fehlt."),
        (["render", "a", "b"], "Überzählige Argumente: b"),
        (["render", "a", "--bogus"], "Die Option --bogus gibt es nicht."),
        (["plan", "--outpu"], "Die Option --outpu gibt es nicht. (Mögliche Optionen: --chunk-output, --output)"),
        (["render", "--retries"], "Die Option '--retries' braucht einen Wert."),
        (["render", "--trust=1", "a"], "Die Option '--trust' nimmt keinen Wert."),
        (["render", "--retries", "x"], "Ungültiger Wert für '--retries': Eine ganze Zahl wird erwartet."),
        (["render", "--retries", "101"], "Ungültiger Wert für '--retries': Höchstens 100 wird erwartet."),
        (["render", "--stall", "x"], "Ungültiger Wert für '--stall': 'x' ist keines von 'off', 'warn', 'kill'."),
        (["render", "--chunk-timeout", "x"], "Ungültiger Wert für '--chunk-timeout': Eine Zahl wird erwartet."),
        (["hooks", "bogus"], "Den Befehl 'bogus' gibt es nicht."),
        (["bogus"], "Es gibt keine Datei „bogus“."),
    ],
)
def test_what_cannot_be_used_is_said_in_german(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr().err.splitlines()
    assert f"Fehler: {error}" in printed
    assert not [line for line in printed if "Usage" in line or "Try" in line]


def test_a_group_without_a_command_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hooks"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("Aufruf: helios-gui hooks")
    assert printed.count("Aufruf") == 1
    assert "Fehler" not in printed


def test_an_error_that_is_not_known_stays_as_it_is() -> None:
    assert translate_error("Something new.\nOn two lines.") == "Something new.\nOn two lines."
