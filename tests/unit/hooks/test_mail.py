"""E-mail about jobs: real servers with and without TLS, and what they refuse."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from helios_gui.cli import main
from helios_gui.hooks.failures import HookFailedError, TemporaryHookError
from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.hooks.mail import make_message
from helios_gui.hooks.mail_server import MailServer
from helios_gui.hooks.runner import TRIES, HookRunner
from helios_gui.hooks.store import HookSettings, HookStore
from helios_gui.net import http_client
from helios_gui.types import CredentialsError, JobState, JobSummary
from tests.support.mail_server import PASSWORD, USER, Mailbox, mail_server, make_certificate

TO = Hook(name="mail", email=("ann@example.org", "bob@example.org"))


@pytest.fixture
def film(tmp_path: Path) -> JobSummary:
    return JobSummary(
        id="j1",
        name="Äpfel\nBcc: x@example.org",
        state=JobState.FAILED,
        profile="Local",
        job_dir=tmp_path,
        output=tmp_path / "film\udcff.mp4",
        frames_total=100,
        chunks_total=4,
        added_at=0.0,
        reason="no disk",
        cost=1.5,
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ``SSL_CERT_FILE`` in a program that starts now: what HTTPS trusts, mail does too."""
    monkeypatch.setattr(http_client, "ssl_context", lambda: ssl.create_default_context(cafile=str(certificate)))


def server_of(box: Mailbox, security: str = "none", **changes: Any) -> MailServer:
    values = {"host": box.host, "port": box.port, "security": security, "sender": USER}
    return MailServer.model_validate({**values, **changes})


