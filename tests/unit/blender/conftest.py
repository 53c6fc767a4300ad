"""Small scenes for a real Blender."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.blends import make_blend


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene in which a cube goes from left to right; tests only read it."""
    return make_blend(tmp_path_factory.mktemp("moving") / "Szene ü.blend")
