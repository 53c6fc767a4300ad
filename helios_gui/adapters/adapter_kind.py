"""What a kind of adapter tells about itself, and what an adapter is made with."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from helios_gui.adapters.base_profile import Profile
from helios_gui.types import AttemptResult, CheckLine, FrameVerifier, WorkerAdapter

ProfileT = TypeVar("ProfileT", bound=Profile)

ResultListener = Callable[[AttemptResult], None]
"""Is called on the event loop with every result that a worker leaves."""


def ignore_result(result: AttemptResult) -> None:
    """Do nothing: the default listener for results."""


def say_nothing(sentence: str) -> None:
    """Do nothing: the default listener for sentences."""


class ClosableAdapter(WorkerAdapter, Protocol):
    """A ``WorkerAdapter`` that holds connections."""

    async def close(self) -> None:
        """Close connections and threads. No attempt is running any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterContext:
    """What an adapter is given beside its profile. Times are in seconds.

    ``hash_cache`` is a file that remembers what was uploaded (``None``: nothing is remembered). ``read_timeout``
    replaces the time that an answer is waited for; ``poll_interval`` is the time between the first looks for a
    result; ``stop_wait`` is how long a cancelled worker has to confirm its end. ``say`` gets sentences about the
    service for a person: that it has refused all calls for ``refused_for``, and that this is over.
    """

    hash_cache: Path | None = None
    on_result: ResultListener = ignore_result
    read_timeout: float | None = None
    poll_interval: float = 1.0
    stop_wait: float = 10.0
    say: Callable[[str], None] = say_nothing
    refused_for: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterKind(Generic[ProfileT]):
    """One kind of adapter: the entry of the registry.

    The functions import what they need when they are called, because start-up must not load the libraries of a
    cloud. ``title`` is what people call the kind. ``modules`` are loaded ahead of the first render
    (see ``preload``). ``check_connection`` looks at all that a profile needs without rendering anything;
    ``check_round_trip`` renders a test frame and removes everything it uploaded. Both yield one line for each thing
    that was looked at, and are ``None`` for a kind without a connection.
    """

    name: str
    title: str
    profile_model: type[ProfileT]
    make_adapter: Callable[[ProfileT, AdapterContext], ClosableAdapter]
    check_connection: Callable[[ProfileT], AsyncGenerator[CheckLine, None]] | None = None
    check_round_trip: Callable[[ProfileT, FrameVerifier], AsyncGenerator[CheckLine, None]] | None = None
    modules: Collection[str] = ()

    @property
    def is_cloud(self) -> bool:
        """Whether the kind renders elsewhere, from files that are uploaded."""
        return self.profile_model.is_cloud

    def preload(self) -> None:
        """Import what the kind's adapters need, which can take half a second. May be called on any thread."""
        for module in self.modules:
            import_module(module)
