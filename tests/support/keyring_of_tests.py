"""A keyring as an operating system would provide one, with entries from the environment of the test."""

from __future__ import annotations

import json
import os

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

ENTRIES_VARIABLE = "KEYRING_OF_TESTS"
"""Entries as JSON: ``{"service/account": "secret"}``; anything else means that the keyring is locked."""


class TestKeyring(KeyringBackend):
    """Chosen with ``keyring.set_keyring``."""

    __test__ = False
    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        try:
            entries: dict[str, str] = json.loads(os.environ[ENTRIES_VARIABLE])
        except ValueError:
            raise KeyringLocked("The collection is locked.") from None
        return entries.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("the app stores no secrets")

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError("the app stores no secrets")
