"""The kinds of profile: an adapter's settings under a name, each a frozen model that explains its own bounds."""

from __future__ import annotations

from typing import Any, TypeAlias

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import NAME_LENGTH, CloudProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile, usable_processors
from helios_gui.profiles.kinds import AWS_LAMBDA, CLOUD_RUN, LOCAL
from helios_gui.types.options import DEFAULT_PROFILE

__all__ = [
    "KINDS",
    "NAME_LENGTH",
    "AwsLambdaProfile",
    "CloudProfile",
    "CloudRunProfile",
    "LocalProfile",
    "Profile",
    "default_profile",
    "parse_profile",
    "usable_processors",
]

Profile: TypeAlias = LocalProfile | AwsLambdaProfile | CloudRunProfile

KINDS: dict[str, type[LocalProfile] | type[AwsLambdaProfile] | type[CloudRunProfile]] = {
    LOCAL: LocalProfile,
    AWS_LAMBDA: AwsLambdaProfile,
    CLOUD_RUN: CloudRunProfile,
}
"""The model of each kind."""


def parse_profile(entry: dict[str, Any]) -> Profile:
    """The profile an object says; its ``kind`` is local unless it says so.

    Raises ``KeyError`` for a kind there is not, ``ValidationError`` (whose locations begin with the setting) else.
    """
    return KINDS[entry.get("kind", LOCAL)].model_validate(entry)


def default_profile() -> LocalProfile:
    """The profile everybody has before they make one."""
    return LocalProfile(name=DEFAULT_PROFILE)
