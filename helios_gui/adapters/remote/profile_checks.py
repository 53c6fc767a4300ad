"""The checks of a connection that all clouds share. They change nothing, and say what to do about a problem."""

from __future__ import annotations

from collections.abc import AsyncIterator

from helios_gui import __version__
from helios_gui.adapters.remote.job_needs import BROWSER_ADVICE
from helios_gui.adapters.remote.reconnecting_storage import NOTHING, ReconnectingStorage
from helios_gui.adapters.remote.versions import MISMATCH_ADVICE, are_compatible, describe_versions
from helios_gui.storage import StorageSettings
from helios_gui.translation import tr
from helios_gui.types import CheckLine, HeliosError, StorageError, WorkerCapabilities


async def check_storage(url: str, settings: StorageSettings) -> AsyncIterator[CheckLine]:
    """Check that the storage can be reached, listed and read. Only rendering shows whether it can be written."""
    try:
        link = ReconnectingStorage(url, settings)
    except HeliosError as error:
        yield CheckLine.of_error(tr("Storage"), error)
        return
    try:
        await link.storage.list(NOTHING)
        await link.storage.head(NOTHING)
    except StorageError as error:
        yield CheckLine.of_error(tr("Storage"), error)
    else:
        yield CheckLine(tr("Storage"), True, tr("{url} can be listed and read.", url=link.url))
    finally:
        await link.close()


def version_line(worker: str | None) -> CheckLine | None:
    """Return the line about a worker's version; ``None`` if it is this app's, or the worker does not tell it."""
    if not worker or worker == __version__:
        return None
    if are_compatible(worker):
        return CheckLine(
            tr("Worker's version"),
            True,
            tr("{versions} They go together.", versions=describe_versions(worker)),
        )
    return CheckLine(tr("Worker's version"), None, describe_versions(worker), tr(MISMATCH_ADVICE))


def capabilities_line(found: WorkerCapabilities | None) -> CheckLine:
    """Return the line about what a worker can render with; ``None`` stands for one that does not say."""
    if found is None:
        return CheckLine(tr("Renderers"), None, tr("The worker does not say what it can render with."))
    named = [found.browser, *(f"{name} {version}" for name, version in _programs(found) if version)]
    detail = ", ".join(filter(None, named))
    if not found.browser_problem:
        return CheckLine(tr("Renderers"), True, f"{detail}.")
    if not found.browser:
        return CheckLine(
            tr("Renderers"),
            None,
            tr("{programs}. There is no browser: web pages cannot be rendered there.", programs=detail),
            tr(BROWSER_ADVICE),
        )
    return CheckLine(
        tr("Renderers"),
        None,
        tr("{programs}. Web pages cannot be rendered there.", programs=detail),
        found.browser_problem,
    )


def _programs(found: WorkerCapabilities) -> tuple[tuple[str, str], ...]:
    return ("ffmpeg", found.ffmpeg), ("Blender", found.blender)
