"""What other packages load only for their own command lines, and nobody here uses."""

from __future__ import annotations

import sys


def leave_out_command_lines() -> None:
    """Have httpx be imported without its own, which brings rich, pygments and click: to be called before it is.

    That is 6 MB, and three quarters of the time the import takes.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # it does without what cannot be imported
