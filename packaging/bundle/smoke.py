#!/usr/bin/env python3
"""Try a frozen app as a person would: in the terminal, as a worker, and (on Linux) in its window.

    packaging/bundle/smoke.py PROGRAM

PROGRAM is the bundle's helios-gui; on Linux it may be several words, such as “chroot FOLDER /usr/bin/helios-gui”, as
long as both see the same temporary folder. The window's part needs Xvfb, openbox and xdotool. Anything that a program
prints and should not, on either stream, is a failure, and so is a process that stays.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import smoke_terminal  # noqa: E402
import smoke_window  # noqa: E402
from smoke_app import App, SmokeError  # noqa: E402

CHECKS = {
    "version": smoke_terminal.version,
    "doctor": smoke_terminal.doctor,
    "render the example": smoke_terminal.render_example,
    "children's environment": smoke_terminal.environment_of_children,
    "worker": smoke_terminal.worker,
    "window": smoke_window.render_and_play if sys.platform == "linux" else smoke_window.stays_open,
    "nothing is left": smoke_terminal.nothing_is_left,
}


def main() -> int:
    """Run the checks in turn; returns 0 when all passed, else 1 with the first failure."""
    command = sys.argv[1:]
    if not command:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="helios-smoke-", ignore_cleanup_errors=True) as folder:
        app = App(command, Path(folder).resolve())
        for name, check in CHECKS.items():
            started = time.monotonic()
            try:
                found = check(app)
            except (SmokeError, TimeoutError, subprocess.TimeoutExpired, OSError) as failure:
                print(f"FAILED  {name}: {failure}", flush=True)
                return 1
            print(f"ok      {name} ({time.monotonic() - started:.1f} s): {found}", flush=True)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends, too
    sys.exit(main())
