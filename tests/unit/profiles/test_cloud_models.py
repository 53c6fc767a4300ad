"""What cloud profiles accept, and what they say about what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.profiles.json_entries import parse_profile
from helios_gui.types import ExecutionPolicy
from helios_gui.types.options import DEFAULT_PROFILE

AWS: dict[str, Any] = {"kind": "aws-lambda", "name": "Studio", "function": "render", "storage_url": "s3://studio/r"}
RUN: dict[str, Any] = {
    "kind": "cloud-run",
    "name": "Run",
    "service_url": "https://render-abc-ew.a.run.app",
    "storage_url": "gs://studio/r",
}
FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:render"
ROLE_ARN = "arn:aws-cn:iam::123456789012:role/team/render"


def problems(entry: dict[str, Any]) -> dict[str, str]:
    try:
        parse_profile(entry)
    except ValidationError as error:
        return {str(problem["loc"][0]): problem["msg"] for problem in error.errors()}
    return {}


def accepted(entry: dict[str, Any], field: str, value: object) -> Any:
    return getattr(parse_profile({**entry, field: value}), field)


def test_the_least_that_makes_a_profile() -> None:
    aws, run = parse_profile(AWS), parse_profile(RUN)
    assert isinstance(aws, AwsLambdaProfile)
    assert isinstance(run, CloudRunProfile)
    assert aws.concurrency == run.concurrency == 50
    assert (aws.price_per_gb_second, aws.price_per_million_requests) == (0.0000166667, 0.20)


OWN: dict[str, Any] = {
    "kind": "own-worker",
    "name": "Farm",
    "service_url": "http://10.0.0.5:8080/",
    "storage_url": "/mnt/my renders",
}


@pytest.mark.parametrize("url", ["s3://studio/r", "gcs://studio/r", "file:///mnt/renders", "/mnt/renders"])
def test_own_workers_take_every_storage(url: str) -> None:
    profile = parse_profile({**OWN, "storage_url": url})
    assert parse_profile(profile.model_dump(mode="json")) == profile
    shown = {"/mnt/renders": "file:///mnt/renders", "gcs://studio/r": "gs://studio/r"}.get(url, url)
    assert profile.upload_url == shown


@pytest.mark.parametrize(
    "url", ["", "renders", "~/renders", "ftp://host/x", "s3://UPPER", "file://host/share", "https://x"]
)
def test_own_workers_refuse_what_is_no_storage(url: str) -> None:
    assert "storage_url" in problems({**OWN, "storage_url": url})


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("https://worker.example", False),
        ("http://127.0.0.1:8080", False),
        ("http://10.0.0.5:8080", True),
        ("http://[fd00::5]:8080", True),
        ("http://render-box:8080", True),
        ("http://render-box.local", True),
    ],
)
def test_plain_http_in_a_private_network_is_warned_of(url: str, warned: bool) -> None:
    assert ("service_url" in parse_profile({**OWN, "service_url": url}).warnings()) is warned


@pytest.mark.parametrize("url", ["http://worker.example", "http://8.8.8.8", "http://169.254.169.254", "http://0.0.0.0"])
def test_plain_http_elsewhere_is_refused(url: str) -> None:
    assert "private network" in problems({**OWN, "service_url": url})["service_url"]


def test_ones_own_hardware_costs_nothing_unless_a_price_is_set() -> None:
    assert parse_profile(OWN).price_of(3600) == 0
    assert parse_profile({**OWN, "price_per_hour": "0.5"}).price_of(1800) == 0.25
    near = {**RUN, "service_url": "http://127.0.0.1:8080", "worker_token": "env:HELIOS_RENDER_TOKEN"}
    assert parse_profile(near).price_of(60) == 0
    assert parse_profile(RUN).price_of(60) > 0


@pytest.mark.parametrize("entry", [AWS, RUN, OWN])
def test_every_profile_reads_back_the_same_from_json(entry: dict[str, Any]) -> None:
    profile = parse_profile({**entry, "spend_limit": 12.5, "retention": "always", "chunk_timeout": 90})
    assert parse_profile(profile.model_dump(mode="json")) == profile


def test_kind_decides_and_is_local_where_it_is_not_said() -> None:
    assert parse_profile({"name": "Here"}) == LocalProfile(name="Here")
    with pytest.raises(KeyError):
        parse_profile({"name": "Here", "kind": "moon"})


@pytest.mark.parametrize("entry", [AWS, RUN])
def test_policy_carries_every_setting(entry: dict[str, Any]) -> None:
    settings = {"concurrency": 7, "retries": 1, "retry_delay": 2, "chunk_timeout": 60, "stop_after_failures": 4}
    assert parse_profile({**entry, **settings}).policy() == ExecutionPolicy(
        concurrency=7, retries=1, retry_delay=2.0, chunk_timeout=60.0, stop_after_failures=4
    )


@pytest.mark.parametrize(
    ("entry", "field", "value", "kept"),
    [
        (AWS, "region", " EU-Central-1 ", "eu-central-1"),
        (AWS, "region", "us-gov-west-1", "us-gov-west-1"),
        (AWS, "region", "", ""),
        (AWS, "function", FUNCTION_ARN, FUNCTION_ARN),
        (AWS, "qualifier", "$LATEST", "$LATEST"),
        (AWS, "role_arn", ROLE_ARN, ROLE_ARN),
        (AWS, "storage_url", " s3://studio/renders/ ", "s3://studio/renders"),
        (AWS, "storage_url", "S3://studio", "s3://studio"),
        (AWS, "s3_endpoint", "http://127.0.0.1:4566/", "http://127.0.0.1:4566"),
        (AWS, "s3_endpoint", "http://[::1]:4566", "http://[::1]:4566"),
        (AWS, "lambda_endpoint", "http://localhost:9000", "http://localhost:9000"),
        (AWS, "price_per_gb_second", "$0,0000133334", 0.0000133334),
        (AWS, "price_per_gb_second", "1.33e-05", 0.0000133),
        (AWS, "price_per_gb_second", 0, 0.0),
        (RUN, "storage_url", "gcs://studio/r", "gs://studio/r"),
        (RUN, "service_url", "https://render.example/base/", "https://render.example/base"),
        (RUN, "service_account_key", "~/keys/render.json", "~/keys/render.json"),
        (RUN, "service_account_key", r"C:\keys\render.json", r"C:\keys\render.json"),
        (RUN, "impersonate", "render@studio.iam.gserviceaccount.com", "render@studio.iam.gserviceaccount.com"),
        (RUN, "worker_token", " env:HELIOS_RENDER_TOKEN ", "env:HELIOS_RENDER_TOKEN"),
        (RUN, "worker_token", "keyring:helios/studio", "keyring:helios/studio"),
        (RUN, "metadata_host", "127.0.0.1:8080", "127.0.0.1:8080"),
        (RUN, "metadata_host", "metadata.google.internal", "metadata.google.internal"),
        (RUN, "metadata_host", "169.254.169.252:988", "169.254.169.252:988"),
    ],
)
def test_references_are_taken_in_their_one_spelling(
    entry: dict[str, Any], field: str, value: object, kept: object
) -> None:
    assert accepted(entry, field, value) == kept


@pytest.mark.parametrize(
    ("entry", "field", "value", "words"),
    [
        (AWS, "region", "europe", "eu-central-1"),
        (AWS, "function", "", "Name the function"),
        (AWS, "function", "my function", "letters, digits"),
        (AWS, "function", "x" * 65, "at most 64"),
        (AWS, "function", FUNCTION_ARN + ":live", "its own field"),
        (AWS, "function", "arn:aws:s3:::bucket", "not a function's ARN"),
        (AWS, "qualifier", "a b", "alias"),
        (AWS, "role_arn", "arn:aws:iam::12:role/x", "not a role's ARN"),
        (AWS, "role_arn", "render", "not a role's ARN"),
        (AWS, "storage_url", "", "s3://my-bucket"),
        (AWS, "storage_url", "gs://studio/r", "s3://my-bucket"),
        (AWS, "storage_url", "studio", "s3://my-bucket"),
        (AWS, "storage_url", "s3://Studio", "name of a bucket"),
        (AWS, "storage_url", "s3://a", "name of a bucket"),
        (AWS, "storage_url", "s3://user:pass@bucket", "password"),
        (AWS, "storage_url", "s3://studio/a/../b", "“..”"),
        (AWS, "storage_url", "s3://studio/a//b", "empty"),
        (AWS, "s3_endpoint", "http://storage.example", "https://"),
        (AWS, "s3_endpoint", "http://127.0.0.1.example", "https://"),
        (AWS, "s3_endpoint", "ftp://127.0.0.1", "https://"),
        (AWS, "s3_endpoint", "https://me:secret@host", "password"),
        (AWS, "s3_endpoint", "https://host:port", "not an address"),
        (AWS, "price_per_gb_second", "cheap", "US dollars"),
        (AWS, "price_per_gb_second", -1, "US dollars"),
        (AWS, "price_per_gb_second", "nan", "US dollars"),
        (AWS, "memory_mb", 64, "128"),
        (AWS, "chunk_timeout", 901, "900"),
        (AWS, "invocation", "later", "'auto'"),
        (AWS, "retention", "never", "'keep'"),
        (AWS, "environment", {}, "not permitted"),
        (RUN, "service_url", "", "address of the service"),
        (RUN, "service_url", "render.run.app", "https://"),
        (RUN, "service_url", "http://render.run.app", "https://"),
        (RUN, "service_url", "https://render.run.app/?key=1", "“?”"),
        (RUN, "storage_url", "s3://studio/r", "gs://my-bucket"),
        (RUN, "service_account_key", "render.json", "full path"),
        (RUN, "service_account_key", '{"type": "service_account"}', "not what is in it"),
        (RUN, "impersonate", "render", "email"),
        (RUN, "worker_token", "canary-0123456789-token", "not the token"),
        (RUN, "worker_token", "env:canary-0123456789", "not the token"),
        (RUN, "worker_token", "env:AWS_SECRET_ACCESS_KEY", "begin with HELIOS_"),
        (RUN, "worker_token", "keyring:aws-vault/studio", "begin with “helios”"),
        (RUN, "metadata_host", "tokens.example", "only this computer"),
        (RUN, "metadata_host", "http://127.0.0.1", "host and port"),
        (RUN, "metadata_host", "127.0.0.1/x", "host and port"),
        (RUN, "chunk_timeout", 3601, "3600"),
        (RUN, "vcpus", 0, "0.08"),
    ],
)
def test_what_cannot_be_used_is_said_in_words(entry: dict[str, Any], field: str, value: object, words: str) -> None:
    found = problems({**entry, field: value})
    assert set(found) == {field}
    assert words in found[field]


def test_function_elsewhere_than_the_region_says() -> None:
    found = problems({**AWS, "region": "us-east-1", "function": FUNCTION_ARN})
    assert found == {"function": "The function is in eu-central-1, but the region says us-east-1."}
    assert problems({**AWS, "region": "eu-central-1", "function": FUNCTION_ARN}) == {}


SECRETS = [
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    '{"type": "service_account", "private_key": "x"}',
    "ya29.a0AfH6SMBx-canary-token",
    "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL3gifQ.c2ln",
]
TEXT_FIELDS = [
    (entry, name)
    for entry in (AWS, RUN)
    for name, field in type(parse_profile(entry)).model_fields.items()
    if field.annotation is str
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_field_takes_a_secret_nor_repeats_it(secret: str) -> None:
    assert len(TEXT_FIELDS) > 15
    for entry, field in TEXT_FIELDS:
        with pytest.raises(ValidationError) as caught:
            parse_profile({**entry, field: secret})
        assert [error["type"] for error in caught.value.errors()] == ["secret"], field
        assert secret not in str(caught.value)
        assert secret not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("secret", SECRETS)
def test_variables_of_renderers_hold_no_secrets_either(secret: str) -> None:
    assert set(problems({"name": "Here", "environment": {"TOKEN": secret}})) == {"environment"}


@pytest.mark.parametrize(
    "harmless",
    [
        "/studio/Colour/ACES1/config.ocio-and-more-x",
        "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "x" * 40,
        "AKIA",
        "eyJx",
    ],
)
def test_what_only_resembles_a_secret_is_taken(harmless: str) -> None:
    assert problems({"name": "Here", "environment": {"VALUE": harmless}}) == {}


@given(st.text(max_size=80))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    for entry, field in TEXT_FIELDS:
        for words in problems({**entry, field: text}).values():
            assert words


@pytest.mark.parametrize("profile", [LocalProfile(name=DEFAULT_PROFILE), parse_profile(AWS), parse_profile(RUN)])
def test_no_profile_can_be_changed_in_place(profile: Profile) -> None:
    with pytest.raises(ValidationError):
        profile.retries = 9  # type: ignore[misc]
