"""Whether an app and a worker go together: those with the same first two numbers of their versions do."""

from __future__ import annotations

import re

from helios_gui import __version__
from helios_gui.translation import mark, tr

_VERSION = re.compile(r"(\d{1,4}\.\d{1,4})[\w.+-]{0,40}")

LONGEST_VERSION = 60
"""Characters of what a worker says of its version that are shown."""

MISMATCH_ADVICE = mark("Build the image again from packaging/worker, and deploy it.")
"""What to do about a worker that does not go with this app."""


def are_compatible(worker: str, app: str = __version__) -> bool:
    """Return whether a worker and an app of these versions understand each other in all things.

    Of what is no version of ours nothing is known, and nothing held against it.
    """
    numbers = [_VERSION.fullmatch(version) for version in (worker, app)]
    return any(found is None for found in numbers) or len({found[1] for found in numbers if found}) == 1


def describe_versions(worker: str, whose: str = "", app: str = __version__) -> str:
    """Return both versions, in a sentence."""
    return tr(
        "{whose} is {worker}, this app is {app}.",
        whose=whose or tr("The worker"),
        worker=worker[:LONGEST_VERSION],
        app=app,
    )
