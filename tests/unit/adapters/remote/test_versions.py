"""Which apps and workers go together."""

from __future__ import annotations

import pytest

from helios_gui import __version__
from helios_gui.adapters.remote.versions import are_compatible, describe_versions


@pytest.mark.parametrize(
    ("worker", "app", "together"),
    [
        ("0.1.0", "0.1.0", True),
        ("0.1.7", "0.1.0", True),
        ("0.1.0rc1", "0.1.0", True),
        ("0.2.0", "0.1.0", False),
        ("1.1.0", "0.1.0", False),
        ("0.10.0", "0.1.0", False),
        ("", "0.1.0", True),
        ("latest", "0.1.0", True),
        ("0.2.0\n0.1.0", "0.1.0", True),
    ],
)
def test_the_first_two_numbers_count(worker: str, app: str, together: bool) -> None:
    assert are_compatible(worker, app) is together


def test_it_is_this_apps_version_that_counts() -> None:
    assert are_compatible(__version__)
    assert not are_compatible("999.0")
    assert describe_versions("999.0") == f"The worker is 999.0, this app is {__version__}."
