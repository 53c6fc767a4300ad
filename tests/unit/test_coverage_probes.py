"""What probes count is what a tracer counts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import coverage
import pytest

from tests.support.coverage_probes import with_probes

SAMPLE = '''"""A module's docstring is no statement."""
from __future__ import annotations
import asyncio
import contextlib
import functools


@functools.cache
@functools.wraps(
    print
)
def decorated(number):
    """So is a function's."""
    if number:
        return "sooner"
    return (
        "later"
    )


class Things:
    size = 3

    def kinds(self, value):
        match value:
            case 1 | 2:
                return "low"
            case int() if value > self.size:
                found = "high"
            case [first, *_]:
                found = first
        match value:
            case str():
                found = "text"
            case _:
                found = "other"
        return found


def loops(count):
    total = 0
    for one in range(count):
        if one == 2:
            continue
        elif one > 4:
            break
        else:
            total += one
    else:
        total = -total
    while total < 0:
        total += 1
    while True:
        total += 1
        if total > 3:
            return [
                each
                for each in range(total)
                if each
            ]


def errors(value):
    with contextlib.suppress(KeyError):
        try:
            {1: 2}[value]
            if value:
                value += 1
        except IndexError:
            value = 1
        except TypeError as error:
            value = error
        else:
            value = 3
        finally:
            if value == 3:
                value = 4
        if value == "never":
            value = 5
    return value


async def waits(count):
    async def numbers():
        for number in range(count):
            yield number

    async for number in numbers():
        async with contextlib.AsyncExitStack():
            if number:
                await asyncio.sleep(0)
    assert count
'''
CALLS = {
    "nothing": "",
    "decorated": "decorated(0)",
    "both ways": "decorated(0); decorated(1)",
    "low": "Things().kinds(1)",
    "high": "Things().kinds(9)",
    "a guard that is false": "Things().kinds(3)",
    "no case": "Things().kinds('x')",
    "a list": "Things().kinds([1])",
    "no round": "loops(0)",
    "some": "loops(2)",
    "a break": "loops(9)",
    "no error": "errors(1)",
    "nothing to suppress": "errors(True)",
    "an error": "errors([])",
    "asynchronous": "asyncio.run(waits(2))",
    "all": "decorated(0); decorated(1); [Things().kinds(value) for value in (1, 3, 9, 'x', [1])]; "
    "[loops(count) for count in (0, 2, 9)]; [errors(value) for value in (1, 2, [])]; asyncio.run(waits(2))",
}


@pytest.mark.parametrize("calls", CALLS)
def test_lines_and_branches_are_those_of_a_tracer(calls: str, tmp_path: Path) -> None:
    assert sys.gettrace() is None, "or its data would be mixed with that of this test"
    path = tmp_path / "sample.py"
    path.write_text(SAMPLE, encoding="utf-8")
    tree, meanings = with_probes(SAMPLE)

    traced = coverage.Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
    with traced.collect():
        names: dict[str, object] = {}
        exec(compile(SAMPLE, str(path), "exec", dont_inherit=True), names)
        exec(CALLS[calls], names)

    probes = [0] * len(meanings)
    names = {"__probes__": probes}
    exec(compile(tree, str(path), "exec", dont_inherit=True), names)
    exec(CALLS[calls], names)
    probed = coverage.Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
    reached = {arc for count, meaning in zip(probes, meanings, strict=True) if count for arc in meaning}
    probed.get_data().add_arcs({str(path): reached})

    assert names["__doc__"] == "A module's docstring is no statement."
    assert report(probed, tmp_path) == report(traced, tmp_path)


def report(measured: coverage.Coverage, folder: Path) -> dict[str, object]:
    """Return what coverage.py says about the file."""
    measured.json_report(outfile=str(folder / "report.json"))
    (file,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["files"].values()
    return {name: file[name] for name in ("executed_lines", "missing_lines", "executed_branches", "missing_branches")}
