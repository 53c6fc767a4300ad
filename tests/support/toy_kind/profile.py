"""The settings of the toy kind, and what it tells the registry about itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from helios_gui.adapters.adapter_kind import AdapterContext, AdapterKind, ClosableAdapter
from helios_gui.adapters.base_profile import Profile
from helios_gui.types import ExecutionPolicy


class ToyProfile(Profile):
    """A profile that renders here, and writes the id of each attempt into the file ``record``."""

    kind: Literal["toy"] = "toy"
    record: Path
    concurrency: int = 2

    def policy(self) -> ExecutionPolicy:
        return self._policy(self.concurrency)


def _make_adapter(profile: ToyProfile, context: AdapterContext) -> ClosableAdapter:
    from tests.support.toy_kind.adapter import ToyAdapter

    return ToyAdapter(profile, context)


TOY = AdapterKind(name="toy", title="a toy", profile_model=ToyProfile, make_adapter=_make_adapter)
