"""From profiles to the worker pools they describe. What a cloud needs is imported when a profile first needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.profiles.models import AwsLambdaProfile, CloudRunProfile, LocalProfile, Profile
from helios_gui.profiles.prices import price_of
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import MediaVerifier
from helios_gui.types import AttemptResult, CheckLine, ProfileNotice, WorkerPool
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.versions import MISMATCH_ADVICE, explain_versions, go_together

if TYPE_CHECKING:
    from helios_gui.adapters.aws_lambda.adapter import AwsLambdaSettings
    from helios_gui.adapters.cloud_run.adapter import CloudRunSettings
    from helios_gui.adapters.remote.adapter import RemoteAdapter, RemoteSettings, ResultListener

_UPLOADS = "uploads.sqlite"
_RETENTION: dict[str, Literal["keep", "success", "always"]] = {
    "keep": "keep",
    "on-success": "success",
    "always": "always",
}


def ignore_notice(notice: ProfileNotice) -> None:
    """The default of ``announce``: nobody listens."""


class VersionWatch:
    """Tells, once for each profile, that a worker does not go with this app's version. Jobs go on all the same."""

    def __init__(self, announce: Callable[[ProfileNotice], None]) -> None:
        self._announce = announce
        self._told: set[str] = set()

    def of(self, profile: str) -> ResultListener:
        """What listens to the results of a profile's workers."""
        return lambda result: self._hear(profile, result)

    def _hear(self, profile: str, result: AttemptResult) -> None:
        version = result.worker_version or ""
        if not go_together(version) and profile not in self._told:
            self._told.add(profile)
            message = explain_versions(version, f"The worker of “{profile}”")
            self._announce(ProfileNotice(profile, message, MISMATCH_ADVICE))


class Pools:
    """The worker pools of all profiles: each is made once, and again after its profile has changed.

    ``announce`` is told what is worth knowing about a profile's workers.
    """

    def __init__(
        self,
        profiles: ProfileStore,
        folders: AppFolders,
        announce: Callable[[ProfileNotice], None] = ignore_notice,
    ) -> None:
        self._profiles = profiles
        self._folders = folders
        self._versions = VersionWatch(announce)
        self._made: dict[str, tuple[Profile, WorkerPool]] = {}
        self._remote: list[RemoteAdapter] = []

    def get(self, name: str) -> WorkerPool:
        """The pool of a profile. Raises ``NotFoundError``, and ``UserInputError`` for settings that cannot be used."""
        profile = self._profiles.get(name)
        known, pool = self._made.get(profile.name, (None, None))
        if pool is None or known != profile:
            pool = self._make(profile)
            self._made[profile.name] = (profile, pool)
        return pool

    async def close(self) -> None:
        """Let go of the clouds' connections."""
        await asyncio.gather(*(adapter.close() for adapter in self._remote))

    def _make(self, profile: Profile) -> WorkerPool:
        if isinstance(profile, LocalProfile):
            return WorkerPool(
                name=profile.name,
                adapter=LocalAdapter(grace=profile.stop_grace),
                policy=profile.policy(),
                max_jobs=profile.max_jobs,
                environment=profile.environment,
            )
        adapter: RemoteAdapter
        if isinstance(profile, AwsLambdaProfile):
            from helios_gui.adapters.aws_lambda.adapter import AwsLambdaAdapter

            adapter = AwsLambdaAdapter(lambda_settings(profile, self._folders), self._versions.of(profile.name))
        else:
            from helios_gui.adapters.cloud_run.adapter import CloudRunAdapter

            adapter = CloudRunAdapter(cloud_run_settings(profile, self._folders), self._versions.of(profile.name))
        self._remote.append(adapter)
        policy = replace(profile.policy(), spend_limit=profile.spend_limit)
        return WorkerPool(profile.name, adapter, policy, profile.max_jobs, price_of=price_of(profile))


