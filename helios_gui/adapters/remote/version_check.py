"""What a worker's version means to this app."""

from __future__ import annotations

from helios_gui import __version__
from helios_gui.types import CheckLine
from helios_gui.utils.versions import MISMATCH_ADVICE, explain_versions, go_together


def version_line(worker: str | None) -> CheckLine | None:
    """The line about a worker's version; ``None`` where it is this app's, or the worker tells none."""
    if not worker or worker == __version__:
        return None
    if go_together(worker):
        return CheckLine("Worker's version", True, f"{explain_versions(worker)} They go together.")
    return CheckLine("Worker's version", None, explain_versions(worker), MISMATCH_ADVICE)