class Pauses(list[float]):
    """Waits no time, and remembers how long it should have been."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def runner(tmp_path: Path, server: MailServer | None, pauses: Callable[[float], Any] | None = None) -> HookRunner:
    return HookRunner(lambda: HookSettings((), server), tmp_path / "hooks.log", Pauses() if pauses is None else pauses)


async def test_a_message_says_what_happened_and_cannot_be_broken_by_names(tmp_path: Path, film: JobSummary) -> None:
    async with mail_server() as box:
        answer = await runner(tmp_path, server_of(box)).notify(TO, HookEvent.FAILED, film)
    assert answer == "127.0.0.1 took the message."
    (message,) = box.messages
    assert box.to == [["ann@example.org", "bob@example.org"]]
    assert message["Subject"] == "“Äpfel Bcc: x@example.org” has failed"
    assert message["From"] == USER
    assert message["Bcc"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "no disk" in text
    assert "film?.mp4" in text
    assert "$1.50" in text
    assert (tmp_path / "hooks.log").read_text("utf-8").endswith("✓ 127.0.0.1 took the message.\n")


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_over_tls_with_a_sign_in_that_is_kept_elsewhere(
    security: str, tmp_path: Path, film: JobSummary, certificate: Path, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mail_server(security=security, certificate=certificate) as box:
        server = server_of(box, security, user=USER, password="env:HELIOS_MAIL", sender="")
        telling = runner(tmp_path, server)
        with pytest.raises(CredentialsError, match="HELIOS_MAIL is not set"):
            await telling.notify(TO, HookEvent.DONE, film)
        monkeypatch.setenv("HELIOS_MAIL", "wrong")
        with pytest.raises(HookFailedError, match="refuses the user and the password: 535") as caught:
            await telling.notify(TO, HookEvent.DONE, film)
        assert not isinstance(caught.value, TemporaryHookError)
        assert box.messages == []
        tried = box.sign_ins
        monkeypatch.setenv("HELIOS_MAIL", PASSWORD)
        await telling.notify(TO, HookEvent.DONE, film)
    assert len(box.messages) == 1
    assert box.sign_ins == tried + 1
    assert PASSWORD not in (tmp_path / "hooks.log").read_text()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_with_a_certificate_of_nobody_gets_no_password(
    security: str, tmp_path: Path, film: JobSummary, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_MAIL", PASSWORD)
    async with mail_server(security=security, certificate=certificate) as box:
        server = server_of(box, security, user=USER, password="env:HELIOS_MAIL")
        with pytest.raises(HookFailedError, match="is not trusted"):
            await runner(tmp_path, server).notify(TO, HookEvent.DONE, film)
    assert box.sign_ins == 0


async def test_a_server_without_starttls_gets_no_message(tmp_path: Path, film: JobSummary) -> None:
    async with mail_server() as box:
        with pytest.raises(HookFailedError, match="STARTTLS"):
            await runner(tmp_path, server_of(box, "starttls")).notify(TO, HookEvent.DONE, film)
    assert box.messages == []


async def test_a_server_that_has_trouble_is_tried_again_and_one_that_refuses_is_not(
    tmp_path: Path, film: JobSummary
) -> None:
    pauses = Pauses()
    async with mail_server() as box:
        box.answers = ["451 Greylisted", "452 Full"]
        telling = runner(tmp_path, server_of(box), pauses)
        await telling.notify(TO, HookEvent.DONE, film)
        assert (len(pauses), len(box.messages)) == (2, 1)
        box.answers = ["554 Looks like spam"]
        with pytest.raises(HookFailedError, match="554 Looks like spam"):
            await telling.notify(TO, HookEvent.DONE, film)
        some = Hook(name="mail", email=("ann@example.org", box.unknown))
        with pytest.raises(HookFailedError, match=f"{box.unknown}: 550 No such user"):
            await telling.notify(some, HookEvent.DONE, film)
        assert box.to[-1] == ["ann@example.org"]
        with pytest.raises(HookFailedError, match="550 No such user"):
            await telling.notify(Hook(name="mail", email=(box.unknown,)), HookEvent.DONE, film)
        assert (len(pauses), len(box.messages)) == (2, 2)
    with pytest.raises(TemporaryHookError, match="cannot be reached"):
        await telling.notify(TO, HookEvent.DONE, film)
    assert len(pauses) == 2 + TRIES - 1
    with pytest.raises(HookFailedError, match="no mail server"):
        await runner(tmp_path, None).notify(TO, HookEvent.DONE, film)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"host": ""}, "at least 1"),
        ({"host": "a b"}, "pattern"),
        ({"host": "h", "sender": "nobody"}, "no e-mail address"),
        ({"host": "h"}, "an address that e-mails come from"),
        ({"host": "h", "user": "a@b"}, "both a user and a password"),
        ({"host": "h", "user": "a@b", "password": "s3cret"}, "It is not stored itself"),
        ({"host": "h", "user": "a@b", "password": "keyring:helios/mail", "security": "none"}, "read the password"),
        ({"host": "h", "sender": "a@b", "security": "ssl"}, "tls"),
        ({"host": "h", "sender": "a@b", "port": 0}, "greater"),
    ],
)
def test_a_bad_server_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        MailServer.model_validate(values)


def test_ports_follow_the_encryption() -> None:
    ports = {how: MailServer(host="h", sender="a@b", security=how).used_port for how in ("tls", "starttls", "none")}
    assert ports == {"tls": 465, "starttls": 587, "none": 25}


def test_the_text_is_in_words_for_each_event(film: JobSummary) -> None:
    subjects = [make_message(USER, ("a@b",), event, film)["Subject"] for event in HookEvent]
    assert len(set(subjects)) == len(HookEvent)


def test_in_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path))
    assert main(["hooks", "mail"]) == 0
    assert "There is no mail server." in capsys.readouterr().out
    assert main(["hooks", "mail", "smtp.example.org", "--from", "nobody"]) == 2
    assert main(["hooks", "mail", "smtp.example.org", "--from", USER, "--security", "tls"]) == 0
    assert main(["hooks", "add", "ann", "--email", "ann@example.org", "--profile", "Night"]) == 0
    capsys.readouterr()
    assert main(["hooks", "mail", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["host"] == "smtp.example.org"
    assert main(["hooks", "mail"]) == 0
    assert main(["hooks", "list"]) == 0
    out = capsys.readouterr().out
    assert "smtp.example.org:465" in out
    assert "ann: done, failed → ann@example.org (Night)" in out
    path = tmp_path / "config" / "hooks.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "mail": {"host": "h", "sender": "a@b", "odd": 1}}))
    store = HookStore(path)
    assert store.mail is None
    assert "mail server cannot be used: odd" in store.problem
    store.save(store.hooks)
    assert json.loads(path.read_text())["mail"]["odd"] == 1
    assert main(["hooks", "mail", "--remove"]) == 0
    assert "mail" not in json.loads(path.read_text())
