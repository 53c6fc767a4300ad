"""A worker that for a while does not hear that it shall stop."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Does nothing until the file named in ``WAKE_UP`` is there; from then on it is the real worker."""
    from helios_gui.worker.lambda_handler import handler as real_handler

    while not Path(os.environ["WAKE_UP"]).exists():
        time.sleep(0.05)
    return real_handler(event, context)
