"""The kind of adapter that renders with workers of one's own, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from helios_gui.adapters.adapter_kind import AdapterContext, AdapterKind, ClosableAdapter
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.translation import mark
from helios_gui.types import CheckLine, FrameVerifier


def _make_adapter(profile: OwnWorkerProfile, context: AdapterContext) -> ClosableAdapter:
    from helios_gui.adapters.own_worker.adapter import OwnWorkerAdapter

    return OwnWorkerAdapter(profile, context)


def _check_connection(profile: OwnWorkerProfile) -> AsyncGenerator[CheckLine, None]:
    from helios_gui.adapters.own_worker.adapter import check_own_worker

    return check_own_worker(profile)


def _check_round_trip(profile: OwnWorkerProfile, verify: FrameVerifier) -> AsyncGenerator[CheckLine, None]:
    from helios_gui.adapters.own_worker.adapter import OwnWorkerAdapter
    from helios_gui.adapters.remote.round_trip_check import check_round_trip

    return check_round_trip(OwnWorkerAdapter, profile, verify)


OWN_WORKER = AdapterKind(
    name="own-worker",
    title=mark("own worker over HTTP"),
    profile_model=OwnWorkerProfile,
    make_adapter=_make_adapter,
    check_connection=_check_connection,
    check_round_trip=_check_round_trip,
    modules=("helios_gui.adapters.own_worker.adapter",),
)
