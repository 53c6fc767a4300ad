"""What an attempt through a profile costs: the one formula, for estimates and for what a job has come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from helios_gui.profiles.models import AwsLambdaProfile, CloudRunProfile, LocalProfile, Profile
from helios_gui.types import ExecutionPolicy
from helios_gui.types.protocols import costs_nothing

_MEGABYTES_PER_GIGABYTE = 1024
_REQUESTS_PRICED_TOGETHER = 1_000_000


@dataclass(frozen=True, slots=True)
class ProfileTerms:
    """What of a profile counts for an estimate."""

    name: str
    policy: ExecutionPolicy
    price_of: Callable[[float], float]


def terms_of(profile: Profile) -> ProfileTerms:
    """The profile's limits and prices; unlike its workers they are there at once."""
    limit = None if isinstance(profile, LocalProfile) else profile.spend_limit
    return ProfileTerms(profile.name, replace(profile.policy(), spend_limit=limit), price_of(profile))


def price_of(profile: Profile) -> Callable[[float], float]:
    """What an attempt of so many seconds costs through this profile, in US dollars."""
    if isinstance(profile, AwsLambdaProfile):
        return lambda_prices(profile)
    if isinstance(profile, CloudRunProfile):
        return cloud_run_prices(profile)
    return costs_nothing


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
