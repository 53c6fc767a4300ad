"""Every text for people goes through translation, and every language has all of them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest
from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "helios_gui"
UPDATE = ROOT / "packaging" / "translations" / "update"

TRANSLATING = {"tr", "tr_count", "mark"}
NOT_FOR_PEOPLE = {
    "debug", "info", "warning", "exception", "critical", "log",  # logging
    "compile", "search", "match", "fullmatch", "sub", "findall", "split",  # regular expressions
    "execute", "executemany", "executescript",  # SQL
    "strftime", "strptime", "getLogger", "setProperty", "setStyleSheet", "import_module",
    "RuntimeError", "AssertionError", "TypeError", "LookupError", "KeyError", "NotImplementedError",
}  # fmt: skip
"""Functions whose texts no person reads in the window or the terminal."""

SHOWING = {
    "CheckLine", "CheckResult", "of_error", "note", "print_text",
    "addAction", "addItem", "addRow", "addTab", "setAccessibleName", "setPlaceholderText", "setText", "setTitle",
    "setToolTip", "set_tooltip", "setWindowTitle", "PlainLabel", "QLabel", "QPushButton", "QCheckBox", "QRadioButton",
}  # fmt: skip
"""Functions that show their texts to people: there, a single word is a text as well."""

WORD = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)?[.…]?")
NAMES = {"Blender"}

FILES_WITHOUT_TEXT = {
    "cli/blend_command.py",  # help, which cli/help_language.py translates
    "cli/hook_commands.py",  # help, which cli/help_language.py translates
    "cli/commands.py",  # help, which cli/help_language.py translates
    "cli/plan_command.py",  # help, which cli/help_language.py translates
    "cli/new_command.py",  # help, which cli/help_language.py translates
    "cli/video_commands.py",  # help, which cli/help_language.py translates
    "cli/page_commands.py",  # help, which cli/help_language.py translates
    "cli/render_command.py",  # help, which cli/help_language.py translates
    "cli/watch_command.py",  # help, which cli/help_language.py translates
    "cli/worker_commands.py",  # help, which cli/help_language.py translates
    "cli/profile_commands.py",  # help, which cli/help_language.py translates
    "licences/licence_names.py",
    "orchestrator/journal_rows.py",
    "product.py",  # names
    "renderers/known_renderers.py",  # what renderers print
    "sources/page_languages.py",  # each language in its own name
    "ui/diagnostics.py",  # for whoever helps, in English
    "ui/theme/tokens.py",  # names of fonts
}

NOT_TEXT = re.compile(
    r"""^\s*(?:CAST\(|(?:CREATE|DELETE|INSERT|PRAGMA|SELECT|UPDATE|WITH)\ )|  # SQL
    ^;FFMETADATA|^ffconcat\ |^ffmpeg\ -|^Content-Type:|^(?:multipart|text)/|^Bearer\ |^Value\ error,|  # formats
    ^%|\\d|^<[!?a-z]|^color:\ |^remove:\ ID|  # times, logs, regular expressions, markup
    ^(?:AWS\ Lambda|Google\ Cloud\ Run)$|^(?:Linear\ (?:Rec|BT)\.709|Scene\ Linear)$|  # names
    ^(?:Dolby\ Vision|HDR\ Vivid|ambisonic\ \{\})$|^\{\}\ lx\ \(|  # names, a unit
    ^(?:connection\ to\ the\ instance|response\ was\ malformed|failed\ to\ start|no\ available\ instance)$|  # of Google
    ^Failed\ to\ (?:load\ module\ script|resolve\ module\ specifier)$|  # of Chromium
    ^(?:signature\ expired|not\ yet\ current|signal:\ killed)$|  # of AWS
    ^Expecting\ (?:property\ name|'[:,]'\ delimiter|value)$|^(?:Illegal\ trailing\ comma|Extra\ data)$|  # of Python
    ^(?:Unterminated\ string|Invalid\ control\ character|Invalid\ \\(?:uXXXX\ )?escape)$|  # of Python
    ^(?:Invalid|Unclosed|Illegal|Unescaped|Escaped|Duplicate|Found|Expected)\ (?:value|hex\ value|date\ or|initial|
    statement|array|inline|character|'\\'|invalid|newline|['"])|  # of Python's tomllib
    ^Cannot\ (?:overwrite|declare|redefine|mutate)|  # of Python's tomllib
    ^(?:unexpected\ end\ of\ data|expected\ after|field\ larger\ than)$|  # of Python's csv
    ^/Applications/|^~/Library/|^Blender\ Foundation\\|^\(\(\)\ =>|^__helios  # places of programs, scripts
    |^job_id,\ chunk_id$|^a\ workspace\ delivers\ only|  # columns; a defect
    ^(?:attachment|bold|duration|file|helios-gui|blocked|job|preview|stop|HTTP|Rendered)\ \{|
    ^bytes\ \{|^\ --profile|^tell\ application\ "|^exec\ "\$@"|  # names of tasks above; formats
    ^source\ code$|^resource\ \{\}\ is\ not  # in licences; a defect
    """,
    re.VERBOSE,
)
"""Literals with spaces that are no sentences of ours: protocols, file formats, other programs' words."""

SENTENCE = re.compile(r"[A-Za-z“(][^\n]*[ ][^\n]*[A-Za-z]|\{\} [a-z]{2,}|[A-Za-z]{2,} \{\}")


def test_every_sentence_in_the_source_is_marked_for_translation() -> None:
    missed = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in untranslated(ast.parse(path.read_text(encoding="utf-8")))
        if not NOT_TEXT.search(text) and path.relative_to(PACKAGE).as_posix() not in FILES_WITHOUT_TEXT
    ]
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise UserInputError("No such file.", "Give another one.")', ["No such file.", "Give another one."]),
        ('x = f"{n} chunks failed of {m}"', ["{} chunks failed of {}"]),
        ('x = tr("No such file.") + tr_count("{number} job is", "{number} jobs are", 2)', []),
        ('x = tr(f"No file {name}.")', ["No file {}."]),
        ('logger.warning("could not remove %s", x)', []),
        ('"""A docstring of several words."""\ndef f():\n    """Return it all."""', []),
        ('x = f"{n} failed"', ["{} failed"]),
        ('x = "one_word"', []),
        ('line = CheckLine("Storage", True, tr("It is there."))', ["Storage"]),
        ('label.setText("Stopped.")', ["Stopped."]),
        ('label.setText(tr("Stopped."))', []),
        ('tr("It answered: {said}", said=answer or "nothing")', ["nothing"]),
        ('tr("It answered: {said}", said=answer or tr("nothing"))', []),
    ],
)
def test_what_the_check_finds(source: str, found: list[str]) -> None:
    assert [text for _, text in untranslated(ast.parse(source))] == found


def test_every_language_has_every_text() -> None:
    command = [sys.executable, UPDATE, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_an_empty_file_becomes_the_catalogue_of_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # which the script changes
    bring_up = run_path(str(UPDATE))["_bring_up"]
    template = Catalog()
    template.add(("{number} chunk", "{number} chunks"))
    file = tmp_path / "pl.po"
    file.touch()
    assert bring_up(file, template, False) == ["pl.po: not translated: '{number} chunk'"]
    text = file.read_text("utf-8")
    assert "Helios Render Manager" in text
    assert "nplurals=3" in text  # as Polish has
    file.write_text(re.sub(r'(msgstr\[\d\]) ""', r'\1 "{number} fragmentów"', text), "utf-8")
    assert bring_up(file, template, False) == []
    assert bring_up(file, template, True) == []


@pytest.mark.parametrize(
    ("text", "translation", "is_right"),
    [
        ("{path} is missing", "{path} fehlt", True),
        ("{path} is missing", "{path} fehlt. {path} fehlt", False),
        ("{path} is missing", "Etwas fehlt", False),
        ("Frame of a command…", 'Bild mit "Bild mit Befehl …" Befehl …', False),
        ('{"profiles": […]}', '{"profiles": […]}', True),
    ],
)
def test_a_translation_that_says_something_twice_is_found(
    text: str, translation: str, is_right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    faults = run_path(str(UPDATE))["_faults"]
    assert (faults(Message(text, translation)) == []) is is_right


def test_a_translation_that_is_marked_as_fuzzy_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    faults = run_path(str(UPDATE))["_faults"]
    assert faults(Message("Replace", "Ersetzen", flags=["fuzzy"])) != [], "the compiled catalogue has no such text"


def test_german_has_one_word_for_each_term() -> None:
    """What some translators keep in English is called *Abschnitt* and *Bild* everywhere."""
    catalogue = (ROOT / "resources" / "translations" / "de.po").read_text("utf-8")
    entries = [entry.partition("\nmsgstr")[2] for entry in catalogue.split("\n\n")]
    assert [entry for entry in entries if re.search(r"\b(?:Chunks?|Frames?)\b", entry)] == []


def untranslated(tree: ast.Module) -> list[tuple[int, str]]:
    """Return line and text of each sentence outside ``tr()``, docstrings, assertions and what is not for people."""
    search = _SentenceSearch()
    search.visit(tree)
    return search.found


class _SentenceSearch(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Call(self, call: ast.Call) -> None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name in TRANSLATING:  # an f-string cannot be translated
            values = [value for value in values if not isinstance(value, ast.Constant)]
            for value in values:
                last = value.values[-1] if isinstance(value, ast.BoolOp) else None  # … or "nothing"
                if isinstance(last, ast.Constant) and str(last.value).isalpha():
                    self.found.append((last.lineno, str(last.value)))
        if name in NOT_FOR_PEOPLE:
            values = [value for value in values if not isinstance(value, ast.Constant | ast.JoinedStr)]
        if name in SHOWING:
            words = [value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
            self.found += [
                (word.lineno, word.value) for word in words if WORD.fullmatch(word.value) and word.value not in NAMES
            ]
        for node in (call.func, *values):
            self.visit(node)

    def visit_Expr(self, expression: ast.Expr) -> None:
        if not isinstance(expression.value, ast.Constant):  # else a docstring
            self.generic_visit(expression)

    def visit_Assert(self, assertion: ast.Assert) -> None:
        """Pass over: assertions are for developers."""

    def visit_JoinedStr(self, text: ast.JoinedStr) -> None:
        self._look_at(
            text, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in text.values)
        )
        for part in text.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part)

    def visit_Constant(self, constant: ast.Constant) -> None:
        if isinstance(constant.value, str):
            self._look_at(constant, constant.value)

    def _look_at(self, node: ast.expr, text: str) -> None:
        if SENTENCE.search(text):
            self.found.append((node.lineno, text))
