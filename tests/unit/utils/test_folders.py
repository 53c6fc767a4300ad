from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.types import UserInputError
from helios_gui.utils.folders import AppFolders


def test_everything_lies_under_the_home_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    folders = AppFolders.default()
    assert folders == AppFolders.at(tmp_path / "home")
    places = [folders.journal, folders.logs, folders.profiles, folders.settings, folders.trust]
    assert all(place.is_relative_to(tmp_path / "home") for place in places)
    assert len(set(places)) == len(places)


def test_the_platforms_folders_are_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELIOS_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folders = AppFolders.default()
    assert "helios-render-manager" in str(folders.journal)
    assert "helios-render-manager" in str(folders.profiles)
    assert folders.data != folders.config


def test_create_makes_the_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path / "new").create()
    assert folders.create() == folders
    assert folders.config.is_dir()
    assert list(folders.data.iterdir()) == [folders.logs]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserInputError, match="file") as caught:
        AppFolders.at(tmp_path / "file").create()
    assert "HELIOS_HOME" in caught.value.hint
