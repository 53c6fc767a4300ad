"""The kind of adapter that renders on this machine."""

from __future__ import annotations

from helios_gui.adapters.adapter_kind import AdapterContext, AdapterKind, ClosableAdapter
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.translation import mark


def _make_adapter(profile: LocalProfile, context: AdapterContext) -> ClosableAdapter:
    from helios_gui.adapters.local.adapter import LocalAdapter

    return LocalAdapter(grace=profile.stop_grace, gpus=profile.gpus)


LOCAL = AdapterKind(name="local", title=mark("this machine"), profile_model=LocalProfile, make_adapter=_make_adapter)
