"""Asks where releases are published whether there is a newer version. Nothing is ever downloaded.

The request is a plain GET that names this app and its version, as browsers do, and nothing else. Of the response only
the version is used; the page that is offered is the product's own.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

from helios_gui import product
from helios_gui.translation import tr
from helios_gui.types import HeliosError

DAY = 24 * 3600.0
"""Seconds between two questions that nobody asked for, at least."""

URL_VARIABLE = "HELIOS_RELEASES_URL"
"""The environment variable that names another place to ask, for those who publish the app themselves."""

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
        """Return whether it comes after ``version``, the way versions are counted: 0.10 after 0.9, 1.0 after 1.0rc1."""
        return Version(self.version) > Version(version)


class UpdateCheckError(HeliosError):
    """It cannot be found out whether there is a newer version."""


async def newest_release(url: str = "") -> Release:
    """Return the newest version that was published. The libraries it takes are loaded when first needed, in a thread.

    Args:
        url: Where to ask; empty for the address that the environment or the product names.

    Raises:
        UpdateCheckError: There is no usable answer; it holds the reason.
    """
    place = url or os.environ.get(URL_VARIABLE) or product.LATEST_RELEASE
    await asyncio.to_thread(_load)
    import httpx  # loaded by now

    from helios_gui.net.http_client import ResponseTooLongError

    try:
        async with asyncio.timeout(_TIMEOUT):
            return _read(await _get(place))
    except TimeoutError as error:
        raise _no_answer(place, tr("no answer came in time")) from error
    except ResponseTooLongError as error:
        raise _no_answer(place, tr("its answer is too long")) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _no_answer(place, tr("there is no connection")) from error


def is_due(last: float, now: float) -> bool:
    """Return whether a day has passed since ``last`` (seconds since the epoch); a later one is a wrong clock."""
    return not now - DAY < last <= now


def _load() -> None:
    """Load what takes a while."""
    from helios_gui.net.http_client import ssl_context

    ssl_context()


async def _get(url: str) -> bytes:
    from helios_gui.net.http_client import make_client

    async with make_client(url) as client:
        client.max_redirects = _REDIRECTS
        response = await client.get(
            url,
            headers={"Accept": "application/json"},
            timeout=None,
            follow_redirects=True,
            extensions={"limit": _LIMIT},
        )
    if response.status_code == 404:
        raise UpdateCheckError(tr("No version has been published yet."))
    if response.status_code in (403, 429):
        words = tr("{host} does not answer more questions for now.", host=response.url.host)
        raise UpdateCheckError(words, tr("Try again in an hour."))
    if response.status_code != 200:
        raise _no_answer(url, tr("it answered with the error {status_code}", status_code=response.status_code))
    return response.content


def _read(body: bytes) -> Release:
    try:
        tag = json.loads(body)["tag_name"]
        version = Version(tag)
    except (ValueError, TypeError, KeyError, RecursionError, InvalidVersion) as error:
        raise UpdateCheckError(
            tr("The answer about new versions names no version."),
            tr("Look for one at {releases_page}", releases_page=product.RELEASES_PAGE),
        ) from error
    return Release(str(version), f"{product.RELEASES_PAGE}/tag/{quote(tag, safe='')}")


def _no_answer(url: str, reason: str) -> UpdateCheckError:
    host = url.partition("//")[2].partition("/")[0] or url
    return UpdateCheckError(
        tr("{host} could not be asked about new versions: {reason}.", host=host, reason=reason),
        tr("Try again later, or look at {releases_page}", releases_page=product.RELEASES_PAGE),
    )
