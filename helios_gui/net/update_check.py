"""Whether there is a newer version: one question to where releases are published. Nothing is ever downloaded.

The question is a plain GET that names this app and its version, as browsers do, and nothing else. Of the answer only
the version is believed; the page that is offered is the product's own.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

from helios_gui import __version__, product
from helios_gui.types import HeliosError

if TYPE_CHECKING:
    import ssl

DAY = 24 * 3600.0
"""Seconds between two questions that nobody asked for, at least."""

URL_VARIABLE = "HELIOS_RELEASES_URL"
"""The environment variable that names another place to ask, for those who publish the app themselves."""

USER_AGENT = f"{product.PACKAGE}/{__version__}"

_TIMEOUT = 15.0
_REDIRECTS = 3
_LIMIT = 1024 * 1024
"""Bytes of the answer that are read at most; real ones have some ten thousand."""


@dataclass(frozen=True, slots=True)
class Release:
    """A published version, and the page that describes it."""

    version: str
    page: str

    def is_newer_than(self, version: str) -> bool:
        """Whether it comes after ``version``, the way versions are counted: 0.10 after 0.9, 1.0 after 1.0rc1."""
        return Version(self.version) > Version(version)


class UpdateCheckError(HeliosError):
    """There is no telling whether there is a newer version."""


async def newest_release(url: str = "") -> Release:
    """The newest version that was published, asked at ``url``, else where the environment or the product says.

    Raises ``UpdateCheckError`` with the reason. What it takes is loaded in a thread when it is first needed.
    """
    place = url or os.environ.get(URL_VARIABLE) or product.LATEST_RELEASE
    trusted = await asyncio.to_thread(_prepare)
    import aiohttp  # loaded by now

    try:
        async with asyncio.timeout(_TIMEOUT):
            return _read(await _get(place, trusted))
    except TimeoutError as error:
        raise _no_answer(place, "no answer came in time") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise _no_answer(place, "there is no connection") from error


def is_due(last: float, now: float) -> bool:
    """Whether a day has passed since ``last`` (seconds since the epoch); a time to come counts as a wrong clock."""
    return not now - DAY < last <= now


def _prepare() -> ssl.SSLContext:
    """What takes a while."""
    import aiohttp  # noqa: F401

    from helios_gui.net.certificates import certificates

    return certificates()


async def _get(url: str, trusted: ssl.SSLContext) -> bytes:
    import aiohttp

    from helios_gui.net.proxies import proxy_for

    # Not packed: an answer that unpacks to more than there is memory for is none.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
    connector = aiohttp.TCPConnector(ssl=trusted)
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as session,
        session.get(url, headers=headers, proxy=proxy_for(url), max_redirects=_REDIRECTS) as response,
    ):
        if response.status == 404:
            raise UpdateCheckError("No version has been published yet.")
        if response.status in (403, 429):
            words = f"{response.url.host} does not answer more questions for now."
            raise UpdateCheckError(words, "Try again in an hour.")
        if response.status != 200:
            raise _no_answer(url, f"it answered with the error {response.status}")
        body = bytearray()
        while len(body) <= _LIMIT:
            block = await response.content.readany()
            if not block:
                return bytes(body)
            body += block
        raise _no_answer(url, "its answer is too long")


def _read(body: bytes) -> Release:
    try:
        tag = json.loads(body)["tag_name"]
        version = Version(tag)
    except (ValueError, TypeError, KeyError, RecursionError, InvalidVersion) as error:
        raise UpdateCheckError(
            "The answer about new versions names no version.", f"Look for one at {product.RELEASES_PAGE}"
        ) from error
    return Release(str(version), f"{product.RELEASES_PAGE}/tag/{quote(tag, safe='')}")


def _no_answer(url: str, reason: str) -> UpdateCheckError:
    host = url.partition("//")[2].partition("/")[0] or url
    return UpdateCheckError(
        f"{host} could not be asked about new versions: {reason}.",
        f"Try again later, or look at {product.RELEASES_PAGE}",
    )
