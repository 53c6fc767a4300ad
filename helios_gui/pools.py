"""The worker pools of profiles, and the tests of a profile's connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from functools import partial

from helios_gui.adapters.adapter_kind import AdapterContext, ClosableAdapter, ResultListener
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.registry import kind_of
from helios_gui.adapters.remote.versions import MISMATCH_ADVICE, are_compatible, describe_versions
from helios_gui.conditions.conditions import ConditionSources, find_wait
from helios_gui.net.scrub import scrub
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import MediaVerifier
from helios_gui.translation import tr
from helios_gui.types import AttemptResult, CheckLine, HeliosError, ProfileNotice, WorkerPool
from helios_gui.utils.folders import AppFolders

logger = logging.getLogger(__name__)

_UPLOADS = "uploads.sqlite"


def ignore_notice(notice: ProfileNotice) -> None:
    """Do nothing: the default listener for notices."""


class VersionWatch:
    """Announces, once for each profile, that a worker's version does not fit this app's. Jobs go on all the same."""

    def __init__(self, announce: Callable[[ProfileNotice], None]) -> None:
        self._announce = announce
        self._announced: set[str] = set()

    def listener(self, profile: str) -> ResultListener:
        """Return what listens to the results of a profile's workers."""
        return lambda result: self._check_version(profile, result)

    def _check_version(self, profile: str, result: AttemptResult) -> None:
        version = result.worker_version or ""
        if not are_compatible(version) and profile not in self._announced:
            self._announced.add(profile)
            message = describe_versions(version, tr("The worker of “{profile}”", profile=profile))
            self._announce(ProfileNotice(profile, message, tr(MISMATCH_ADVICE)))


class Pools:
    """The worker pools of all profiles: each is made once, and again after its profile has changed.

    ``announce`` is called with what a person should know about a profile's workers; ``condition_sources`` are where the
    conditions of profiles are looked up.
    """

    def __init__(
        self,
        profiles: ProfileStore,
        folders: AppFolders,
        announce: Callable[[ProfileNotice], None] = ignore_notice,
        condition_sources: ConditionSources | None = None,
    ) -> None:
        self._condition_sources = condition_sources or ConditionSources()
        self._profiles = profiles
        self._folders = folders
        self._announce = announce
        self._versions = VersionWatch(announce)
        self._made: dict[str, tuple[Profile, WorkerPool]] = {}
        self._adapters: list[ClosableAdapter] = []

    def get(self, name: str) -> WorkerPool:
        """Return the pool of a profile.

        Raises:
            NotFoundError: There is no such profile.
            UserInputError: The profile's settings cannot be used.
        """
        profile = self._profiles.get(name)
        known, pool = self._made.get(profile.name, (None, None))
        if pool is None or known != profile:
            pool = self._make(profile)
            self._made[profile.name] = (profile, pool)
        return pool

    async def close(self) -> None:
        """Close the connections of all adapters that were made."""
        await asyncio.gather(*(adapter.close() for adapter in self._adapters))

    def _make(self, profile: Profile) -> WorkerPool:
        context = AdapterContext(
            hash_cache=self._folders.data / _UPLOADS,
            on_result=self._versions.listener(profile.name),
            say=lambda sentence: self._announce(ProfileNotice(profile.name, sentence)),
        )
        adapter = kind_of(profile).make_adapter(profile, context)
        self._adapters.append(adapter)
        return WorkerPool(
            name=profile.name,
            adapter=adapter,
            policy=profile.policy(),
            max_jobs=profile.max_jobs,
            environment=profile.chunk_environment(),
            price_of=profile.price_of,
            find_wait=partial(find_wait, profile.conditions(), self._condition_sources)
            if profile.conditions()
            else None,
        )


def load_workers(profiles: Iterable[Profile]) -> None:
    """Import what the adapters of these profiles need, which can take half a second. May be called on any thread."""
    for profile in profiles:
        kind_of(profile).preload()


async def check_connection(profile: Profile) -> AsyncGenerator[CheckLine, None]:
    """Look at everything the profile needs without rendering; yield a line for each, none if it needs no connection."""
    check = kind_of(profile).check_connection
    if check is not None:
        async with aclosing(_in_words(check(profile))) as lines:
            async for line in lines:
                yield line


async def check_round_trip(profile: Profile) -> AsyncGenerator[CheckLine, None]:
    """Render a test frame through the profile, and yield a line for each step; none if it needs no connection.

    A few kB are uploaded and a worker runs for about a second. What was uploaded is removed before this ends, also
    when it is cancelled.
    """
    check = kind_of(profile).check_round_trip
    if check is None:
        return
    verifier = MediaVerifier()
    try:
        async with aclosing(_in_words(check(profile, verifier))) as lines:
            async for line in lines:
                yield line
    finally:
        await verifier.aclose()


async def _in_words(checks: AsyncGenerator[CheckLine, None]) -> AsyncGenerator[CheckLine, None]:
    """Yield the lines of a check; whatever stops it, however odd the answer of an endpoint, becomes the last line."""
    try:
        async with aclosing(checks) as lines:
            async for line in lines:
                yield line
    except HeliosError as error:
        yield CheckLine.of_error(tr("Connection"), error)
    except Exception as error:
        logger.exception("A connection test ended unexpectedly")
        yield CheckLine(
            tr("Connection"),
            False,
            tr(
                "An answer could not be understood ({kind}: {error}).",
                kind=type(error).__name__,
                error=scrub(str(error)),
            ),
            tr("Check the addresses in the profile; something else than the service may answer there."),
        )
