"""From where a worker reads jobs over HTTP: only from hosts that its settings name, never by surprise from its own net.

A caller chooses the URL. Without a limit, it could have the worker ask what only the worker can reach, such as a
cloud's metadata server or a neighbour in a private network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from helios_gui.translation import tr
from helios_gui.types import FailureKind, StorageError, UserInputError

_ANY = "*"
_TIMEOUT = 30.0
_PORTS = {"http": 80, "https": 443}

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All public IPv6 addresses (RFC 4291); Python takes old site-local ones and some others for global, too."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Stands for the IPv4 address in its last four bytes (RFC 6052)."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA: frozenset[_Address] = frozenset(
    map(
        ipaddress.ip_address,
        (
            "fd00:ec2::254",  # AWS
            "fd20:ce::254",  # Google
            "168.63.129.16",  # Azure; a public address by its number
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
        ),
    )
)
"""Metadata servers of clouds that are not link-local."""


@dataclass(frozen=True, slots=True)
class JobHosts:
    """The hosts that jobs are read from: names or addresses, each with a port or for every port.

    ``any_public`` lets in every host whose addresses are public. An address in a private network needs to be named,
    or the name that stands for it; that of a metadata server, or another link-local one, needs to be named itself.
    """

    named: frozenset[str] = frozenset()
    any_public: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``host, host:port, *``."""
        names = {name.strip().lower() for name in text.split(",") if name.strip()}
        return cls(frozenset(names - {_ANY}), _ANY in names)

    async def addresses(self, url: str) -> tuple[str, ...]:
        """Return the IP addresses that a URL may be read from.

        Raises ``UserInputError`` where its host is not let in, ``StorageError`` where there is no such host.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise UserInputError(tr("The job's URL is not one."), tr("Send a URL that begins with https://.")) from None
        if not host or parts.username is not None or parts.password is not None:
            raise UserInputError(tr("The job's URL has no host, or holds a password."), tr("Send one without."))
        is_named = bool({host, f"{host}:{port}", f"[{host}]:{port}"} & self.named)
        if not is_named and not self.any_public:
            raise UserInputError(
                tr("This worker does not read jobs from {host}:{port}.", host=host, port=port),
                tr("Name the host in HELIOS_WORKER_JOB_HOSTS of the worker, or put the job into storage."),
            )
        found = await _look_up(host, port)
        for address in found:
            if not _may_ask(address, host, is_named=is_named):
                raise UserInputError(
                    tr(
                        "This worker does not read jobs from {host}:{port}: its address is not public.",
                        host=host,
                        port=port,
                    ),
                    tr("Name the host in HELIOS_WORKER_JOB_HOSTS of the worker, or put the job into storage."),
                )
        return tuple(str(address) for address in found)


async def read_web_job(url: str, hosts: JobHosts, limit: int) -> bytes:
    """Return a job file of at most ``limit`` bytes. No redirect is followed: it could lead elsewhere.

    Raises ``UserInputError`` and ``StorageError``.
    """
    import httpx  # only for jobs of this sort: workers start faster without

    from helios_gui.net.http_client import ResponseTooLongError, describe_transport_error, make_client

    addresses = await hosts.addresses(url)
    shown = without_query(url)
    client = make_client(url, addresses=addresses)
    try:
        answer = await client.get(url, timeout=_TIMEOUT, extensions={"limit": limit})
    except ResponseTooLongError:
        raise StorageError(tr("{url} is too large to be a job.", url=shown), kind=FailureKind.FATAL) from None
    except httpx.TransportError as error:
        raise StorageError(
            tr(
                "The job {url} cannot be read: {reason}.",
                url=shown,
                reason=describe_transport_error(error),
            )
        ) from error
    except httpx.InvalidURL:
        raise UserInputError(tr("The job's URL is not one."), tr("Send a URL that begins with https://.")) from None
    finally:
        await client.aclose()
    if answer.status_code == 200:
        return answer.content
    kind = FailureKind.TRANSIENT if answer.status_code >= 500 or answer.status_code == 429 else FailureKind.FATAL
    hint = tr("Send the URL that it leads to.") if answer.is_redirect else tr("Check the URL.")
    raise StorageError(
        tr(
            "The job {url} cannot be read: the server answered {status_code}.",
            url=shown,
            status_code=answer.status_code,
        ),
        hint,
        kind=kind,
    )


def without_query(url: str) -> str:
    """Return a URL as it may be shown: what follows "?" is often a signature, which lets in whoever has it."""
    return url.partition("?")[0]


async def _look_up(host: str, port: int) -> tuple[_Address, ...]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise StorageError(tr("There is no host {host}.", host=host), tr("Check the job's URL.")) from error
    return tuple(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))


def _may_ask(address: _Address, host: str, *, is_named: bool) -> bool:
    address = _reached(address)
    if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
        return is_named and host == str(address)
    return is_named or (address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST))


def _reached(address: _Address) -> _Address:
    """Return the IPv4 address that packets to an IPv6 address end at, where a gateway translates it, else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
