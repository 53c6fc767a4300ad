"""Run a test server in a process of its own, for measurements that it must not take part in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from tests.cloud.servers.lambda_function import ROOT
from tests.cloud.servers.processes import stop_process


@contextmanager
def served_elsewhere(target: str, *arguments: str) -> Iterator[Any]:
    """Enter the context manager ``target`` (``module:function``), called with text arguments, in another process.

    Yields what it yields there, which has to be JSON; leaves it when the block ends.
    """
    command = [sys.executable, "-m", "tests.cloud.servers.elsewhere", target, *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, f"{target} did not start; exit code {process.wait(10)}"
        yield json.loads(line)
        # Its end of input is the server's sign to stop.
        process.stdin.close()
        process.wait(30)
    finally:
        process.stdin.close()
        process.stdout.close()
        stop_process(process)


def main(target: str, *arguments: str) -> None:
    """The other process: serve until the input ends."""
    module, _, name = target.partition(":")
    with getattr(import_module(module), name)(*arguments) as served:
        print(json.dumps(served), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
