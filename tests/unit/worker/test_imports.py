"""A worker image holds no Qt, and loads a cloud's library only when it uses that cloud."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("PySide6", "qasync", "boto3", "botocore", "google.auth", "httpx", "av", "typer")


@pytest.mark.parametrize("module", ["lambda_handler", "serve"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    code = f"import sys, helios_gui.worker.{module}; print([name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
