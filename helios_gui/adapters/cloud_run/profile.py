"""The settings of a Google Cloud Run service as a worker, with a Cloud Storage bucket to exchange files with it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from helios_gui.adapters import validators
from helios_gui.adapters.base_profile import REQUESTS_PRICED_TOGETHER, CloudProfile, CredentialUse, Price
from helios_gui.storage.settings import StorageSettings
from helios_gui.translation import tr

MIN_VCPUS = 0.08
MAX_VCPUS = 8.0
MIN_MEMORY = 0.125
MAX_MEMORY = 32.0
MAX_TIME = 3600.0
"""Cloud Run's own limits of an instance: vCPUs, memory in GiB, run time of a request in seconds."""

Endpoint = Annotated[str, AfterValidator(validators.web_url)]


class CloudRunProfile(CloudProfile):
    """A profile that renders in one Cloud Run service.

    Empty text means "as Google's own tools would have it". ``service_url`` is the service's address and
    ``audience`` what its ID tokens are for, where that is not the address itself. ``storage_url`` is
    ``gs://bucket/prefix``. Credentials come from ``service_account_key`` (the path of a key file), or from this
    machine; ``impersonate`` is the email of a service account to act as on top of them. ``worker_token`` refers to
    a token that the worker asks for in place of ID tokens: ``env:HELIOS_…`` or ``keyring:helios…/ACCOUNT``.

    ``vcpus`` and ``memory_gib`` are those of an instance, for costs. The prices, in US dollars, are Google's public
    list prices of request-based billing in a tier 1 region (cloud.google.com/run/pricing): per vCPU-second,
    GiB-second and million requests.

    The endpoints replace Google's own: of Cloud Storage, the token service and IAM Credentials; ``metadata_host`` is
    a metadata server's host and port.
    """

    kind: Literal["cloud-run"] = "cloud-run"
    service_url: Annotated[str, AfterValidator(validators.service_url)]
    audience: Annotated[str, AfterValidator(validators.one_line)] = ""
    service_account_key: Annotated[str, AfterValidator(validators.key_path)] = ""
    impersonate: Annotated[str, AfterValidator(validators.check_email)] = ""
    worker_token: Annotated[str, AfterValidator(validators.secret_reference)] = ""
    storage_url: Annotated[str, AfterValidator(validators.gs_url)]
    vcpus: Annotated[float, Field(ge=MIN_VCPUS, le=MAX_VCPUS)] = 2.0
    memory_gib: Annotated[float, Field(ge=MIN_MEMORY, le=MAX_MEMORY)] = 2.0
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIME)] | None = None
    price_per_vcpu_second: Price = 0.000024
    price_per_gib_second: Price = 0.0000025
    price_per_million_requests: Price = 0.40
    gcs_endpoint: Endpoint = ""
    token_endpoint: Endpoint = ""
    iam_credentials_endpoint: Endpoint = ""
    metadata_host: Annotated[str, AfterValidator(validators.metadata_host)] = ""

    @property
    def token_audience(self) -> str:
        """The audience that ID tokens are made for."""
        return self.audience or self.service_url

    @property
    def request_timeout(self) -> float:
        """Seconds a request may take: the time limit of a chunk, else what the service's own may be at most."""
        return self.chunk_timeout or MAX_TIME

    @property
    def chunk_limit(self) -> float:
        """Seconds after which a chunk is ended, with its request."""
        return self.request_timeout

    def price_of(self, seconds: float) -> float:
        """Return the price of a request of ``seconds``, in US dollars: vCPUs and memory times time, and the call.

        A worker in a private network that asks for a token is no service of Google's: it costs nothing.
        """
        if self.worker_token and validators.is_private(validators.host_of(self.service_url)):
            return 0.0
        per_second = self.price_per_vcpu_second * self.vcpus + self.price_per_gib_second * self.memory_gib
        return per_second * seconds + self.price_per_million_requests / REQUESTS_PRICED_TOGETHER

    def credential_uses(self) -> tuple[CredentialUse, ...]:
        """Return the worker's token or ID token, and the Google account's access and its requests for tokens."""
        account = (
            tr("the key file {service_account_key}", service_account_key=self.service_account_key)
            if self.service_account_key
            else tr("this computer's account")
        )
        if self.metadata_host:
            account = tr("the metadata server {metadata_host}", metadata_host=self.metadata_host)
        acting = (
            tr("{impersonate}, through {account}", impersonate=self.impersonate, account=account)
            if self.impersonate
            else account
        )
        worker = self.worker_token or tr(
            "a Google ID token for {token_audience} ({acting})", token_audience=self.token_audience, acting=acting
        )
        uses = [CredentialUse(worker, self.service_url)]
        uses.append(
            CredentialUse(
                tr("a Google access token ({acting})", acting=acting), self.gcs_endpoint or tr("Google Cloud Storage")
            )
        )
        if self.impersonate and self.iam_credentials_endpoint:
            uses.append(
                CredentialUse(tr("a Google access token ({account})", account=account), self.iam_credentials_endpoint)
            )
        if self.token_endpoint:
            uses.append(
                CredentialUse(tr("a request for tokens, signed with {account}", account=account), self.token_endpoint)
            )
        return tuple(uses)

    def storage_settings(self) -> StorageSettings:
        """Return how the bucket is reached: with the credentials that call the service."""
        return StorageSettings(
            gcs_endpoint_url=self.gcs_endpoint,
            token_url=self.token_endpoint,
            metadata_host=self.metadata_host,
            service_account_key=self.service_account_key,
            impersonate=self.impersonate,
            iam_credentials_endpoint=self.iam_credentials_endpoint,
        )
