"""Both clouds as a studio meets them, with a proxy on every way: to the service, and from both sides to the storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from tests.cloud.projects import CloudSettings, cloud_run_settings, lambda_settings
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import PROFILE, write_aws_profile

CLOUDS = ("lambda", "cloud-run")
PREFIX = "studio"


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud.

    ``calls`` lies between the adapter and the service, ``ours`` between the adapter and the storage, ``theirs``
    between the workers and the storage. ``executions`` counts the requests that reached a worker, ``objects`` lists
    what lies in storage, ``unfinished`` counts uploads that never ended, ``kill`` kills the workers that render.
    ``profile`` is what an artist has in the settings, under the name ``cloud``.
    """

    kind: str
    settings: CloudSettings
    profile: AwsLambdaProfile | CloudRunProfile
    service: LambdaFront | CloudRun
    calls: FaultProxy
    ours: FaultProxy
    theirs: FaultProxy
    executions: Callable[[], int]
    objects: Callable[[], list[str]]
    data: Callable[[str], bytes]
    unfinished: Callable[[], int]
    kill: Callable[[], int]


@pytest.fixture(scope="session", params=CLOUDS)
def cloud_kind(request: pytest.FixtureRequest) -> str:
    """Which cloud; what outlives the tests is started."""
    kind: str = request.param
    if kind == "lambda":
        request.getfixturevalue("ministack")
    return kind


@pytest.fixture
def cloud(request: pytest.FixtureRequest, cloud_kind: str) -> Iterator[Cloud]:
    """Either cloud: a test that asks for it runs once with each."""
    tmp_path: Path = request.getfixturevalue("tmp_path")
    if cloud_kind == "lambda":
        monkeypatch = request.getfixturevalue("monkeypatch")
        with lambda_cloud(request.getfixturevalue("ministack"), tmp_path, monkeypatch) as made:
            yield made
    else:
        gcs, tokens = request.getfixturevalue("gcs"), request.getfixturevalue("google_tokens")
        with cloud_run_cloud(gcs, tokens, tmp_path) as made:
            yield made


@contextmanager
def lambda_cloud(ministack: S3Server, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Iterator[Cloud]:
    """AWS: a function that renders, and a bucket of its own. ``changes`` are the function's."""
    server = ministack.with_new_bucket()
    with (
        fault_proxy(server.endpoint_url) as ours,
        fault_proxy(server.endpoint_url) as theirs,
        lambda_front(LambdaFunction(timeout=60)) as front,
        fault_proxy(front.url) as calls,
        server.client() as client,
    ):
        front.function.environment = {
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "HELIOS_STORAGE_ENDPOINT_URL": theirs.url,
            "HELIOS_WORKER_PROGRESS_INTERVAL": "0.2",
            **changes.pop("environment", {}),
        }
        for name, value in changes.items():
            setattr(front.function, name, value)
        write_aws_profile(folder, front.key, monkeypatch)
        url = f"s3://{server.bucket}/{PREFIX}"

        def data(key: str) -> bytes:
            body: bytes = client.get_object(Bucket=server.bucket, Key=key)["Body"].read()
            return body

        yield Cloud(
            kind="lambda",
            settings=lambda_settings(front, url, lambda_endpoint=calls.url, s3_endpoint=ours.url),
            profile=AwsLambdaProfile(
                name="cloud",
                aws_profile=PROFILE,
                region=front.function.region,
                function=front.function.name,
                storage_url=url,
                concurrency=6,
                retention="keep",
                lambda_endpoint=calls.url,
                s3_endpoint=ours.url,
                sts_endpoint=front.url,
            ),
            service=front,
            calls=calls,
            ours=ours,
            theirs=theirs,
            executions=lambda: len(front.executions),
            objects=server.keys,
            data=data,
            unfinished=lambda: len(server.unfinished_uploads()),
            kill=front.host.kill_running,
        )


@contextmanager
def cloud_run_cloud(gcs: GcsServer, tokens: GoogleTokenServer, folder: Path, **changes: Any) -> Iterator[Cloud]:
    """Google: a service that only the account ``renderer`` may call, and a bucket. ``changes`` are the service's."""
    with fault_proxy(gcs.url) as ours, fault_proxy(gcs.url) as theirs:
        environment = {
            "HELIOS_STORAGE_GCS_ENDPOINT_URL": theirs.url,
            "HELIOS_STORAGE_METADATA_HOST": tokens.metadata_host,
            "HELIOS_WORKER_PROGRESS_INTERVAL": "0.2",
            **changes.pop("environment", {}),
        }
        given = {"max_instances": 2, "patience": 5, "invokers": {tokens.authority.account()}, **changes}
        service = CloudRunService(environment=environment, **given)
        with cloud_run(service, tokens) as run, fault_proxy(run.url) as calls:
            key, url = folder / "key.json", f"gs://renders/{PREFIX}"
            changed = {"service_url": calls.url, "audience": run.url, "gcs_endpoint": ours.url}
            settings = cloud_run_settings(run, tokens, key, url, **changed)
            yield Cloud(
                kind="cloud-run",
                settings=settings,
                profile=CloudRunProfile(
                    name="cloud",
                    service_url=calls.url,
                    audience=run.url,
                    storage_url=url,
                    service_account_key=str(key),
                    concurrency=6,
                    retention="keep",
                    gcs_endpoint=ours.url,
                ),
                service=run,
                calls=calls,
                ours=ours,
                theirs=theirs,
                executions=lambda: run.counts["forwarded"],
                objects=lambda: gcs.names("renders"),
                data=lambda key: gcs.data("renders", key),
                unfinished=lambda: gcs.sessions.unfinished,
                kill=run.kill_running,
            )
