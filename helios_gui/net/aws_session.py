"""Credentials for AWS, by reference: a profile of the AWS configuration, and a role on top of it."""

from __future__ import annotations

import functools
from typing import Any

import boto3
import botocore.exceptions
import botocore.loaders
import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, CredentialProvider, DeferredRefreshableCredentials

from helios_gui import product
from helios_gui.net.aws_http import bound_answers
from helios_gui.net.scrub import quieten_loggers
from helios_gui.translation import tr
from helios_gui.types import CredentialsError

_SESSION_NAME = product.PACKAGE


class _RoleProvider(CredentialProvider):  # type: ignore[misc]  # botocore is untyped
    """Assumes a role with another session's credentials, again whenever they expire."""

    METHOD = CANONICAL_NAME = "helios-assume-role"

    def __init__(self, base: botocore.session.Session, role_arn: str, sts_endpoint_url: str) -> None:
        super().__init__()
        self._base = base
        self._role_arn = role_arn
        self._endpoint = sts_endpoint_url or None

    def load(self) -> DeferredRefreshableCredentials:
        """Return the credentials; nothing is asked for before they are needed."""
        source = self._base.get_credentials()
        if source is None:
            raise botocore.exceptions.NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=functools.partial(self._base.create_client, endpoint_url=self._endpoint),
            source_credentials=source,
            role_arn=self._role_arn,
            extra_args={"RoleSessionName": _SESSION_NAME},
        )
        return DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method=self.METHOD)


def aws_session(
    *, profile: str = "", role_arn: str = "", region: str = "", sts_endpoint_url: str = "", connections: int = 10
) -> boto3.session.Session:
    """Return a boto3 session. It blocks (it reads files), and two threads must not make one at the same time.

    Without a profile, credentials come from where AWS' own tools look: the environment, the default profile, the
    machine's or container's role.

    Args:
        profile: A profile of the AWS configuration.
        role_arn: A role to assume with the profile's credentials.
        region: Replaces the profile's region.
        sts_endpoint_url: Replaces AWS' own address of the service that gives out roles.
        connections: Most connections to one host that are kept.

    Raises:
        CredentialsError: The profile does not exist.
    """
    quieten_loggers()
    try:
        base = _session_with_shared_descriptions(profile)
        if region:
            base.set_config_variable("region", region)
        base.get_scoped_config()  # the first to notice a profile that is not there
        bound_answers(base, connections)
        session = base
        if role_arn:
            session = _session_with_shared_descriptions()
            session.set_config_variable("region", base.get_config_variable("region"))
            provider = _RoleProvider(base, role_arn, sts_endpoint_url)
            session.get_component("credential_provider").insert_before("env", provider)
            bound_answers(session, connections)
        made = boto3.session.Session(botocore_session=session)
        paths = session.get_component("data_loader").search_paths
        paths[:] = dict.fromkeys(paths)  # boto3 has added its own once more
        return made
    except botocore.exceptions.ProfileNotFound as error:
        raise CredentialsError(
            tr('The AWS profile "{profile}" is not in the AWS configuration of this machine.', profile=profile),
            tr("Make it (aws configure --profile {profile}) or choose another one.", profile=profile),
        ) from error


def _session_with_shared_descriptions(profile: str = "") -> botocore.session.Session:
    """Return a session that reads the descriptions of AWS' services only where none before it has.

    They are megabytes of JSON, which take longer to read than all the rest of making a client.
    """
    session = botocore.session.Session(profile=profile or None)
    session.register_component("data_loader", _descriptions(session.get_config_variable("data_path")))
    return session


@functools.cache
def _descriptions(folders: str | None) -> Any:
    """Return what reads descriptions, and remembers them, from botocore's folder and these."""
    return botocore.loaders.create_loader(folders)


def sign_in_hint(profile: str = "") -> str:
    """Return what to do when credentials are missing or have expired."""
    option = f" --profile {profile}" if profile else ""
    return tr("Sign in again: aws sso login{option}. With access keys: aws configure{option}.", option=option)


def is_credentials_failure(error: Exception) -> bool:
    """Return whether botocore itself could not get credentials, so that nothing was sent to the service yet."""
    kinds: tuple[Any, ...] = (
        botocore.exceptions.NoCredentialsError,
        botocore.exceptions.PartialCredentialsError,
        botocore.exceptions.CredentialRetrievalError,
        botocore.exceptions.ProfileNotFound,
        botocore.exceptions.TokenRetrievalError,
        botocore.exceptions.SSOError,
        botocore.exceptions.UnauthorizedSSOTokenError,
        botocore.exceptions.RefreshWithMFAUnsupportedError,
        botocore.exceptions.LoginError,
    )
    return isinstance(error, kinds)
