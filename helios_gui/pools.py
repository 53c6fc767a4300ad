"""From profiles to the worker pools they describe. What a cloud needs is imported when a profile first needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from helios_gui.adapters.local import LocalAdapter
from helios_gui.profiles.models import AwsLambdaProfile, CloudRunProfile, LocalProfile, Profile
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import WorkerPool
from helios_gui.types.checks import CheckLine
from helios_gui.utils.folders import AppFolders

if TYPE_CHECKING:
    from helios_gui.adapters.aws_lambda import AwsLambdaSettings
    from helios_gui.adapters.cloud_run import CloudRunSettings
    from helios_gui.adapters.remote import RemoteAdapter

_MEGABYTES_PER_GIGABYTE = 1024
_REQUESTS_PRICED_TOGETHER = 1_000_000
_UPLOADS = "uploads.sqlite"
_RETENTION: dict[str, Literal["keep", "success", "always"]] = {
    "keep": "keep",
    "on-success": "success",
    "always": "always",
}


class Pools:
    """The worker pools of all profiles: each is made once, and again after its profile has changed."""

    def __init__(self, profiles: ProfileStore, folders: AppFolders) -> None:
        self._profiles = profiles
        self._folders = folders
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
            from helios_gui.adapters.aws_lambda import AwsLambdaAdapter

            adapter = AwsLambdaAdapter(lambda_settings(profile, self._folders))
            price_of = lambda_prices(profile)
        else:
            from helios_gui.adapters.cloud_run import CloudRunAdapter

            adapter = CloudRunAdapter(cloud_run_settings(profile, self._folders))
            price_of = cloud_run_prices(profile)
        self._remote.append(adapter)
        policy = replace(profile.policy(), spend_limit=profile.spend_limit)
        return WorkerPool(profile.name, adapter, policy, profile.max_jobs, price_of=price_of)


async def check_connection(profile: Profile, folders: AppFolders) -> AsyncIterator[CheckLine]:
    """What can be found out about a cloud profile without rendering anything, one line for each thing needed."""
    if isinstance(profile, AwsLambdaProfile):
        from helios_gui.adapters.aws_checks import check_aws

        async for line in check_aws(lambda_settings(profile, folders)):
            yield line
    elif isinstance(profile, CloudRunProfile):
        from helios_gui.adapters.cloud_run_checks import check_cloud_run

        async for line in check_cloud_run(cloud_run_settings(profile, folders)):
            yield line


def lambda_settings(profile: AwsLambdaProfile, folders: AppFolders) -> AwsLambdaSettings:
    """What the adapter needs to know of the profile."""
    from helios_gui.adapters.aws_lambda import AwsLambdaSettings

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
    from helios_gui.adapters.cloud_run import USUAL_TIME_LIMIT, CloudRunSettings

    return CloudRunSettings(
        service_url=profile.service_url,
        storage_url=profile.storage_url,
        audience=profile.audience,
        service_account_key=profile.service_account_key,
        impersonate=profile.impersonate,
        time_limit=profile.chunk_timeout or USUAL_TIME_LIMIT,
        concurrency=profile.concurrency,
        retention=_RETENTION[profile.retention],
        hash_cache=folders.data / _UPLOADS,
        gcs_endpoint_url=profile.gcs_endpoint,
        token_url=profile.token_endpoint,
        iam_credentials_endpoint=profile.iam_credentials_endpoint,
        metadata_host=profile.metadata_host,
    )


def lambda_prices(profile: AwsLambdaProfile) -> Callable[[float], float]:
    """What an invocation of so many seconds costs: memory times time, and the request itself."""
    per_second = profile.price_per_gb_second * profile.memory_mb / _MEGABYTES_PER_GIGABYTE
    per_request = profile.price_per_million_requests / _REQUESTS_PRICED_TOGETHER
    return lambda seconds: per_second * seconds + per_request


def cloud_run_prices(profile: CloudRunProfile) -> Callable[[float], float]:
    """What a request of so many seconds costs: processors and memory for that time, and the request itself."""
    per_second = profile.price_per_vcpu_second * profile.vcpus + profile.price_per_gib_second * profile.memory_gib
    per_request = profile.price_per_million_requests / _REQUESTS_PRICED_TOGETHER
    return lambda seconds: per_second * seconds + per_request
