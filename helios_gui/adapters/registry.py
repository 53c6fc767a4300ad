"""The kinds of adapter there are. To add one: write its folder, and add its ``AdapterKind`` here."""

from __future__ import annotations

from typing import Any

from helios_gui.adapters.adapter_kind import AdapterKind
from helios_gui.adapters.aws_lambda.kind import AWS_LAMBDA
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.kind import CLOUD_RUN
from helios_gui.adapters.local.kind import LOCAL
from helios_gui.adapters.own_worker.kind import OWN_WORKER

KINDS: tuple[AdapterKind[Any], ...] = (
    LOCAL,
    AWS_LAMBDA,
    CLOUD_RUN,
    OWN_WORKER,
)

DEFAULT_KIND = LOCAL.name
"""The kind of a profile that names none."""


def kind_names() -> tuple[str, ...]:
    """Return the names of all kinds, in the order in which they are offered."""
    return tuple(kind.name for kind in KINDS)


def find_kind(name: str) -> AdapterKind[Any]:
    """Return the kind of that name.

    Raises:
        KeyError: There is no such kind.
    """
    return {kind.name: kind for kind in KINDS}[name]


def kind_of(profile: Profile) -> AdapterKind[Any]:
    """Return the kind that a profile belongs to."""
    return find_kind(profile.kind)