def load_workers(profiles: Iterable[Profile]) -> None:
    """Import what the workers of these profiles need, which can take half a second. For any thread."""
    for profile in profiles:
        if isinstance(profile, AwsLambdaProfile):
            import_module("helios_gui.adapters.aws_lambda.adapter")
        elif isinstance(profile, CloudRunProfile):
            import_module("helios_gui.adapters.cloud_run.adapter")
            import_module("helios_gui.storage.gcs")


async def check_connection(profile: Profile, folders: AppFolders) -> AsyncGenerator[CheckLine, None]:
    """What can be found out about a cloud profile without rendering anything, one line for each thing needed."""
    if isinstance(profile, AwsLambdaProfile):
        from helios_gui.adapters.aws_lambda.lambda_checks import check_aws

        async for line in check_aws(lambda_settings(profile, folders)):
            yield line
    elif isinstance(profile, CloudRunProfile):
        from helios_gui.adapters.cloud_run.cloud_run_checks import check_cloud_run

        async for line in check_cloud_run(cloud_run_settings(profile, folders)):
            yield line


async def check_round_trip(profile: Profile, folders: AppFolders) -> AsyncGenerator[CheckLine, None]:
    """Have a cloud profile render a test frame: a few kB go up, a worker runs for about a second, nothing is left.

    Also when it is cancelled, what was uploaded is removed before it ends.
    """
    if isinstance(profile, LocalProfile):
        return
    from helios_gui.adapters.remote import round_trip_check as checks

    if isinstance(profile, AwsLambdaProfile):
        from helios_gui.adapters.aws_lambda.adapter import AwsLambdaAdapter

        on_lambda = lambda_settings(profile, folders)
        on_lambda = replace(on_lambda, retention="always", hash_cache=None, stop_wait=0.0)
        settings: RemoteSettings = on_lambda
        make: checks.MakeAdapter = partial(AwsLambdaAdapter, on_lambda)
    else:
        from helios_gui.adapters.cloud_run.adapter import CloudRunAdapter

        on_run = cloud_run_settings(profile, folders)
        on_run = replace(on_run, retention="always", hash_cache=None, stop_wait=0.0)
        make, settings = partial(CloudRunAdapter, on_run), on_run
    verifier = MediaVerifier()
    try:
        async with aclosing(checks.check_round_trip(make, settings, verifier)) as lines:
            async for line in lines:
                yield line
    finally:
        await verifier.aclose()


def lambda_settings(profile: AwsLambdaProfile, folders: AppFolders) -> AwsLambdaSettings:
    """What the adapter needs to know of the profile."""
    from helios_gui.adapters.aws_lambda.adapter import AwsLambdaSettings

    return AwsLambdaSettings(
        function=profile.function,
        storage_url=profile.storage_url,
        region=profile.region,
        aws_profile=profile.aws_profile,
        role_arn=profile.role_arn,
        qualifier=profile.qualifier,
        invocation=profile.invocation,
        concurrency=profile.concurrency,
        retention=_RETENTION[profile.retention],
        hash_cache=folders.data / _UPLOADS,
        lambda_endpoint_url=profile.lambda_endpoint,
        s3_endpoint_url=profile.s3_endpoint,
        sts_endpoint_url=profile.sts_endpoint,
    )


def cloud_run_settings(profile: CloudRunProfile, folders: AppFolders) -> CloudRunSettings:
    """What the adapter needs to know of the profile."""
    from helios_gui.adapters.cloud_run.adapter import USUAL_TIME_LIMIT, CloudRunSettings

    return CloudRunSettings(
        service_url=profile.service_url,
        storage_url=profile.storage_url,
        audience=profile.audience,
        service_account_key=profile.service_account_key,
        impersonate=profile.impersonate,
        worker_token=profile.worker_token,
        time_limit=profile.chunk_timeout or USUAL_TIME_LIMIT,
        concurrency=profile.concurrency,
        retention=_RETENTION[profile.retention],
        hash_cache=folders.data / _UPLOADS,
        gcs_endpoint_url=profile.gcs_endpoint,
        token_url=profile.token_endpoint,
        iam_credentials_endpoint=profile.iam_credentials_endpoint,
        metadata_host=profile.metadata_host,
    )
