"""The prices of attempts are those of the clouds' lists."""

from __future__ import annotations

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile

LAMBDA = AwsLambdaProfile(name="aws", function="render", storage_url="s3://renders", memory_mb=2048)
CLOUD_RUN = CloudRunProfile(
    name="gcp", service_url="https://worker.example", storage_url="gs://renders", vcpus=4, memory_gib=8
)


def test_prices_are_those_of_the_list() -> None:
    assert LAMBDA.price_of(30) == pytest.approx(2 * 30 * 0.0000166667 + 0.20 / 1e6)
    assert CLOUD_RUN.price_of(10) == pytest.approx(10 * (4 * 0.000024 + 8 * 0.0000025) + 0.40 / 1e6)
    assert LAMBDA.price_of(0) == pytest.approx(0.20 / 1e6)
    assert LocalProfile(name="Local").price_of(1000) == 0
