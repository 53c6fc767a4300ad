"""Rules for code that uses Qt, checked on the source: what breaks them crashes rarely, and then without a trace."""

from __future__ import annotations

import ast
from pathlib import Path

import helios_gui

PACKAGE = Path(helios_gui.__file__).parent
QT_RUNTIME = PACKAGE / "ui" / "qt_runtime"
OVERRIDES_OF_BACKEND = {"set_looping", "set_volume"}  # preview.backend.Backend documents them
FORBIDDEN = {
    "deleteLater": "use qt_runtime.deletion.delete_later",
    "WA_DeleteOnClose": "use qt_runtime.deletion.delete_on_close",
}


def _raw_deletions(source: str) -> list[tuple[int, str]]:
    """Line and name of each attribute access that deletes a Qt object directly."""
    if not any(name in source for name in FORBIDDEN):  # parsing all of the program takes seconds
        return []
    accesses = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    return [(node.lineno, node.attr) for node in accesses if node.attr in FORBIDDEN]


def test_qt_objects_are_deleted_through_qt_runtime_only() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if QT_RUNTIME not in path.parents]
    assert len(files) > 100
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {FORBIDDEN[name]}"
        for path in files
        for line, name in _raw_deletions(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


WIDGETS = PACKAGE / "ui" / "widgets"
READ_AS_MARKUP = {
    "setToolTip": (WIDGETS / "tooltips.py", "use ui.widgets.tooltips.set_tooltip"),
    "setWhatsThis": (None, "Qt reads it as markup"),
    "setHtml": (None, "show plain text"),
    "insertHtml": (None, "show plain text"),
    "appendHtml": (None, "show plain text"),
    "setMarkdown": (None, "show plain text"),
    "RichText": (None, "show plain text"),
    "AutoText": (None, "show plain text"),
    "QErrorMessage": (None, "use ui.widgets.notice_bar"),
    "QLabel": (WIDGETS / "plain_label.py", "use ui.widgets.plain_label.PlainLabel"),
}
"""Names that may let Qt read untrusted text as markup: the one module that may use it, and what others do."""


def _markup(path: Path, source: str) -> list[str]:
    """Return what is wrong with each call and attribute that could have text read as markup."""
    found: list[str] = []
    if not any(name in source for name in READ_AS_MARKUP):
        return found
    for node in ast.walk(ast.parse(source)):
        is_label = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        name = node.func.id if is_label else node.attr if isinstance(node, ast.Attribute) else ""
        allowed, instead = READ_AS_MARKUP.get(name, (path, ""))
        if allowed != path:
            found.append(f"{path}:{node.lineno}: {name}: {instead}")
    return found


def test_no_text_is_read_as_markup() -> None:
    found = [problem for path in PACKAGE.rglob("*.py") for problem in _markup(path, path.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


def test_every_message_box_is_told_that_its_text_is_plain() -> None:
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert source.count("QMessageBox(") <= source.count("box.setTextFormat(Qt.TextFormat.PlainText)"), path


def test_the_rule_about_markup_sees_every_form_of_it() -> None:
    source = "label = QLabel(name)\nlabel.setToolTip(name)\nbox.setTextFormat(Qt.TextFormat.RichText)\n"
    assert [problem.split(": ")[1] for problem in _markup(Path("x.py"), source)] == ["QLabel", "setToolTip", "RichText"]


def test_the_rule_sees_every_form_of_it() -> None:
    source = "sheet.deleteLater()\ntimer.timeout.connect(sheet.deleteLater)\nsheet.setAttribute(Qt.WA_DeleteOnClose)\n"
    assert _raw_deletions(source) == [(1, "deleteLater"), (2, "deleteLater"), (3, "WA_DeleteOnClose")]


def _undocumented_methods(source: str) -> list[tuple[int, str]]:
    """Return line and name of each public method of ours without a docstring.

    Those of Qt are camelCase (``paintEvent``) or one word (``data``).
    """
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef) and node.name[0] != "_"]
    methods = [node for owner in classes for node in owner.body if isinstance(node, ast.FunctionDef)]
    return [
        (method.lineno, method.name)
        for method in methods
        if "_" in method.name.strip("_") and method.name[0] != "_" and method.name.islower()
        if ast.get_docstring(method) is None and not _is_setter(method)
    ]


def _is_setter(method: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Attribute) and mark.attr == "setter" for mark in method.decorator_list)


def test_methods_that_are_not_qts_are_documented() -> None:
    """Ruff cannot tell overrides of Qt's methods from ours, so it does not ask for docstrings in ``ui``."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path in (PACKAGE / "ui").rglob("*.py")
        for line, name in _undocumented_methods(path.read_text(encoding="utf-8"))
        if name not in OVERRIDES_OF_BACKEND
    ]
    assert not found, "\n".join(found)
