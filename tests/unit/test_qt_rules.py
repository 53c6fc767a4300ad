"""Rules for code that uses Qt, checked on the source: what breaks them crashes rarely, and then without a trace."""

from __future__ import annotations

import ast
from pathlib import Path

import helios_gui

PACKAGE = Path(helios_gui.__file__).parent
QT_RUNTIME = PACKAGE / "ui" / "qt_runtime"
FORBIDDEN = {
    "deleteLater": "use qt_runtime.deletion.delete_later",
    "WA_DeleteOnClose": "use qt_runtime.deletion.delete_on_close",
}


def _raw_deletions(source: str) -> list[tuple[int, str]]:
    """Line and name of each attribute access that deletes a Qt object directly."""
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


def test_the_rule_sees_every_form_of_it() -> None:
    source = "sheet.deleteLater()\ntimer.timeout.connect(sheet.deleteLater)\nsheet.setAttribute(Qt.WA_DeleteOnClose)\n"
    assert _raw_deletions(source) == [(1, "deleteLater"), (2, "deleteLater"), (3, "WA_DeleteOnClose")]
