"""How a storage is reached: which credentials by reference, which endpoints, how much at once."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_CONCURRENCY = 10


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """References, never secrets. Empty text means "as the cloud's own tools would have it".

    ``aws_profile`` is a profile of the AWS configuration; ``role_arn`` is assumed on top of it. ``endpoint_url``
    and ``sts_endpoint_url`` replace those of S3 and STS. For Google: ``service_account_key`` is the path of a key
    file, ``impersonate`` the email of the service account to act as, ``metadata_host`` a metadata server (host
    and port) to take tokens from; ``gcs_endpoint_url``, ``token_url`` and ``iam_credentials_endpoint`` replace
    Google's own. ``concurrency`` bounds the transfers in flight.
    """

    aws_profile: str = ""
    role_arn: str = ""
    region: str = ""
    endpoint_url: str = ""
    sts_endpoint_url: str = ""
    gcs_endpoint_url: str = ""
    token_url: str = ""
    metadata_host: str = ""
    service_account_key: str = ""
    impersonate: str = ""
    iam_credentials_endpoint: str = ""
    concurrency: int = DEFAULT_CONCURRENCY
