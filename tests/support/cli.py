"""Runs the real command in a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


def command(*arguments: str | Path) -> list[str]:
    """The argument list that runs ``helios-gui`` with these arguments from the checkout."""
    return [sys.executable, "-m", "helios_gui", *map(str, arguments)]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command that keeps its things in ``home``."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "HELIOS_HOME": str(home), "TERM": "xterm-256color", **more}


def run_cli(
    home: Path, *arguments: str | Path, cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with pipes for a terminal."""
    return subprocess.run(
        command(*arguments),
        env=environment(home),
        cwd=cwd or home,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
