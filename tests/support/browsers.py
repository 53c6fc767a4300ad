"""The browser of this machine, for tests that render web pages."""

from __future__ import annotations

import os
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
