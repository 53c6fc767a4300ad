"""Rules of the code's layout that no other tool checks: no import circles, and no module that is too long."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import helios_gui

PACKAGE = "helios_gui"
MAX_LINES = 450
NO_VERBS = (
    "Above|After|All|Another|Any|As|At|Before|Below|Blocking|Both|By|Each|Every|Everything|Files|For|From|How|If|In|Its|"
    "Jobs|Left|Metadata|More|No|Nobody|None|Not|Nothing|Numbers|Of|On|One|Only|Seconds|Small|Somebody|Someone|That|The|"
    "There|These|They|This|Those|Three|Two|Type|Version|What|When|Where|Whether|Which|While|Who|Whose|Why|With|Without|"
    "Words"
)
"""What begins a sentence that does not say in the imperative what a function does; ruff finds verbs only."""


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


def is_property(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A property's docstring says what it is."""
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    return any("property" in name or name.endswith(".setter") for name in decorators)


def test_a_function_says_in_the_imperative_what_it_does() -> None:
    root = Path(helios_gui.__file__).parent
    begins_otherwise = re.compile(rf"(?:{NO_VERBS})\b|[^A-Z]")
    wrong = [
        f"{path.relative_to(root)}:{function.lineno}: {text}"
        for path in sorted(root.rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not is_property(function)
        if (text := ast.get_docstring(function)) and begins_otherwise.match(text)
    ]
    assert wrong == []


def test_what_is_installed_with_the_program_is_imported_by_it() -> None:
    project = tomllib.loads((Path(helios_gui.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = map(Requirement, project["project"]["dependencies"])
    declared = {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate()}
    graph = grimp.build_graph(PACKAGE, cache_dir=None, include_external_packages=True)
    owners = {
        module: {canonicalize_name(owner) for owner in distributions}
        for module, distributions in packages_distributions().items()
        if module in graph.modules and graph.is_module_squashed(module)
    }
    assert declared - set().union(*owners.values()) == set(), "not imported"
    with_others = {"botocore", "pydantic_core", "shiboken6", "urllib3"}  # parts of boto3, pydantic and PySide6
    assert {module for module, names in owners.items() if not names & declared} - with_others == set(), "not declared"


def test_benchmarks_can_be_loaded() -> None:
    """No run has them in it, so that one which lost what it imports would not be missed."""
    files = sorted((Path(helios_gui.__file__).parents[1] / "tests/benchmarks").glob("bench_*.py"))
    assert len(files) > 5
    for file in files:
        importlib.import_module(f"tests.benchmarks.{file.stem}")
