"""The packaged examples: copied to a folder where they can be rendered and changed."""

from __future__ import annotations

import os
import shutil
from enum import Enum
from pathlib import Path

from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.folders import HOME_VARIABLE


class Example(Enum):
    """An example: its folder below ``resources/examples``, and the file that a person opens."""

    TEST_CARD = ("test-card", "test-card.helios.json")
    SUNRISE = ("sunrise", "sunrise.html")


def example_folder() -> Path:
    """Return where the window puts an example: in ``$HELIOS_HOME`` where that is set, else among the documents."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute() / "example"
    import platformdirs

    return platformdirs.user_documents_path() / tr("Helios example")


def copy_example(example: Example, folder: Path) -> Path:
    """Copy an example to a folder, which is made where needed. Returns the file to open.

    Raises:
        UserInputError: A file of the same name with other content is there (nothing is copied then), or the folder
            cannot be written to.
    """
    name, opened = example.value
    packaged = resource_path("examples", name)
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
            tr("The example cannot be copied to {folder}: {reason}.", folder=folder, reason=error.strerror or error),
            tr("Give another folder."),
        ) from error
    return folder.absolute() / opened
