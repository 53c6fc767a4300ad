"""Small scenes for a real Blender."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.blends import make_blend

GROWS_TO_THE_END = """
driver = cube.driver_add("scale", 2).driver
driver.expression = "frame / last"
last = driver.variables.new()
last.name = "last"
last.targets[0].id_type, last.targets[0].id, last.targets[0].data_path = "SCENE", scene, "frame_end"
"""


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene in which a cube goes from left to right, and has grown when the scene ends; tests only read it."""
    return make_blend(tmp_path_factory.mktemp("moving") / "Szene ü.blend", GROWS_TO_THE_END)
