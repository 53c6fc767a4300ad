"""Measures what tests cover without tracing: ``python -m pytest -p tests.support.coverage_probes``.

A tracer, all that coverage.py has before Python 3.14 to see branches, makes each function of each library several times
slower. Here the program's modules are compiled with a probe before each statement and on each way out of a branch,
which costs some nanoseconds; all else runs as ever. Where those are is coverage.py's own analysis, and what was reached
is stored as its data (``.coverage.probes-…``, a file for each test process), of which it makes the report.

Counted less than by tracing: the ways out of lambdas, and an ``except`` that was looked at and then not taken.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import coverage
import pytest
from coverage.parser import PythonParser

Arc = tuple[int, int]
"""From one line to another, as coverage.py has it; of a line to itself where only that is known."""

ROOT = Path(__file__).parents[2]
PROGRAM = "helios_gui"
_NAME = "__probes__"
_reached: dict[str, tuple[list[int], list[tuple[Arc, ...]]]] = {}  # by file: which probes, and what each means


def with_probes(text: str) -> tuple[ast.Module, list[tuple[Arc, ...]]]:
    """Return a module's syntax with ``__probes__[n] = 1`` at all its places, and what each place means."""
    parser = PythonParser(text=text)
    parser.parse_source()
    tree = ast.parse(text)
    probes = _Probes(parser)
    probes.put_into(tree.body)
    return ast.fix_missing_locations(tree), probes.meanings


class _Probes:
    """Puts probes into one module."""

    def __init__(self, parser: PythonParser) -> None:
        self.meanings: list[tuple[Arc, ...]] = []
        self._first_line = parser.first_line
        self._ways: defaultdict[int, set[int]] = defaultdict(set)
        for start, end in parser.arcs():
            self._ways[start].add(end)

    def put_into(self, body: list[ast.stmt], arcs: Sequence[Arc] = ()) -> None:
        """Put one before each statement; the first one means ``arcs`` as well."""
        made: list[ast.stmt] = []
        for statement in body:
            lines = [*(each.lineno for each in getattr(statement, "decorator_list", ())), statement.lineno]
            arcs = [*arcs, *((line, line) for line in lines)]
            if not _must_come_first(statement):
                made.append(self._probe(statement, arcs))
                arcs = []
            made.append(statement)
            self._put_inside(statement)
        if arcs:
            made.append(self._probe(body[-1], arcs))
        body[:] = made

    def _probe(self, place: ast.stmt, arcs: Sequence[Arc]) -> ast.stmt:
        self.meanings.append(tuple(arcs))
        target = ast.Subscript(ast.Name(_NAME, ast.Load()), ast.Constant(len(self.meanings) - 1), ast.Store())
        return ast.copy_location(ast.Assign([target], ast.Constant(1)), place)

    def _put_inside(self, statement: ast.stmt) -> None:
        match statement:
            case ast.If() | ast.While():
                self._put_into_branches(statement, statement.test)
            case ast.For() | ast.AsyncFor():
                self._put_into_branches(statement, statement.iter)
            case ast.Match():
                self._put_into_cases(statement)
            case ast.Try() | ast.TryStar():
                seen: list[Arc] = []
                self.put_into(statement.body)
                for handler in statement.handlers:
                    seen.append((handler.lineno, handler.lineno))
                    self.put_into(handler.body, seen)
                self.put_into(statement.orelse)
                self.put_into(statement.finalbody)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.With() | ast.AsyncWith():
                self.put_into(statement.body)

    def _put_into_branches(self, statement: ast.If | ast.While | ast.For | ast.AsyncFor, asked: ast.expr) -> None:
        into, past = self._split(self._first_line(asked.lineno), statement.body)
        place = statement.body[-1]
        self.put_into(statement.body, into)
        if statement.orelse:
            self.put_into(statement.orelse, past)
        elif past:
            statement.orelse = [self._probe(place, past)]

    def _put_into_cases(self, statement: ast.Match) -> None:
        seen: list[Arc] = []
        place = statement.cases[-1].body[-1]
        for case in statement.cases:
            line = self._first_line(case.pattern.lineno)
            into, past = self._split(line, case.body)
            self.put_into(case.body, [*seen, (line, line), *into])
            seen += [(line, line), *past]
            certain = case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        if not certain:
            statement.cases.append(ast.match_case(ast.MatchAs(), None, [self._probe(place, seen)]))

    def _split(self, line: int, body: list[ast.stmt]) -> tuple[list[Arc], list[Arc]]:
        """Return the ways from a line into a body and past it; none where there is only one, or several past it."""
        ways = self._ways[line]
        first = min(each.lineno for each in (body[0], *getattr(body[0], "decorator_list", ())))
        into = [(line, way) for way in ways if first <= way <= (body[-1].end_lineno or 0)]
        past = [(line, way) for way in ways if (line, way) not in into]
        return (into, past) if len(into) == len(past) == 1 else ([], [])


def _must_come_first(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


class _Loader(SourceFileLoader):
    """Runs a module with probes; whoever only asks for its code gets it as it is."""

    def exec_module(self, module: ModuleType) -> None:
        code, meanings = _compiled(Path(self.path))
        module.__dict__[_NAME] = _reached.setdefault(self.path, ([0] * len(meanings), meanings))[0]
        exec(code, module.__dict__)


class _Finder:
    """Finds the modules of the program as Python does."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] != PROGRAM:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def _compiled(path: Path) -> tuple[CodeType, list[tuple[Arc, ...]]]:
    """Return a module's code with probes and what they mean; kept beside Python's own, as finding out takes longer."""
    status, us = path.stat(), Path(__file__).stat()
    key = (status.st_mtime_ns, status.st_size, us.st_mtime_ns, us.st_size, coverage.__version__, sys.version)
    kept = Path(importlib.util.cache_from_source(str(path))).with_suffix(".probes")
    with suppress(OSError, ValueError, EOFError, TypeError):
        found, code, meanings = marshal.loads(kept.read_bytes())
        if found == key:
            return code, meanings
    tree, meanings = with_probes(path.read_text(encoding="utf-8") or "\n")
    code = compile(tree, str(path), "exec", dont_inherit=True)
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(marshal.dumps((key, code, meanings)))
        unfinished.replace(kept)
    return code, meanings


def arcs_reached() -> dict[str, set[Arc]]:
    """Return what was reached in this process, by file."""
    return {
        path: {arc for count, meaning in zip(counts, meanings, strict=True) if count for arc in meaning}
        for path, (counts, meanings) in _reached.items()
    }


def pytest_addoption() -> None:
    """Begin to measure: pytest calls this as soon as it knows the plugin, before any ``conftest.py``."""
    assert PROGRAM not in sys.modules, "what was loaded before is not measured"
    sys.meta_path.insert(0, _Finder())


def pytest_configure(config: pytest.Config) -> None:
    """Remove what earlier runs have measured, before test processes are started."""
    if not hasattr(config, "workerinput"):
        for file in ROOT.glob(".coverage*"):
            file.unlink()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Store what was reached in this process; one of them also names what nobody has loaded."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    data = coverage.CoverageData(str(ROOT / ".coverage"), suffix=f"probes-{process}")
    data.add_arcs({_relative(path): arcs for path, arcs in arcs_reached().items()})
    if process == "main":
        data.touch_files(_relative(path) for path in (ROOT / PROGRAM).rglob("*.py"))
    data.write()
    data.close()


def _relative(path: str | Path) -> str:
    return str(Path(path).resolve().relative_to(ROOT.resolve()))
