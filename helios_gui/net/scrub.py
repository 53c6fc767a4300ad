"""Removes what could be a credential from text of other programs, for errors and logs."""

from __future__ import annotations

import logging
import re

_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b")
_LONG_WORD = re.compile(r"[A-Za-z0-9_\-.+/=%~\\]{32,}")
"""Also as addresses (``%2F``) and JSON (``\\/``) write it."""
_NAMED = re.compile(
    r"(?P<name>\b(?:bearer|basic) "
    r"|(?:authorization|credentials?|key|password|secret|signature|token)[\"']?[=:] ?[\"']?)"
    r"(?P<value>[^\s\"'<>&,;]{8,})",
    re.IGNORECASE,
)
_LONGEST = 300
_READ = 16 * 1024
"""Characters of a text that are looked at."""

_CHATTY_LOGGERS = ("botocore", "boto3", "s3transfer", "urllib3", "httpx", "httpcore", "google.auth")


def scrub(text: str) -> str:
    """Return ``text`` on one line, shortened, without access key ids and whatever looks like a token or key.

    Names with digits that are longer than 32 characters are left out too; that is the safer mistake. Pass the whole
    text, as half a token is not recognized.
    """
    words = text[:_READ].split()
    if len(text) > _READ:
        del words[-1:]  # which may have been cut
    line = _LONG_WORD.sub(_hide, _KEY_ID.sub("…", " ".join(words)))
    line = _NAMED.sub(_hide_named, line)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def quieten_loggers() -> None:
    """Keep libraries from logging credentials: some write whole requests, with their tokens, at DEBUG level."""
    for name in _CHATTY_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def _hide(match: re.Match[str]) -> str:
    return _without_digits(match.group())


def _hide_named(match: re.Match[str]) -> str:
    """Hide a value that is called a token: people choose short ones. After ``Bearer`` any value is one."""
    name, value = match["name"], match["value"]
    return name + ("…" if name.endswith(" ") and name[0] in "bB" else _without_digits(value))


def _without_digits(value: str) -> str:
    return "…" if any(character.isdigit() for character in value) else value
