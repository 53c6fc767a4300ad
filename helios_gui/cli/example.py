"""``helios-gui example``: copies a packaged example to a folder where it can be rendered."""

from __future__ import annotations

from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.sources.examples import Example, copy_example
from helios_gui.types import HeliosError


def print_example(folder: Path | None, *, page: bool) -> ExitCode:
    """Copy an example, and print the path of its file for scripts.

    Args:
        folder: Where to; by default one that is named after the example.
        page: Whether it is the web page, not the job of the test card.
    """
    example = Example.SUNRISE if page else Example.TEST_CARD
    try:
        file = copy_example(example, folder or Path(example.value[0]))
    except HeliosError as error:
        return print_error(error)
    print_text(str(file))
    return ExitCode.DONE
