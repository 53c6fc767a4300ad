"""The kind of adapter that renders on Google Cloud Run."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from helios_gui.adapters.adapter_kind import AdapterContext, AdapterKind, ClosableAdapter
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.types import CheckLine, FrameVerifier


def _make_adapter(profile: CloudRunProfile, context: AdapterContext) -> ClosableAdapter:
    from helios_gui.adapters.cloud_run.adapter import CloudRunAdapter

    return CloudRunAdapter(profile, context)


def _check_connection(profile: CloudRunProfile) -> AsyncGenerator[CheckLine, None]:
    from helios_gui.adapters.cloud_run.cloud_run_checks import check_cloud_run

    return check_cloud_run(profile)


def _check_round_trip(profile: CloudRunProfile, verify: FrameVerifier) -> AsyncGenerator[CheckLine, None]:
    from helios_gui.adapters.cloud_run.adapter import CloudRunAdapter
    from helios_gui.adapters.remote.round_trip_check import check_round_trip

    return check_round_trip(CloudRunAdapter, profile, verify)


CLOUD_RUN = AdapterKind(
    name="cloud-run",
    title="Google Cloud Run",
    profile_model=CloudRunProfile,
    make_adapter=_make_adapter,
    check_connection=_check_connection,
    check_round_trip=_check_round_trip,
    modules=("helios_gui.adapters.cloud_run.adapter", "helios_gui.storage.gcs"),
)
