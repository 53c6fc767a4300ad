"""A hook as data: what it is told, and how."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from helios_gui.jobfile.command_line import parse_command
from helios_gui.net.secret_reference import SecretReference
from helios_gui.translation import in_every_language, tr
from helios_gui.types.options import DEFAULT_PROFILE

NAME_LENGTH = 100

_MOST_ADDRESSES = 50
_ADDRESS = re.compile(r"[^\s@,;<>\"()\[\]\\\x00-\x1f\x7f]+@[^\s@,;<>\"()\\\x00-\x1f\x7f]+")
"""Of a mail address no more than that it can stand in a message as it is; the server knows the rest."""


class HookEvent(StrEnum):
    """What hooks can be told of.

    ``WAITS``: the job is blocked until a person acts, for example signs in again. ``HELD_UP``: it starts no chunks for
    another reason, which nobody has chosen a time for: battery, memory, a program, the job that it starts after.
    """

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    WAITS = "waits"
    HELD_UP = "held-up"


class BodyFormat(StrEnum):
    """What is sent to a web address: all data as JSON, or a message in the form of a chat service."""

    JSON = "json"
    SLACK = "slack"
    DISCORD = "discord"
    TEAMS = "teams"


class Hook(BaseModel):
    """One hook: a command that is run, a web address that is posted to, or mail addresses that are written to.

    Attributes:
        name: What people call it.
        events: When it is told.
        command: A command line; it gets the data as JSON on standard input and in ``HELIOS_…`` variables.
        url: An ``https://`` or ``http://`` address, or where one is kept: ``env:HELIOS_…`` or ``keyring:helios…/NAME``,
            as the address of a chat's webhook is a secret.
        email: Addresses that get a message through the mail server of the settings.
        format: The form of what is posted.
        token: Where a token is kept, in the same form; it is sent as ``Authorization: Bearer``.
        profiles: Only jobs that are rendered through these profiles are told of; without any, all are.
        enabled: Whether it is told at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    events: Annotated[tuple[HookEvent, ...], Field(min_length=1)] = (HookEvent.DONE, HookEvent.FAILED)
    command: Annotated[str, Field(max_length=10_000)] = ""
    url: Annotated[str, Field(max_length=2_000)] = ""
    email: Annotated[tuple[str, ...], Field(max_length=_MOST_ADDRESSES)] = ()
    format: BodyFormat = BodyFormat.JSON
    token: Annotated[str, Field(max_length=300)] = ""
    profiles: Annotated[tuple[str, ...], Field(max_length=1_000)] = ()
    enabled: bool = True

    @field_validator("command")
    @classmethod
    def _is_a_command(cls, value: str) -> str:
        if value.strip():
            try:
                parse_command(value)
            except Exception as error:
                raise ValueError(str(error)) from error
        return value.strip()

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        value = value.strip()
        if not value or is_reference(value):
            return value
        try:
            parts = urlsplit(value)
            is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, half an IPv6 address
            is_good = False
        if not is_good:
            raise ValueError(tr("“{value}” is no web address; it begins with https://", value=value))
        return value

    @field_validator("email")
    @classmethod
    def _are_mail_addresses(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(mail_address(value) for value in values)

    @field_validator("token")
    @classmethod
    def _is_kept_elsewhere(cls, value: str) -> str:
        value = value.strip()
        if value and not is_reference(value):
            raise ValueError(
                tr("Say where the token is kept: env:HELIOS_NAME, or keyring:helios/NAME. It is not stored itself.")
            )
        return value

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if sum(map(bool, (self.command, self.url, self.email))) != 1:
            raise ValueError(tr("A hook has either a command, a url or an email."))
        return self

    def is_for(self, event: HookEvent, profile: str) -> bool:
        """Return whether it is told of this event of a job that is rendered through this profile."""
        built_in = in_every_language(DEFAULT_PROFILE)  # the job and the hook may be from times of another language
        names = built_in if profile in built_in else {profile}
        return self.enabled and event in self.events and (not self.profiles or not names.isdisjoint(self.profiles))


def is_reference(text: str) -> bool:
    """Return whether a text says where a secret is kept that may be sent."""
    reference = SecretReference.parse(text)
    return reference is not None and reference.is_for_workers


def mail_address(text: str) -> str:
    """Return a mail address without blanks around it.

    Raises:
        ValueError: It is none; the message is for people.
    """
    address = text.strip()
    if not _ADDRESS.fullmatch(address):
        raise ValueError(tr("“{value}” is no e-mail address.", value=address))
    return address
