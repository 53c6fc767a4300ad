"""Fixtures for the clouds on 127.0.0.1.

The S3 servers take a second to start and live as long as the session; give each test a bucket of its own with
``server.with_new_bucket()``. All others start in milliseconds and live as long as their test.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.clouds import cloud, cloud_kind
from tests.cloud.servers.gcs import GcsServer, gcs_server
from tests.cloud.servers.google_tokens import GoogleTokenServer, google_token_server
from tests.cloud.servers.s3 import S3Server, ministack_server, moto_server
from tests.cloud.storage_backends import in_step
from tests.support.worker_image import lay_out

__all__ = ["cloud", "cloud_kind", "in_step"]


@pytest.fixture(scope="session")
def ministack() -> Iterator[S3Server]:
    """S3 that verifies checksums and conditions, and takes any key."""
    with ministack_server() as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    """S3, IAM and STS that check signatures and policies."""
    with moto_server() as server:
        yield server


@pytest.fixture(scope="session", params=["ministack", "moto"])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Either S3 server: a test that asks for it runs once with each."""
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def google_tokens() -> Iterator[GoogleTokenServer]:
    """Google's token endpoints: OAuth2, IAM Credentials, the metadata server, and the public keys."""
    with google_token_server() as server:
        yield server


@pytest.fixture
def gcs(google_tokens: GoogleTokenServer) -> Iterator[GcsServer]:
    """Google Cloud Storage with an empty bucket ``renders``, for bearers of ``google_tokens``' access tokens."""
    with gcs_server(google_tokens.authority.email_of, "renders") as server:
        yield server


@pytest.fixture(scope="session")
def image_files() -> Iterator[Path]:
    """The files of the worker's image; not below pytest's folder, into which nobody else may look."""
    folder = Path(tempfile.mkdtemp(prefix="worker-image-"))
    folder.chmod(0o755)
    lay_out(folder)
    yield folder
    shutil.rmtree(folder)
