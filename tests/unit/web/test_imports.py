"""Each chunk of a page starts the command anew: what is loaded before the browser delays every one of them."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("aiohttp", "av", "email", "httpx", "numpy", "pydantic", "PySide6", "xml")


def test_the_command_of_a_chunk_loads_little_before_its_browser() -> None:
    code = f"import sys, helios_gui.cli.web; print([name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
