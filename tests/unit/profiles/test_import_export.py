"""Profiles handed on as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import NAME_LENGTH
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.adapters.registry import kind_names
from helios_gui.profiles.import_export import MAX_SIZE, describe_imported, export_profiles, import_profiles
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import UserInputError

STUDIO = AwsLambdaProfile(
    name="Studio",
    region="eu-central-1",
    function="render",
    storage_url="s3://studio/renders",
    spend_limit=5,
    s3_endpoint="http://127.0.0.1:4566",
)
RUN = CloudRunProfile(
    name="Run",
    service_url="https://render.run.app",
    storage_url="gs://studio",
    service_account_key="/keys/render.json",
)
HERE = LocalProfile(name="Here", environment={"OCIO": "/colour"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "studio.json"


def test_profiles_come_back_as_they_went(path: Path) -> None:
    export_profiles([STUDIO, RUN, HERE], path)
    assert import_profiles(path, kind_names(), ()) == (STUDIO, RUN, HERE)


def test_profiles_file_itself_can_be_imported(path: Path) -> None:
    ProfileStore(path).save([HERE, STUDIO], "Here")
    assert import_profiles(path, kind_names(), ()) == (HERE, STUDIO)


def test_taken_names_get_a_number(path: Path) -> None:
    export_profiles([STUDIO], path)
    (second,) = import_profiles(path, kind_names(), ["studio"])
    (third,) = import_profiles(path, kind_names(), ["Studio", "STUDIO 2"])
    assert (second.name, third.name) == ("Studio 2", "Studio 3")
    assert second.model_copy(update={"name": "Studio"}) == STUDIO


def test_longest_name_still_fits_with_its_number(path: Path) -> None:
    name = "x" * NAME_LENGTH
    export_profiles([HERE.model_copy(update={"name": name})], path)
    (second,) = import_profiles(path, kind_names(), [name])
    assert second.name == "x" * (NAME_LENGTH - 2) + " 2"


def test_two_of_one_name_in_a_file_become_two(path: Path) -> None:
    path.write_text(json.dumps({"profiles": [HERE.model_dump(), HERE.model_dump()]}), encoding="utf-8")
    assert [profile.name for profile in import_profiles(path, kind_names(), ())] == ["Here", "Here 2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not a JSON file"),
        ("[" * 100_000, "not a JSON file"),
        ("[]", "holds no profiles"),
        ('{"profiles": {}}', "holds no profiles"),
        ('{"profiles": []}', "holds no profile"),
        ('{"profiles": [7]}', "is not an object"),
        ('{"profiles": [{"name": "Moon", "kind": "moon"}]}', "“Moon” is of a kind this version does not know"),
        ('{"profiles": [{"name": "Run", "kind": "cloud-run"}]}', "“Run” has a bad setting (storage_url"),
        (" " * (MAX_SIZE + 1), "too large"),
    ],
)
def test_unusable_files_are_refused_in_words_and_left_alone(path: Path, content: str, words: str) -> None:
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserInputError) as caught:
        import_profiles(path, kind_names(), ())
    assert path.name in str(caught.value)
    assert words in str(caught.value)
    assert path.read_text(encoding="utf-8") == content


def test_missing_file_is_said(path: Path) -> None:
    with pytest.raises(UserInputError, match="cannot be read"):
        import_profiles(path, kind_names(), ())


def test_kinds_that_are_not_offered_cannot_be_imported(path: Path) -> None:
    export_profiles([STUDIO], path)
    with pytest.raises(UserInputError, match="aws-lambda"):
        import_profiles(path, ["local"], ())


def test_secret_in_a_file_is_refused_and_not_repeated(path: Path) -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    entry = {**STUDIO.model_dump(), "aws_profile": secret}
    path.write_text(json.dumps({"profiles": [entry]}), encoding="utf-8")
    with pytest.raises(UserInputError) as caught:
        import_profiles(path, kind_names(), ())
    assert "aws configure" in str(caught.value)
    assert secret not in str(caught.value)


def test_another_programs_secret_cannot_be_imported(path: Path) -> None:
    entry = {**RUN.model_dump(mode="json"), "worker_token": "env:AWS_SECRET_ACCESS_KEY"}
    path.write_text(json.dumps({"profiles": [entry]}), encoding="utf-8")
    with pytest.raises(UserInputError, match="begin with HELIOS_"):
        import_profiles(path, kind_names(), ())


def test_what_imported_profiles_send_is_named() -> None:
    token = RUN.model_copy(update={"worker_token": "env:HELIOS_FARM", "gcs_endpoint": "https://storage.example"})
    audience = RUN.model_copy(
        update={"audience": "https://payroll.example", "impersonate": "a@b.iam.gserviceaccount.com"}
    )
    signed = STUDIO.model_copy(update={"aws_profile": "payroll", "role_arn": "arn:aws:iam::123456789012:role/admin"})
    hidden = HERE.model_copy(update={"environment": {"LD_PRELOAD": "/tmp/\u202eevil.so"}})
    said = describe_imported([token, audience, signed, hidden]).splitlines()
    assert "“Run” sends env:HELIOS_FARM to https://render.run.app." in said
    assert "“Run” sends a Google access token (the key file /keys/render.json) to https://storage.example." in said
    assert any("ID token for https://payroll.example (a@b.iam" in line for line in said)
    assert any(
        "AWS profile payroll as arn:aws:iam::123456789012:role/admin to http://127.0.0.1:4566" in line for line in said
    )
    assert said[-1] == "“Here” runs programs with LD_PRELOAD=/tmp/\\u202eevil.so"
    assert describe_imported([LocalProfile(name="Local")]) == ""
