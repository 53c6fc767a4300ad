"""``helios-gui worker serve``: runs this machine as a worker."""

from __future__ import annotations

import asyncio
import logging
import os

from helios_gui.cli.output import ExitCode, print_error, print_text, printable
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.worker.serve import ServeOptions, serve


class _PrintableFormatter(logging.Formatter):
    """Formats log records without control characters: they can hold text of jobs and of callers."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def serve_worker(options: ServeOptions) -> ExitCode:
    """Serve until a signal ends it."""
    handler = logging.StreamHandler()
    handler.setFormatter(_PrintableFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        asyncio.run(
            serve(options, os.environ, lambda address: print_text(tr("Rendering at {address}", address=address)))
        )
    except HeliosError as error:
        return print_error(error)
    return ExitCode.DONE
