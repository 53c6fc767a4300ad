"""Where a secret is kept, and that nobody quotes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import keyring
import pytest
from keyring.backends import fail, null

from helios_gui.net.secret_reference import SecretReference
from helios_gui.types import CredentialsError
from tests.support.keyring_of_tests import ENTRIES_VARIABLE, TestKeyring

CANARY = "canary-0123456789-token"


@pytest.fixture(autouse=True)
def usual_keyring() -> Iterator[None]:
    """The keyring of the machine is the same afterwards."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def read(text: str) -> str:
    reference = SecretReference.parse(text)
    assert reference is not None
    return reference.read()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("env:HELIOS_RENDER_TOKEN", "env:HELIOS_RENDER_TOKEN"),
        (" env:_T1 ", "env:_T1"),
        ("keyring:helios/studio", "keyring:helios/studio"),
        ("keyring:my service/anna@studio.example ", "keyring:my service/anna@studio.example"),
    ],
)
def test_references(text: str, said: str) -> None:
    assert str(SecretReference.parse(text)) == said
    assert SecretReference.parse(said) == SecretReference.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANARY,
        "HELIOS_RENDER_TOKEN",
        "env:",
        "env:render_token",
        f"env:{'a1' * 32}",
        f"env:{'A1' * 32}",
        "env:A B",
        "keyring:helios",
        "keyring:helios/",
        "keyring:/studio",
        "keyring:a/b/c",
        "keyring:a/b\nc",
        "file:/etc/token",
    ],
)
def test_what_is_no_reference(text: str) -> None:
    assert SecretReference.parse(text) is None


def test_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_RENDER_TOKEN", f"{CANARY}\n")
    assert read("env:HELIOS_RENDER_TOKEN") == CANARY
    monkeypatch.setenv("HELIOS_RENDER_TOKEN", " ")
    with pytest.raises(CredentialsError, match="variable HELIOS_RENDER_TOKEN is not set") as caught:
        read("env:HELIOS_RENDER_TOKEN")
    assert "before the app is started" in caught.value.hint


@pytest.mark.parametrize("secret", [f"{CANARY}\nX-Evil: 1", f"{CANARY} ü", f"{CANARY}é"])
def test_what_cannot_be_sent_is_refused_and_not_quoted(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_RENDER_TOKEN", secret)
    with pytest.raises(CredentialsError, match="is no token") as caught:
        read("env:HELIOS_RENDER_TOKEN")
    assert "canary" not in f"{caught.value} {caught.value.hint} {caught.value!r}"


def test_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(TestKeyring())
    monkeypatch.setenv(ENTRIES_VARIABLE, f'{{"helios/studio": "{CANARY}"}}')
    assert read("keyring:helios/studio") == CANARY
    with pytest.raises(CredentialsError, match="no entry “anna” of “helios”") as caught:
        read("keyring:helios/anna")
    assert "keyring set helios anna" in caught.value.hint
    monkeypatch.setenv(ENTRIES_VARIABLE, "locked")
    with pytest.raises(CredentialsError, match="The collection is locked") as caught:
        read("keyring:helios/studio")
    assert caught.value.hint == "Unlock it, and try again."


def test_a_machine_without_keyring() -> None:
    keyring.set_keyring(fail.Keyring())
    with pytest.raises(CredentialsError, match="this computer has no keyring") as caught:
        read("keyring:helios/studio")
    assert "env:NAME" in caught.value.hint
    keyring.set_keyring(null.Keyring())
    with pytest.raises(CredentialsError, match="no entry"):
        read("keyring:helios/studio")


def test_the_keyring_is_loaded_when_it_is_needed() -> None:
    code = "import sys, helios_gui.adapters.remote.shared_token; assert 'keyring' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "env:AWS_SECRET_ACCESS_KEY",
        "env:GITHUB_TOKEN",
        "env:SSH_AUTH_SOCK",
        "env:NOT_HELIOS_TOKEN",
        "env:HELIOS",
        "keyring:gh:github.com/anna",
        "keyring:aws-vault/studio",
        "keyring:not helios/anna",
    ],
)
def test_other_secrets_of_the_computer_are_not_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(TestKeyring())
    monkeypatch.setenv(ENTRIES_VARIABLE, json.dumps({text.removeprefix("keyring:"): CANARY}))
    monkeypatch.setenv(text.removeprefix("env:"), CANARY)
    with pytest.raises(CredentialsError, match="is not sent to a worker") as caught:
        read(text)
    assert "HELIOS_" in caught.value.hint
    assert CANARY not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("text", ["keyring:Helios/anna", "keyring:helios farm/anna"])
def test_services_that_are_named_for_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(TestKeyring())
    monkeypatch.setenv(ENTRIES_VARIABLE, json.dumps({text.removeprefix("keyring:"): CANARY}))
    assert read(text) == CANARY
