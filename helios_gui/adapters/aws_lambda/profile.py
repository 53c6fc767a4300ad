"""The settings of an AWS Lambda function as a worker, with an S3 bucket to exchange files with it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from helios_gui.adapters import validators
from helios_gui.adapters.base_profile import REQUESTS_PRICED_TOGETHER, CloudProfile, CredentialUse, Price
from helios_gui.storage.settings import StorageSettings
from helios_gui.translation import tr

MIN_MEMORY = 128
MAX_MEMORY = 10_240
MAX_TIME = 900.0
"""Lambda's own limits: memory of a function in MB, run time in seconds."""

_MEGABYTES_PER_GIGABYTE = 1024

Invocation = Literal["auto", "wait", "event"]
Endpoint = Annotated[str, AfterValidator(validators.web_url)]


class AwsLambdaProfile(CloudProfile):
    """A profile that renders in one Lambda function.

    Empty text means "as AWS' own tools would have it". ``aws_profile`` is a profile of the AWS configuration of this
    machine and ``role_arn`` a role assumed on top of it; ``region`` may come from either's configuration or the
    function's ARN. ``function`` is a name or an ARN, ``qualifier`` a version or an alias of it. ``storage_url`` is
    ``s3://bucket/prefix``. ``invocation`` decides whether the connection of an invocation is held until the function
    answers (``wait``), or the function is only started and its result is looked for in the storage (``event``);
    ``auto`` chooses by the function's own time limit.

    ``memory_mb`` is the function's memory, for costs. The prices, in US dollars, are AWS' public list prices for
    x86 in us-east-1 (aws.amazon.com/lambda/pricing, first tier): per GB-second and per million requests.

    The endpoints replace AWS' own.
    """

    kind: Literal["aws-lambda"] = "aws-lambda"
    aws_profile: Annotated[str, AfterValidator(validators.one_line)] = ""
    role_arn: Annotated[str, AfterValidator(validators.role_arn)] = ""
    region: Annotated[str, AfterValidator(validators.check_region)] = ""
    function: Annotated[str, AfterValidator(validators.lambda_function)]
    qualifier: Annotated[str, AfterValidator(validators.check_qualifier)] = ""
    storage_url: Annotated[str, AfterValidator(validators.s3_url)]
    invocation: Invocation = "auto"
    memory_mb: Annotated[int, Field(ge=MIN_MEMORY, le=MAX_MEMORY)] = 2048
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIME)] | None = None
    price_per_gb_second: Price = 0.0000166667
    price_per_million_requests: Price = 0.20
    lambda_endpoint: Endpoint = ""
    s3_endpoint: Endpoint = ""
    sts_endpoint: Endpoint = ""

    @property
    def chunk_limit(self) -> float:
        """Seconds after which a chunk is ended; Lambda runs no function for longer than ``MAX_TIME``."""
        return self.chunk_timeout or MAX_TIME

    def price_of(self, seconds: float) -> float:
        """Return the price of an invocation that takes ``seconds``, in US dollars: memory times time, and the call."""
        per_second = self.price_per_gb_second * self.memory_mb / _MEGABYTES_PER_GIGABYTE
        return per_second * seconds + self.price_per_million_requests / REQUESTS_PRICED_TOGETHER

    def credential_uses(self) -> tuple[CredentialUse, ...]:
        """Return which AWS credentials sign requests, and the servers that get these."""
        account = (
            tr("the AWS profile {aws_profile}", aws_profile=self.aws_profile)
            if self.aws_profile
            else tr("this computer's AWS credentials")
        )
        if self.role_arn:
            account += tr(" as {role_arn}", role_arn=self.role_arn)
        endpoints = (self.lambda_endpoint or tr("AWS Lambda"), self.s3_endpoint or tr("Amazon S3"), self.sts_endpoint)
        return tuple(
            CredentialUse(tr("requests signed with {account}", account=account), server)
            for server in endpoints
            if server
        )

    def storage_settings(self) -> StorageSettings:
        """Return how the bucket is reached: with the credentials that call the function."""
        return StorageSettings(
            aws_profile=self.aws_profile,
            role_arn=self.role_arn,
            region=self.region,
            endpoint_url=self.s3_endpoint,
            sts_endpoint_url=self.sts_endpoint,
        )

    @field_validator("function")
    @classmethod
    def _is_in_the_region(cls, function: str, info: ValidationInfo) -> str:
        there, region = validators.region_of(function), info.data.get("region")
        if there and region and there != region:
            raise validators.validation_error(
                tr("The function is in {there}, but the region says {region}.", there=there, region=region)
            )
        return function
