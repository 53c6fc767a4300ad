"""``helios-gui link-frames``: brings frames of an image sequence into a job; the command of the chunks of its video."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.types.sequences import frame_files, read_pattern


def link_frames(pictures: Path, output: Path, numbers: range) -> ExitCode:
    """Link frames and print the progress, as ``Rendered 3/30``.

    Args:
        pictures: The pictures; the name is a pattern.
        output: Their other names, which are a pattern, too.
        numbers: The numbers of the frames.
    """
    try:
        for path in (pictures, output):
            if read_pattern(path.name) is None:
                raise UserInputError(
                    tr("{name} does not say where the number of a frame goes.", name=path.name),
                    tr("Give a name such as frames/####.png."),
                )
        output.parent.mkdir(parents=True, exist_ok=True)
        pairs = zip(frame_files(pictures, numbers), frame_files(output, numbers), strict=True)
        for done, (file, other) in enumerate(pairs, 1):
            _link(file, other)
            print(f"Rendered {done}/{len(numbers)}", flush=True)
    except OSError as error:
        text = tr("{path} cannot be used: {reason}.", path=error.filename or pictures, reason=error.strerror or error)
        return print_error(HeliosError(text))
    except HeliosError as error:
        return print_error(error)
    return ExitCode.DONE


def _link(file: Path, other: Path) -> None:
    """Make a file that is the same; a link to a link would break when the first one is removed."""
    source = file.resolve(strict=True)
    other.unlink(missing_ok=True)
    try:
        os.link(source, other)
    except OSError:  # another disk, or one that has no links
        shutil.copyfile(source, other)
