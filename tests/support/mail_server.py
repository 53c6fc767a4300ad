"""A real SMTP server on the loopback interface that keeps what it gets, with TLS and sign-in where tests ask for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "render@example.org", "a pass word"


class Mailbox:
    """What arrived. ``answers`` are said to the next messages in place of taking them; ``unknown`` has no mailbox."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.answers: list[str] = []
        self.unknown = "nobody@example.org"
        self.host, self.port = "127.0.0.1", 0
        self.sign_ins = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.unknown:
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.to.append(list(envelope.rcpt_tos))
        return "250 Message accepted"

    def check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        """Judge a sign-in."""
        self.sign_ins += 1
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(*, security: str = "none", certificate: Path | None = None) -> AsyncIterator[Mailbox]:
    """Run a server; with a certificate (``make_certificate``) it speaks TLS and knows a user."""
    box = Mailbox()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    starts_plain = security == "starttls"

    def connection() -> SMTP:
        return SMTP(
            box,
            hostname="localhost",
            tls_context=context if starts_plain else None,
            require_starttls=starts_plain,
            authenticator=box.check if context is not None else None,
            auth_require_tls=starts_plain,  # it does not see a TLS below itself
            loop=loop,
        )

    server = await loop.create_server(connection, box.host, 0, ssl=context if security == "tls" else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def make_certificate(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 that signs itself, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail-server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
