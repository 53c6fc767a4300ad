"""``helios-gui presets``: lists the presets, and what is wrong with those that cannot be used."""

from __future__ import annotations

from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error, print_json, print_text
from helios_gui.media.presets import PresetShelf, read_presets
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.folders import AppFolders


def list_presets(job_dir: Path, *, as_json: bool) -> ExitCode:
    """Print all presets that can be used; name the files that cannot, on standard error.

    Args:
        job_dir: The folder of a job, whose own presets are among them.
        as_json: Whether JSON is printed.
    """
    if not job_dir.is_dir():
        return print_error(UserInputError(tr("There is no folder {folder}.", folder=job_dir), tr("Correct its path.")))
    shelf = read_presets(job_dir)
    if as_json:
        print_json([_row(shelf, name) for name in shelf.found], indent=2)
    else:
        _print_list(shelf)
    for problem in shelf.problems:
        print_text(tr("Skipped: {problem}", problem=problem), error=True)
    return ExitCode.DONE


def _row(shelf: PresetShelf, name: str) -> dict[str, object]:
    found = shelf.found[name]
    values = found.preset.model_dump(mode="json", exclude_none=True)
    return {**values, "description": found.preset.summary, "file": str(found.path)}


def _print_list(shelf: PresetShelf) -> None:
    wide = max(map(len, shelf.found), default=0)
    for name, found in shelf.found.items():
        preset = found.preset
        print_text(f"{name:{wide}}  {preset.title} ({', '.join(preset.suffixes)})")
        print_text(f"{'':{wide}}  {preset.summary}")
        if not found.is_own:
            print_text(f"{'':{wide}}  {found.path}")
    folders = AppFolders.found()
    if folders is not None:
        print_text(tr("Your own presets go into {folder}.", folder=folders.presets))
