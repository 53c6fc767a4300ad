"""From profiles to worker pools: settings arrive, pools are kept until their profile changes, prices too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui import __version__
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.pools import Pools, VersionWatch, check_connection
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import AttemptResult, NotFoundError, ProfileNotice
from helios_gui.utils.folders import AppFolders

LAMBDA = AwsLambdaProfile(
    name="aws", function="render", storage_url="s3://renders/helios", region="eu-west-1", memory_mb=2048, spend_limit=5
)
CLOUD_RUN = CloudRunProfile(
    name="gcp", service_url="https://worker.example", storage_url="gs://renders", vcpus=4, memory_gib=8
)


def make_pools(folder: Path, *profiles: Profile) -> tuple[Pools, ProfileStore]:
    store = ProfileStore(folder / "profiles.json")
    store.save(profiles, profiles[0].name)
    return Pools(store, AppFolders.at(folder).create()), store


def test_a_local_profiles_settings_reach_its_workers(tmp_path: Path) -> None:
    profile = LocalProfile(name="Two", concurrency=2, max_jobs=3, environment={"LICENCE": "x"})
    pools, _ = make_pools(tmp_path, profile)
    pool = pools.get("two")
    assert (pool.name, pool.policy.concurrency, pool.max_jobs) == ("Two", 2, 3)
    assert pool.environment == {"LICENCE": "x"}
    assert pool.price_of(100) == 0
    with pytest.raises(NotFoundError):
        pools.get("three")


async def test_a_pool_lives_until_its_profile_changes(tmp_path: Path) -> None:
    pools, store = make_pools(tmp_path, LAMBDA, CLOUD_RUN)
    first = pools.get("aws")
    assert pools.get("AWS") is first
    assert first.policy.spend_limit == 5
    assert first.price_of(30) == LAMBDA.price_of(30)
    assert pools.get("gcp").price_of(30) == CLOUD_RUN.price_of(30)
    store.save((LAMBDA.model_copy(update={"concurrency": 7}), CLOUD_RUN), "aws")
    second = pools.get("aws")
    assert second is not first
    assert second.policy.concurrency == 7
    assert pools.get("gcp") is pools.get("gcp")
    await pools.close()


def test_a_time_limit_is_the_services_too() -> None:
    assert CLOUD_RUN.request_timeout == 3600, "off: at most what the service's own may be"
    longer = CLOUD_RUN.model_copy(update={"chunk_timeout": 1800.0})
    assert longer.request_timeout == 1800


async def test_a_local_profile_has_no_connection_to_look_at() -> None:
    local = LocalProfile(name="Local")
    assert [line async for line in check_connection(local)] == []


def test_a_worker_that_does_not_go_with_this_version_is_told_of_once() -> None:
    notices: list[ProfileNotice] = []
    watch = VersionWatch(notices.append)
    for version in (None, "", __version__, f"{__version__}.post1", "rolling"):
        watch.listener("aws")(AttemptResult(exit_code=0, worker_version=version))
    assert notices == []
    for profile, version in (("aws", "99.0.0"), ("aws", "99.0.0"), ("aws", "97.0.0"), ("gcp", "98.0.0")):
        watch.listener(profile)(AttemptResult(exit_code=0, worker_version=version))
    advice = "Build the image again from packaging/worker, and deploy it."
    assert notices == [
        ProfileNotice("aws", f"The worker of “aws” is 99.0.0, this app is {__version__}.", advice),
        ProfileNotice("gcp", f"The worker of “gcp” is 98.0.0, this app is {__version__}.", advice),
    ]


def test_what_cloud_workers_need_is_loaded_for_those_who_have_them() -> None:
    code = """
import sys
from helios_gui.pools import load_workers
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
load_workers([LocalProfile(name="Local")])
assert "httpx" not in sys.modules
load_workers([CloudRunProfile(name="run", service_url="https://render.run.app", storage_url="gs://studio")])
assert "httpx" in sys.modules and "boto3" not in sys.modules
load_workers([AwsLambdaProfile(name="aws", function="render", storage_url="s3://studio")])
assert "boto3" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
