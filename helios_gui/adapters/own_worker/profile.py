"""The settings of a worker of one's own, on any host that can be reached over HTTP, with any storage between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from helios_gui.adapters import validators
from helios_gui.adapters.base_profile import CloudProfile, CredentialUse, Price
from helios_gui.storage.settings import StorageSettings
from helios_gui.translation import tr

MAX_TIME = 86_400.0
"""Seconds a request may take at most."""
_SECONDS_PER_HOUR = 3600.0

Endpoint = Annotated[str, AfterValidator(validators.private_web_url)]


class OwnWorkerProfile(CloudProfile):
    """A profile that renders with ``helios-gui worker serve`` on a host of one's own, or what answers like it.

    ``service_url`` is the worker's address. ``worker_token`` refers to the token that the worker asks for
    (``env:NAME`` or ``keyring:SERVICE/ACCOUNT``); empty for a worker that asks for none. ``storage_url`` is
    ``s3://bucket/prefix``, ``gs://bucket/prefix``, or a folder that this computer and the worker see under one path.
    ``concurrency`` is how many workers answer at that address: each renders one chunk at a time.

    S3 is reached with ``aws_profile`` (a profile of the AWS configuration of this machine), in ``region`` or at
    ``s3_endpoint``; Cloud Storage with ``service_account_key`` (the path of a key file), at ``gcs_endpoint``. Empty
    text means "as the providers' own tools would have it".

    ``price_per_hour`` is what an hour of a worker costs, in US dollars; one's own hardware costs nothing.
    """

    kind: Literal["own-worker"] = "own-worker"
    service_url: Annotated[str, AfterValidator(validators.worker_url)]
    worker_token: Annotated[str, AfterValidator(validators.secret_reference)] = ""
    storage_url: Annotated[str, AfterValidator(validators.storage_url)]
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 1
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIME)] | None = None
    aws_profile: Annotated[str, AfterValidator(validators.one_line)] = ""
    region: Annotated[str, AfterValidator(validators.check_region)] = ""
    s3_endpoint: Endpoint = ""
    service_account_key: Annotated[str, AfterValidator(validators.key_path)] = ""
    gcs_endpoint: Endpoint = ""
    price_per_hour: Price = 0.0

    @property
    def request_timeout(self) -> float:
        """Seconds a request may take."""
        return self.chunk_timeout or MAX_TIME

    def price_of(self, seconds: float) -> float:
        """Return the price of a request of ``seconds``, in US dollars."""
        return self.price_per_hour * seconds / _SECONDS_PER_HOUR

    def credential_uses(self) -> tuple[CredentialUse, ...]:
        """Return the worker's token, and the account that the storage is reached with."""
        uses = [CredentialUse(self.worker_token, self.service_url)] if self.worker_token else []
        if self.storage_url.startswith("s3://"):
            account = (
                tr("the AWS profile {aws_profile}", aws_profile=self.aws_profile)
                if self.aws_profile
                else tr("this computer's AWS credentials")
            )
            uses.append(CredentialUse(account, self.s3_endpoint or tr("Amazon S3")))
        elif self.storage_url.startswith("gs://"):
            key = (
                tr("the key file {service_account_key}", service_account_key=self.service_account_key)
                if self.service_account_key
                else tr("this computer's account")
            )
            uses.append(
                CredentialUse(
                    tr("a Google access token ({key})", key=key), self.gcs_endpoint or tr("Google Cloud Storage")
                )
            )
        return tuple(uses)

    def warnings(self) -> Mapping[str, str]:
        """Return which addresses are not encrypted."""
        endpoints = {
            "service_url": self.service_url,
            "s3_endpoint": self.s3_endpoint,
            "gcs_endpoint": self.gcs_endpoint,
        }
        return {
            setting: tr(
                "Not encrypted: others in this network can read the token and the job. Use https:// if you can."
            )
            for setting, url in endpoints.items()
            if url.startswith("http://") and not validators.is_loopback(validators.host_of(url))
        }

    def storage_settings(self) -> StorageSettings:
        """Return how the storage is reached."""
        return StorageSettings(
            aws_profile=self.aws_profile,
            region=self.region,
            endpoint_url=self.s3_endpoint,
            service_account_key=self.service_account_key,
            gcs_endpoint_url=self.gcs_endpoint,
        )
