"""What profiles say of their credentials, and what a kind of adapter imports ahead."""

from __future__ import annotations

import sys

import pytest

from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.adapters.registry import KINDS

WORKER = "https://worker.example"


@pytest.mark.parametrize(
    ("changes", "uses"),
    [
        (
            {"storage_url": "s3://films/jobs", "worker_token": "env:HELIOS_TOKEN"},
            [("env:HELIOS_TOKEN", WORKER), ("this computer's AWS credentials", "Amazon S3")],
        ),
        (
            {"storage_url": "s3://films/jobs", "aws_profile": "studio", "s3_endpoint": "https://s3.example"},
            [("the AWS profile studio", "https://s3.example")],
        ),
        (
            {"storage_url": "gs://films/jobs"},
            [("a Google access token (this computer's account)", "Google Cloud Storage")],
        ),
        (
            {
                "storage_url": "gs://films/jobs",
                "service_account_key": "/keys/k.json",
                "gcs_endpoint": "https://gcs.example",
            },
            [("a Google access token (the key file /keys/k.json)", "https://gcs.example")],
        ),
        ({"storage_url": "/films"}, []),
    ],
)
def test_whom_an_own_worker_shows_what(changes: dict[str, str], uses: list[tuple[str, str]]) -> None:
    profile = OwnWorkerProfile.model_validate({"name": "Own", "service_url": WORKER, **changes})
    assert [(use.credential, use.server) for use in profile.credential_uses()] == uses


def test_whom_a_cloud_run_service_shows_what() -> None:
    profile = CloudRunProfile.model_validate(
        {
            "name": "Studio",
            "service_url": "https://render-abc.a.run.app",
            "storage_url": "gs://films/jobs",
            "impersonate": "render@studio.iam.gserviceaccount.com",
            "metadata_host": "localhost:8099",
            "iam_credentials_endpoint": "https://iam.example",
            "token_endpoint": "https://token.example",
        }
    )
    server = "the metadata server localhost:8099"
    acting = f"render@studio.iam.gserviceaccount.com, through {server}"
    assert [(use.credential, use.server) for use in profile.credential_uses()] == [
        (f"a Google ID token for https://render-abc.a.run.app ({acting})", "https://render-abc.a.run.app"),
        (f"a Google access token ({acting})", "Google Cloud Storage"),
        (f"a Google access token ({server})", "https://iam.example"),
        (f"a request for tokens, signed with {server}", "https://token.example"),
    ]


def test_a_folder_whose_name_cannot_be_shown_is_no_storage() -> None:
    with pytest.raises(ValueError, match="cannot be shown"):
        OwnWorkerProfile(name="Own", service_url=WORKER, storage_url="/films\u202e/jobs")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_a_kind_needs_can_be_imported_ahead(kind) -> None:
    kind.preload()
    assert set(kind.modules) <= sys.modules.keys()
