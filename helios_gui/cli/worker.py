"""``helios-gui worker serve``: this machine as a worker."""

from __future__ import annotations

import asyncio
import logging
import os

from helios_gui.cli.output import ExitCode, complain, say
from helios_gui.types import HeliosError
from helios_gui.worker.serve import ServeOptions, serve


def serve_worker(options: ServeOptions) -> ExitCode:
    """Serve until told to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(serve(options, os.environ, lambda address: say(f"Rendering at {address}")))
    except HeliosError as error:
        return complain(error)
    return ExitCode.DONE
