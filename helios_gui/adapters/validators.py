"""What references to things in the cloud look like, and what to say of text that does not look like one.

Every function takes what was typed, trims it, and returns it in its one spelling or raises
``PydanticCustomError`` with a sentence for people. None repeats the text: it may be a password.
"""

from __future__ import annotations

import ipaddress
import math
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import SplitResult, urlsplit

from pydantic_core import PydanticCustomError

from helios_gui.net.secret_reference import WHAT_IS_FOR_WORKERS, SecretReference
from helios_gui.storage.urls import parse_url
from helios_gui.translation import tr
from helios_gui.types import UserInputError

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}")
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):\d{12}:function:[A-Za-z0-9_-]{1,64}")
_QUALIFIER = re.compile(r"\$LATEST|[A-Za-z0-9_-]{1,128}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")
_S3_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_GS_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")

MAX_PRICE = 1000.0
"""US dollars per unit."""

_GOOGLE_METADATA_HOSTS = frozenset({"metadata", "metadata.google.internal"})


_PRIVATE_DOMAINS = (".local", ".lan", ".internal", ".intranet", ".private", ".home.arpa", ".test")


def validation_error(message: str) -> PydanticCustomError:
    """Return the error that says this sentence, as it is."""
    return PydanticCustomError("shape", "{message}", {"message": message})


def missing_error(message: str) -> PydanticCustomError:
    """Return the error that says something is still to be filled in."""
    return PydanticCustomError("needed", "{message}", {"message": message})


def parse_price(value: object) -> object:
    """Return a price as a number, from a number or from text as people write it (``$0.20``, ``0,2``)."""
    if isinstance(value, str):
        text = value.strip().removeprefix("$").strip().replace(",", ".")
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if isinstance(value, float | int) and not 0 <= value <= MAX_PRICE:
        raise validation_error(tr("Write a price in US dollars, such as 0.20."))
    return value


def one_line(text: str) -> str:
    """Check that a name can be shown on one line; empty is allowed."""
    text = text.strip()
    if not text.isprintable():
        raise validation_error(tr("This contains characters that cannot be shown."))
    return text


def check_region(text: str) -> str:
    """Check an AWS region; empty is allowed."""
    text = text.strip().lower()
    if text and not _REGION.fullmatch(text):
        raise validation_error(tr("That is not the name of a region. They look like eu-central-1."))
    return text


def lambda_function(text: str) -> str:
    """Check a Lambda function's name or ARN, without version or alias."""
    text = text.strip()
    if not text:
        raise missing_error(tr("Name the function that renders."))
    if text.startswith("arn:"):
        if _FUNCTION_ARN.fullmatch(text.rpartition(":")[0]):
            raise validation_error(tr("The ARN ends in a version or alias: move that to its own field."))
        if not _FUNCTION_ARN.fullmatch(text):
            raise validation_error(tr("That is not a function's ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME."))
    elif not _FUNCTION_NAME.fullmatch(text):
        raise validation_error(tr("A function's name has letters, digits, “-” and “_” only, at most 64 of them."))
    return text


def region_of(function: str) -> str:
    """Return the region in a function's ARN, ``""`` where it is a mere name."""
    match = _FUNCTION_ARN.fullmatch(function)
    return match.group(1) if match else ""


def check_qualifier(text: str) -> str:
    """Check a version or alias of a function; empty is allowed."""
    text = text.strip()
    if text and not _QUALIFIER.fullmatch(text):
        raise validation_error(tr("Write a version's number or an alias, such as 7 or live."))
    return text


def role_arn(text: str) -> str:
    """Check an IAM role's ARN; empty is allowed."""
    text = text.strip()
    if text and not _ROLE_ARN.fullmatch(text):
        raise validation_error(tr("That is not a role's ARN. They look like arn:aws:iam::123456789012:role/render."))
    return text


def s3_url(text: str) -> str:
    """Check a place in an S3 bucket."""
    return _bucket_url(text, ("s3",), "s3", _S3_BUCKET, "s3://my-bucket/renders")


def gs_url(text: str) -> str:
    """Check a place in a Cloud Storage bucket; ``gcs://`` is read too."""
    return _bucket_url(text, ("gs", "gcs"), "gs", _GS_BUCKET, "gs://my-bucket/renders")


def web_url(text: str, *, private_http: bool = False) -> str:
    """Check an address to send requests to: https, or http on this machine; empty is allowed. No trailing slash.

    With ``private_http``, http may also lead to a private network.
    """
    text = text.strip().rstrip("/")
    if not text:
        return ""
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise validation_error(tr("Write a full address that begins with https://."))
    if parts.username is not None or parts.password is not None:
        raise validation_error(tr("The address holds a password. Remove it: profiles hold no secrets."))
    if parts.query or parts.fragment:
        raise validation_error(tr("Leave out everything from “?” or “#” on."))
    if parts.scheme == "http" and private_http and is_private(parts.hostname):
        return text
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        if private_http:
            raise validation_error(
                tr("Use https://: http:// is not safe except on this computer and in a private network.")
            )
        raise validation_error(tr("Use https://: http:// is not safe except on this computer."))
    return text


