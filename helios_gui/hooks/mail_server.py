"""The server that e-mail about jobs goes through, as data."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from helios_gui.hooks.hook import is_reference, mail_address
from helios_gui.translation import tr


class MailSecurity(StrEnum):
    """How the connection is encrypted: from the first byte, after a greeting (STARTTLS), or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


USUAL_PORTS = {MailSecurity.TLS: 465, MailSecurity.STARTTLS: 587, MailSecurity.NONE: 25}
"""The ports of RFC 8314 and RFC 5321."""


class MailServer(BaseModel):
    """The SMTP server that e-mail goes through.

    Attributes:
        host: Its name.
        port: Its port; ``None`` for the usual one of ``security``.
        security: How the connection is encrypted.
        user: The name to sign in with; empty where the server asks for none.
        password: Where the password is kept: ``env:HELIOS_…`` or ``keyring:helios…/NAME``.
        sender: The address that messages come from; ``user`` if that is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    host: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\s/@\x00-\x1f]+$")]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    security: MailSecurity = MailSecurity.STARTTLS
    user: Annotated[str, Field(max_length=300)] = ""
    password: Annotated[str, Field(max_length=300)] = ""
    sender: Annotated[str, Field(max_length=300)] = ""

    @field_validator("password")
    @classmethod
    def _is_kept_elsewhere(cls, value: str) -> str:
        value = value.strip()
        if value and not is_reference(value):
            raise ValueError(
                tr("Say where the password is kept: env:HELIOS_NAME, or keyring:helios/NAME. It is not stored itself.")
            )
        return value

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return mail_address(value) if value.strip() else ""

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if bool(self.user) != bool(self.password):
            raise ValueError(tr("To sign in, a server needs both a user and a password."))
        if self.password and self.security is MailSecurity.NONE and not _is_this_computer(self.host):
            raise ValueError(tr("Without encryption, everybody on the way could read the password."))
        if not self.sender and not self.user.strip():
            raise ValueError(tr("Give an address that e-mails come from."))
        if not self.sender:
            mail_address(self.user)
        return self

    @property
    def used_port(self) -> int:
        """The port that is connected to."""
        return self.port or USUAL_PORTS[self.security]

    @property
    def address(self) -> str:
        """Host and port, as people write them."""
        return f"{self.host}:{self.used_port}"

    @property
    def used_sender(self) -> str:
        """The address that messages come from."""
        return self.sender or self.user


def _is_this_computer(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
