"""What AWS' refusals and boto3's errors mean: try again, sign in again, ask for permission, or correct the profile."""

from __future__ import annotations

import botocore.exceptions
import pytest

from helios_gui.adapters.aws_lambda.aws_credentials import AwsCredentials, AwsIdentity, refusal, to_storage_error
from helios_gui.types import CredentialsError, FailureKind, StorageError

STUDIO = AwsIdentity(profile="studio", region="eu-central-1")
SECRET = "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("status", "code", "words", "kind", "said"),
    [
        (400, "ExpiredTokenException", "", FailureKind.BLOCKED, "The AWS credentials have expired."),
        (403, "InvalidClientTokenId", "", FailureKind.BLOCKED, "does not accept the credentials"),
        (403, "SignatureDoesNotMatch", "Signature expired: is now earlier", FailureKind.BLOCKED, "because of its time"),
        (403, "InvalidSignatureException", "not yet current", FailureKind.BLOCKED, "because of its time"),
        (
            403,
            "AccessDeniedException",
            "no lambda:Invoke",
            FailureKind.BLOCKED,
            "do not allow Invoke: no lambda:Invoke",
        ),
        (401, "Odd", "", FailureKind.BLOCKED, "do not allow Invoke: Odd"),
        (429, "Odd", "later", FailureKind.THROTTLED, "later"),
        (400, "ThrottlingException", "later", FailureKind.THROTTLED, "later"),
        (400, "TooManyRequestsException", "later", FailureKind.THROTTLED, "later"),
        (503, "ServiceUnavailable", "busy", FailureKind.TRANSIENT, 'AWS answered "ServiceUnavailable" to Invoke: busy'),
        (400, "ValidationException", "wrong", FailureKind.BLOCKED, "wrong"),
    ],
)
def test_a_refusal_is_of_its_kind(status: int, code: str, words: str, kind: FailureKind, said: str) -> None:
    error = refusal(status, code, words, "Invoke", STUDIO)
    assert error.kind is kind
    assert said in str(error)
    assert error.hint


def client_error(code: str, status: int) -> botocore.exceptions.ClientError:
    answer = {"Error": {"Code": code, "Message": f"key {SECRET}"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "AssumeRole")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (botocore.exceptions.NoCredentialsError(), FailureKind.BLOCKED, "There are no valid AWS credentials."),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="https://sts"), FailureKind.TRANSIENT, "be reached"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="https://sts"), FailureKind.TRANSIENT, "be reached"),
        (botocore.exceptions.InvalidRegionError(region_name="x!"), FailureKind.BLOCKED, "could not be asked"),
        (client_error("AccessDenied", 403), FailureKind.BLOCKED, "do not allow AssumeRole"),
        (client_error("InternalFailure", 500), FailureKind.TRANSIENT, "InternalFailure"),
    ],
)
def test_an_error_of_boto3_is_said_in_our_words(error: Exception, kind: FailureKind, said: str) -> None:
    told = to_storage_error(error, STUDIO)
    assert told.kind is kind
    assert said in str(told)
    assert SECRET not in str(told)


def test_missing_credentials_name_the_profile_to_sign_in_with() -> None:
    told = to_storage_error(botocore.exceptions.NoCredentialsError(), STUDIO)
    assert isinstance(told, CredentialsError)
    assert "studio" in told.hint


async def test_errors_of_work_with_boto3_are_translated() -> None:
    def fail() -> None:
        raise client_error("InternalFailure", 500)

    with pytest.raises(StorageError, match="InternalFailure"):
        await AwsCredentials(STUDIO).run(fail)