def service_url(text: str) -> str:
    """Check the address of a Cloud Run service."""
    if not text.strip():
        raise missing_error(tr("Write the address of the service."))
    return web_url(text)


def worker_url(text: str) -> str:
    """Check the address of a worker: https, or http in a private network."""
    if not text.strip():
        raise missing_error(tr("Write the address of the worker, such as http://10.0.0.5:8080."))
    return web_url(text, private_http=True)


def private_web_url(text: str) -> str:
    """Check an address to send requests to: https, or http in a private network; empty is allowed."""
    return web_url(text, private_http=True)


def storage_url(text: str) -> str:
    """Check a place in a bucket of S3 or Cloud Storage, or a folder that this computer and the workers see alike."""
    text = text.strip()
    if not text:
        raise missing_error(tr("Say where job files and outputs are kept, such as s3://bucket/folder."))
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme == "s3":
        return s3_url(text)
    if scheme in ("gs", "gcs"):
        return gs_url(text)
    if scheme not in ("", "file") or (not scheme and not Path(text).is_absolute()):
        raise validation_error(tr("Write s3://bucket/folder, gs://bucket/folder, or the full path of a shared folder."))
    if not text.isprintable():
        raise validation_error(tr("This contains characters that cannot be shown."))
    try:
        return parse_url(text if scheme else Path(text).as_uri()).url
    except UserInputError as error:
        raise validation_error(f"{error} {error.hint}") from None


def check_email(text: str) -> str:
    """Check a service account's email; empty is allowed."""
    text = text.strip()
    if text and not _EMAIL.fullmatch(text):
        raise validation_error(tr("Write the account's email: NAME@PROJECT.iam.gserviceaccount.com."))
    return text


def key_path(text: str) -> str:
    """Check the full path of a key file, ``~`` for the home folder.

    Empty is allowed. Whether it is there is not asked.
    """
    text = one_line(text)
    if text.startswith("{"):
        raise validation_error(tr("Write the path of the key file here, not what is in it."))
    if text and not (text.startswith("~") or PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()):
        raise validation_error(tr("Write the full path of the key file."))
    return text


def secret_reference(text: str) -> str:
    """Check where a secret for workers is kept; empty is allowed. Whether it is there is not asked."""
    if not text.strip():
        return ""
    reference = SecretReference.parse(text)
    if reference is None:
        raise validation_error(
            tr("Write where the token is kept, not the token: env:NAME, in capitals, or keyring:SERVICE/ACCOUNT.")
        )
    if not reference.is_for_workers:
        raise validation_error(tr(WHAT_IS_FOR_WORKERS))
    return str(reference)


def metadata_host(text: str) -> str:
    """Check the host and port of a metadata server; empty is allowed. It must be near: its tokens come unencrypted."""
    text = text.strip()
    if not text:
        return ""
    parts = _split(f"http://{text}")
    host = parts.hostname or ""
    if parts.netloc != text or not host or "@" in text:
        raise validation_error(tr("Write a host, or a host and port, such as 127.0.0.1:8080."))
    if host not in _GOOGLE_METADATA_HOSTS and not is_loopback(host) and not _is_link_local(host):
        raise validation_error(tr("Tokens travel unencrypted: only this computer's own metadata server can be used."))
    return text


def is_loopback(host: str) -> bool:
    """Return whether a host is this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return the host of an address that is one."""
    return urlsplit(url).hostname or ""


def is_private(host: str) -> bool:
    """Return whether a host is this machine, or in a network that others cannot reach, going by its name or address."""
    if is_loopback(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_DOMAINS)
    return address.is_private and not address.is_link_local and not address.is_unspecified


def _is_link_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_link_local
    except ValueError:
        return False


def _bucket_url(text: str, schemes: tuple[str, ...], scheme: str, bucket_shape: re.Pattern[str], example: str) -> str:
    text = text.strip()
    if not text:
        raise missing_error(tr("Say where job files and outputs are kept, such as {example}.", example=example))
    written, separator, rest = text.partition("://")
    if not separator or written.lower() not in schemes:
        raise validation_error(tr("Write a bucket and a folder in it, such as {example}.", example=example))
    bucket, _, prefix = rest.partition("/")
    if "@" in bucket or ":" in bucket:
        raise validation_error(tr("The address holds a password. Remove it: profiles hold no secrets."))
    if not bucket_shape.fullmatch(bucket) or ".." in bucket:
        raise validation_error(tr("That is not the name of a bucket: lower-case letters, digits, “.” and “-”."))
    folders = prefix.strip("/")
    if not folders.isprintable() or any(part in ("", ".", "..") for part in folders.split("/") if folders):
        raise validation_error(tr("The folder in the bucket has a part that is empty, “.” or “..”."))
    return f"{scheme}://{bucket}/{folders}".rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        raise validation_error(tr("That is not an address.")) from None
    if any(char.isspace() or not char.isprintable() for char in text):
        raise validation_error(tr("The address contains a blank."))
    return parts
