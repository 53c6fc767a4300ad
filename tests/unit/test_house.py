"""Rules of the code's layout that no other tool checks: no import circles, and no module that is too long."""

from __future__ import annotations

from pathlib import Path

import grimp

import helios_gui

PACKAGE = "helios_gui"
MAX_LINES = 450


def import_circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return the groups of modules that import each other directly or through others, each group in order.

    These are the strongly connected components of the imports (Tarjan's algorithm).
    """
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    circles: list[list[str]] = []

    def visit(module: str) -> None:
        numbers[module] = lowest[module] = len(numbers)
        stack.append(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            if imported not in numbers:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], numbers[imported])
        if lowest[module] == numbers[module]:
            start = stack.index(module)
            circle = sorted(stack[start:])
            del stack[start:]
            if len(circle) > 1:
                circles.append(circle)

    for module in sorted(graph.modules):
        if module not in numbers:
            visit(module)
    return circles


def test_circles_are_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("f", "a")):
        graph.add_import(importer=importer, imported=imported)
    assert sorted(import_circles(graph)) == [["a", "b", "c"], ["d", "e"]]


def test_no_modules_import_each_other() -> None:
    """Imports inside functions and those for type checkers only count as well."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None, exclude_type_checking_imports=False)
    circles = import_circles(graph)
    assert not circles, "\n".join(["These modules import each other:", *(" ↔ ".join(circle) for circle in circles)])


def test_no_module_is_too_long() -> None:
    root = Path(helios_gui.__file__).parent
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in root.rglob("*.py")}
    too_long = [f"{path.relative_to(root)}: {lines} lines" for path, lines in lengths.items() if lines > MAX_LINES]
    assert not too_long, f"Modules of more than {MAX_LINES} lines: {too_long}"
