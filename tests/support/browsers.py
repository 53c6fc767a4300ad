"""The browser of this machine, for tests that render web pages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from helios_gui.types import UserInputError
from helios_gui.web.browser import find_browser


def require_browser() -> Path:
    """Return the browser; without one the test is skipped, except in CI, where that is a failure."""
    try:
        return find_browser()
    except UserInputError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def require_headless_shell() -> str:
    """Return the path of Chromium's headless shell; without it the test is skipped, except in CI: a failure there."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chrome-headless-shell")
    if not found and os.environ.get("CI"):
        pytest.fail("chromium-headless-shell is not installed")
    if not found:
        pytest.skip("chromium-headless-shell is not installed")
    return found
