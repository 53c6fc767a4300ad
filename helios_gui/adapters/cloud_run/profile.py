"""A Google Cloud Run service as a worker, with a Cloud Storage bucket between it and this machine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from helios_gui.adapters import validators as shapes
from helios_gui.adapters.base_profile import CloudProfile, Price

MIN_VCPUS = 0.08
MAX_VCPUS = 8.0
MIN_MEMORY = 0.125
MAX_MEMORY = 32.0
MAX_TIME = 3600.0
"""Cloud Run's own limits of an instance: vCPUs, memory in GiB, run time of a request in seconds."""

Endpoint = Annotated[str, AfterValidator(shapes.web_url)]


class CloudRunProfile(CloudProfile):
    """Chunks rendered by one Cloud Run service.

    Empty text means "as Google's own tools would have it". ``service_url`` is the service's address and
    ``audience`` what its ID tokens are for, where that is not the address itself. ``storage_url`` is
    ``gs://bucket/prefix``. Credentials come from ``service_account_key`` (the path of a key file), or from this
    machine; ``impersonate`` is the email of a service account to act as on top of them. ``worker_token`` refers to
    a token that the worker asks for in place of ID tokens: ``env:NAME`` or ``keyring:SERVICE/ACCOUNT``.

    ``vcpus`` and ``memory_gib`` are those of an instance, for costs. The prices, in US dollars, are Google's public
    list prices of request-based billing in a tier 1 region (cloud.google.com/run/pricing): per vCPU-second,
    GiB-second and million requests.

    The endpoints replace Google's own: of Cloud Storage, the token service and IAM Credentials; ``metadata_host`` is
    a metadata server's host and port.
    """

    kind: Literal["cloud-run"] = "cloud-run"
    service_url: Annotated[str, AfterValidator(shapes.service_url)]
    audience: Annotated[str, AfterValidator(shapes.one_line)] = ""
    service_account_key: Annotated[str, AfterValidator(shapes.key_path)] = ""
    impersonate: Annotated[str, AfterValidator(shapes.email)] = ""
    worker_token: Annotated[str, AfterValidator(shapes.secret_reference)] = ""
    storage_url: Annotated[str, AfterValidator(shapes.gs_url)]
    vcpus: Annotated[float, Field(ge=MIN_VCPUS, le=MAX_VCPUS)] = 2.0
    memory_gib: Annotated[float, Field(ge=MIN_MEMORY, le=MAX_MEMORY)] = 2.0
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIME)] | None = None
    price_per_vcpu_second: Price = 0.000024
    price_per_gib_second: Price = 0.0000025
    price_per_million_requests: Price = 0.40
    gcs_endpoint: Endpoint = ""
    token_endpoint: Endpoint = ""
    iam_credentials_endpoint: Endpoint = ""
    metadata_host: Annotated[str, AfterValidator(shapes.metadata_host)] = ""
