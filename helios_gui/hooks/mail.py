"""E-mail about a job: the message, and sending it."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from helios_gui import product
from helios_gui.hooks.failures import HookFailedError, TemporaryHookError
from helios_gui.hooks.hook import HookEvent
from helios_gui.hooks.mail_server import MailSecurity, MailServer
from helios_gui.hooks.message import message_details, message_text
from helios_gui.net.scrub import scrub
from helios_gui.net.secret_reference import SecretReference
from helios_gui.translation import tr
from helios_gui.types import JobSummary

_SECONDS = 30.0  # that the server may take for each answer
_MOST_WORDS = 300  # characters of what a server answered
_HELLO = "[127.0.0.1]"
"""How the program greets a server. The standard library would ask name servers for the name of this computer."""


def send_mail(server: MailServer, to: tuple[str, ...], event: HookEvent, job: JobSummary) -> str:
    """Send a message about a job. It blocks: call it in a thread.

    Returns:
        The server's answer.

    Raises:
        TemporaryHookError: It may work a little later.
        HookFailedError: It could not be sent.
        CredentialsError: The password cannot be read.
    """
    password = ""
    if server.password:
        reference = SecretReference.parse(server.password)
        assert reference is not None
        password = reference.read_password()
    try:
        return _send(server, password, to, make_message(server.used_sender, to, event, job))
    except ssl.SSLCertVerificationError as error:
        raise HookFailedError(
            tr("The certificate of {host} is not trusted: {reason}", host=server.host, reason=error.verify_message)
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        words = tr("{host} refuses the user and the password: {answer}", host=server.host, answer=_answer_text(error))
        raise _failure(error.smtp_code, words) from None
    except smtplib.SMTPRecipientsRefused as error:
        raise _failure(_least_hopeful_code(error.recipients), _refusals(error.recipients)) from error
    except smtplib.SMTPResponseException as error:
        words = tr("{host} does not take the message: {answer}", host=server.host, answer=_answer_text(error))
        raise _failure(error.smtp_code, words) from error
    except smtplib.SMTPNotSupportedError as error:
        raise HookFailedError(
            tr("{host} cannot do what is needed: {reason}", host=server.host, reason=scrub(str(error)))
        ) from error
    except (OSError, smtplib.SMTPException) as error:  # an SMTPException is an OSError; said for who reads this
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise TemporaryHookError(
            tr("{host} cannot be reached: {reason}", host=server.address, reason=scrub(reason))
        ) from error


def make_message(sender: str, to: tuple[str, ...], event: HookEvent, job: JobSummary) -> EmailMessage:
    """Return the message about a job: what happened as the subject, all that is known as plain text."""
    job = replace(job, name=" ".join(job.name.split()))
    text = _sendable(message_text(event, job))
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = text.split("\n")[0]
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    lines = [
        text,
        "",
        *(f"{name}: {_sendable(value)}" for name, value in message_details(job)),
        "",
        f"-- \n{product.NAME}",
    ]
    message.set_content("\n".join(lines) + "\n")
    return message


def _send(server: MailServer, password: str, to: tuple[str, ...], message: EmailMessage) -> str:
    context = _tls_context()
    client: smtplib.SMTP
    if server.security is MailSecurity.TLS:
        client = smtplib.SMTP_SSL(server.host, server.used_port, _HELLO, timeout=_SECONDS, context=context)
    else:
        client = smtplib.SMTP(server.host, server.used_port, _HELLO, timeout=_SECONDS)
    try:
        if server.security is MailSecurity.STARTTLS:
            client.starttls(context=context)
        if server.user:
            client.login(server.user, password)
        refused = client.send_message(message, server.used_sender, to)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()
    if refused:  # the others have it: another try would send it to them again
        raise HookFailedError(_refusals(refused))
    return tr("{host} took the message.", host=server.host)


def _tls_context() -> ssl.SSLContext:
    from helios_gui.net.http_client import ssl_context

    return ssl_context()


def _failure(code: int, words: str) -> HookFailedError:
    return TemporaryHookError(words) if 400 <= code < 500 else HookFailedError(words)


def _answer_text(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_clean_answer(error.smtp_error)}"


def _clean_answer(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return scrub(" ".join(text.split()))[:_MOST_WORDS]


def _least_hopeful_code(refused: dict[str, tuple[int, bytes]]) -> int:
    """Return the least hopeful code: one address that will never work is no reason to try again."""
    return max(code for code, _ in refused.values())


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    listed = "; ".join(f"{address}: {code} {_clean_answer(answer)}" for address, (code, answer) in refused.items())
    return tr("The server does not take mail for {addresses}", addresses=listed)


def _sendable(text: str) -> str:
    """Return a text that can be sent: file names may hold bytes that are no characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
