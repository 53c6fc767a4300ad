"""``helios-gui example``: the packaged test card, in a folder where it can be rendered."""

from __future__ import annotations

import shutil
from pathlib import Path

from helios_gui.cli.output import ExitCode, complain, say
from helios_gui.types import HeliosError, UserInputError
from helios_gui.utils.resources import resource_path

JOB_FILE = "test-card.helios.json"


def copy_example(folder: Path) -> ExitCode:
    """Copy the example to ``folder`` (made if need be) and print the job file's path, so that scripts can use it."""
    try:
        _copy(resource_path("examples", "test-card"), folder)
    except HeliosError as error:
        return complain(error)
    say(str(folder.absolute() / JOB_FILE))
    return ExitCode.DONE


def _copy(packaged: Path, folder: Path) -> None:
    """Copy all files; one of the same name that says something else is somebody's work and stays."""
    files = sorted(file for file in packaged.rglob("*") if file.is_file())
    pairs = [(file, folder / file.relative_to(packaged)) for file in files]
    try:
        for file, target in pairs:
            if target.exists() and target.read_bytes() != file.read_bytes():
                raise UserInputError(f"{target} exists and is another file.", "Name another folder, or remove it.")
        for file, target in pairs:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    except OSError as error:
        raise UserInputError(
            f"The example cannot be copied to {folder}: {error.strerror or error}.", "Name another folder."
        ) from error
