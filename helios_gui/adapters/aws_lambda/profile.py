"""A function on AWS Lambda as a worker, with an S3 bucket between it and this machine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from helios_gui.adapters import validators as shapes
from helios_gui.adapters.base_profile import CloudProfile, Price

MIN_MEMORY = 128
MAX_MEMORY = 10_240
MAX_TIME = 900.0
"""Lambda's own limits: memory of a function in MB, run time in seconds."""

Invocation = Literal["auto", "wait", "event"]
Endpoint = Annotated[str, AfterValidator(shapes.web_url)]


class AwsLambdaProfile(CloudProfile):
    """Chunks rendered by one Lambda function.

    Empty text means "as AWS' own tools would have it". ``aws_profile`` is a profile of the AWS configuration of this
    machine and ``role_arn`` a role assumed on top of it; ``region`` may come from either's configuration or the
    function's ARN. ``function`` is a name or an ARN, ``qualifier`` a version or an alias of it. ``storage_url`` is
    ``s3://bucket/prefix``. ``invocation`` decides whether an invocation is waited for (``wait``), or only started
    and its result looked for in the storage (``event``); ``auto`` goes by the function's own time limit.

    ``memory_mb`` is the function's memory, for costs. The prices, in US dollars, are AWS' public list prices for
    x86 in us-east-1 (aws.amazon.com/lambda/pricing, first tier): per GB-second and per million requests.

    The endpoints replace AWS' own.
    """

    kind: Literal["aws-lambda"] = "aws-lambda"
    aws_profile: Annotated[str, AfterValidator(shapes.one_line)] = ""
    role_arn: Annotated[str, AfterValidator(shapes.role_arn)] = ""
    region: Annotated[str, AfterValidator(shapes.region)] = ""
    function: Annotated[str, AfterValidator(shapes.lambda_function)]
    qualifier: Annotated[str, AfterValidator(shapes.qualifier)] = ""
    storage_url: Annotated[str, AfterValidator(shapes.s3_url)]
    invocation: Invocation = "auto"
    memory_mb: Annotated[int, Field(ge=MIN_MEMORY, le=MAX_MEMORY)] = 2048
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIME)] | None = None
    price_per_gb_second: Price = 0.0000166667
    price_per_million_requests: Price = 0.20
    lambda_endpoint: Endpoint = ""
    s3_endpoint: Endpoint = ""
    sts_endpoint: Endpoint = ""

    @field_validator("function")
    @classmethod
    def _is_in_the_region(cls, function: str, info: ValidationInfo) -> str:
        there, region = shapes.region_of(function), info.data.get("region")
        if there and region and there != region:
            raise shapes.refusal(f"The function is in {there}, but the region says {region}.")
        return function
