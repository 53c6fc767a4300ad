from __future__ import annotations

import pytest

from helios_gui.resources import resource_path


def test_resources_are_found() -> None:
    assert resource_path().is_dir()
    assert resource_path().name in ("resources", "_resources")


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/nothing\.svg"):
        resource_path("icons", "nothing.svg")
