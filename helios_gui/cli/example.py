"""``helios-gui example``: copies the packaged example job to a folder where it can be rendered."""

from __future__ import annotations

import shutil
from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError

JOB_FILE = "test-card.helios.json"


def copy_example(folder: Path) -> ExitCode:
    """Copy the example to ``folder``, which is created where needed, and print the job file's path for scripts."""
    try:
        _copy(resource_path("examples", "test-card"), folder)
    except HeliosError as error:
        return print_error(error)
    print_text(str(folder.absolute() / JOB_FILE))
    return ExitCode.DONE


def _copy(packaged: Path, folder: Path) -> None:
    """Copy all files. A file of the same name with other content is the user's work: nothing is copied then."""
    files = sorted(file for file in packaged.rglob("*") if file.is_file())
    pairs = [(file, folder / file.relative_to(packaged)) for file in files]
    try:
        for file, target in pairs:
            if target.exists() and target.read_bytes() != file.read_bytes():
                raise UserInputError(
                    tr("{target} exists and is another file.", target=target), tr("Give another folder, or remove it.")
                )
        for file, target in pairs:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    except OSError as error:
        raise UserInputError(
            tr(
                "The example cannot be copied to {folder}: {strerror}.", folder=folder, strerror=error.strerror or error
            ),
            tr("Give another folder."),
        ) from error
