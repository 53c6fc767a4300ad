"""The kind of adapter that renders on AWS Lambda."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from helios_gui.adapters.adapter_kind import AdapterContext, AdapterKind, ClosableAdapter
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.types import CheckLine, FrameVerifier


def _make_adapter(profile: AwsLambdaProfile, context: AdapterContext) -> ClosableAdapter:
    from helios_gui.adapters.aws_lambda.adapter import AwsLambdaAdapter

    return AwsLambdaAdapter(profile, context)


def _check_connection(profile: AwsLambdaProfile) -> AsyncGenerator[CheckLine, None]:
    from helios_gui.adapters.aws_lambda.lambda_checks import check_aws

    return check_aws(profile)


def _check_round_trip(profile: AwsLambdaProfile, verify: FrameVerifier) -> AsyncGenerator[CheckLine, None]:
    from helios_gui.adapters.aws_lambda.adapter import AwsLambdaAdapter
    from helios_gui.adapters.remote.round_trip_check import check_round_trip

    return check_round_trip(AwsLambdaAdapter, profile, verify)


AWS_LAMBDA = AdapterKind(
    name="aws-lambda",
    title="AWS Lambda",
    profile_model=AwsLambdaProfile,
    make_adapter=_make_adapter,
    check_connection=_check_connection,
    check_round_trip=_check_round_trip,
    modules=("helios_gui.adapters.aws_lambda.adapter",),
)
