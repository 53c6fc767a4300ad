"""References to secrets that are kept elsewhere, and how to read them. A reference may be shown and stored."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from helios_gui.net.scrub import scrub
from helios_gui.translation import mark, tr
from helios_gui.types import CredentialsError

_VARIABLE = re.compile(r"env:([A-Z_][A-Z0-9_]{0,59})")
_ENTRY = re.compile(r"keyring:([^/\s][^/]{0,99})/([^/\s][^/]{0,99})")
_SENDABLE = re.compile(r"[\x21-\x7e]+")

VARIABLE_PREFIX = "HELIOS_"
SERVICE_PREFIX = "helios"
"""What variables and keyring services that are meant for workers begin with, the latter in any letter case.

Profiles are handed on as files. Without this, one could name any secret of this computer, and its author's server.
"""

WHAT_IS_FOR_WORKERS = mark(
    "Only secrets that are named for it are sent: environment variables that begin with HELIOS_, and keyring services "
    "that begin with “helios”."
)


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is kept: in an environment variable, or under a service and an account in the OS' keyring.

    Variables are in capitals, so that no token can be mistaken for one.
    """

    variable: str = ""
    service: str = ""
    account: str = ""

    def __str__(self) -> str:
        return f"env:{self.variable}" if self.variable else f"keyring:{self.service}/{self.account}"

    @classmethod
    def parse(cls, text: str) -> SecretReference | None:
        """Return the reference in ``env:NAME`` or ``keyring:SERVICE/ACCOUNT``; ``None`` for anything else."""
        text = text.strip()
        if not text.isprintable():
            return None
        variable, entry = _VARIABLE.fullmatch(text), _ENTRY.fullmatch(text)
        if variable is not None:
            return cls(variable=variable[1])
        return cls(service=entry[1].rstrip(), account=entry[2].rstrip()) if entry is not None else None

    @property
    def is_for_workers(self) -> bool:
        """Whether the secret's name says that it may be sent to a worker: it begins with one of the two prefixes."""
        if self.variable:
            return self.variable.startswith(VARIABLE_PREFIX)
        return self.service.casefold().startswith(SERVICE_PREFIX)

    def read(self) -> str:
        """Return the secret, fit for an HTTP header; blocking, as a keyring may ask a person to unlock it.

        Raises:
            CredentialsError: It is not meant for workers, or cannot be read or sent. The error never quotes the secret.
        """
        secret = self.read_password().strip()
        if not secret:
            raise self._missing()
        if not _SENDABLE.fullmatch(secret):
            raise CredentialsError(
                tr(
                    "What is kept in {value} is no token: it holds blanks or characters that cannot be sent.",
                    value=self,
                ),
                tr("Store the token alone."),
            )
        return secret

    def read_password(self) -> str:
        """Return the secret as it is, blanks and all; blocking, as a keyring may ask a person to unlock it.

        Raises:
            CredentialsError: It is not meant to be sent, or cannot be read. The error never quotes the secret.
        """
        if not self.is_for_workers:
            raise CredentialsError(tr("{value} is not sent to a worker.", value=self), tr(WHAT_IS_FOR_WORKERS))
        secret = os.environ.get(self.variable, "") if self.variable else self._read_entry()
        if not secret:
            raise self._missing()
        return secret

    def _read_entry(self) -> str:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError

        try:
            return keyring.get_password(self.service, self.account) or ""
        except NoKeyringError:
            raise CredentialsError(
                tr("{value} cannot be read: this computer has no keyring.", value=self),
                tr("Install one, such as GNOME Keyring or KWallet, or name an environment variable instead: env:NAME."),
            ) from None
        except (KeyringError, OSError, RuntimeError) as error:  # backends raise what their libraries do
            words = scrub(str(error)) or type(error).__name__
            raise CredentialsError(
                tr("The keyring does not give out {value}: {words}", value=self, words=words),
                tr("Unlock it, and try again."),
            ) from None

    def _missing(self) -> CredentialsError:
        if self.variable:
            return CredentialsError(
                tr("The environment variable {variable} is not set.", variable=self.variable),
                tr("Set it before the app is started, or correct the reference in the profile."),
            )
        return CredentialsError(
            tr("The keyring has no entry “{account}” of “{service}”.", account=self.account, service=self.service),
            tr(
                "Store the token there, with “keyring set {service} {account}” for example.",
                service=self.service,
                account=self.account,
            ),
        )
