"""A hook as data: what it is told, and how."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from helios_gui.jobfile.command_line import parse_command
from helios_gui.net.secret_reference import SecretReference
from helios_gui.translation import tr

NAME_LENGTH = 100


class HookEvent(StrEnum):
    """What hooks can be told of. ``WAITS``: the job is blocked until a person acts, for example signs in again."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    WAITS = "waits"


class BodyFormat(StrEnum):
    """What is sent to a web address: all data as JSON, or a message in the form of a chat service."""

    JSON = "json"
    SLACK = "slack"
    DISCORD = "discord"
    TEAMS = "teams"


class Hook(BaseModel):
    """One hook: a command that is run, or a web address that is posted to.

    Attributes:
        name: What people call it.
        events: When it is told.
        command: A command line; it gets the data as JSON on standard input and in ``HELIOS_…`` variables.
        url: An ``https://`` or ``http://`` address, or where one is kept: ``env:HELIOS_…`` or ``keyring:helios…/NAME``,
            as the address of a chat's webhook is a secret.
        format: The form of what is posted.
        token: Where a token is kept, in the same form; it is sent as ``Authorization: Bearer``.
        enabled: Whether it is told at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    events: Annotated[tuple[HookEvent, ...], Field(min_length=1)] = (HookEvent.DONE, HookEvent.FAILED)
    command: Annotated[str, Field(max_length=10_000)] = ""
    url: Annotated[str, Field(max_length=2_000)] = ""
    format: BodyFormat = BodyFormat.JSON
    token: Annotated[str, Field(max_length=300)] = ""
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
        if not value or _is_reference(value):
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(tr("“{value}” is no web address; it begins with https://", value=value))
        return value

    @field_validator("token")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        value = value.strip()
        if value and not _is_reference(value):
            raise ValueError(
                tr("Say where the token is kept: env:HELIOS_NAME, or keyring:helios/NAME. It is not stored itself.")
            )
        return value

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError(tr("A hook has either a command or a url."))
        return self


def _is_reference(text: str) -> bool:
    reference = SecretReference.parse(text)
    return reference is not None and reference.is_for_workers
