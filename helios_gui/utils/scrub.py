"""Text from elsewhere, made fit for errors and logs: nothing in it that could be a credential."""

from __future__ import annotations

import logging
import re

_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b")
_LONG_WORD = re.compile(r"[A-Za-z0-9_\-.+/=]{32,}")
_LONGEST = 300

_CHATTY_LOGGERS = ("botocore", "boto3", "s3transfer", "urllib3", "requests", "httpx", "httpcore", "google.auth")


def scrub(text: str) -> str:
    """``text`` on one line, shortened, with access key ids and everything that looks like a token or key left out.

    Names with digits that are longer than 32 characters may fall to it too: better one name too few.
    """
    line = " ".join(text.split())
    line = _LONG_WORD.sub(_hide, _KEY_ID.sub("…", line))
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def quieten_loggers() -> None:
    """Keep libraries from logging credentials: some write whole requests, with their tokens, at DEBUG level.

    httpx logs addresses at INFO level; those of resumable uploads let anybody who has them write.
    """
    for name in _CHATTY_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def _hide(match: re.Match[str]) -> str:
    word = match.group()
    return "…" if any(character.isdigit() for character in word) else word
