"""What this worker can render with, found out by trying: a page is rendered, programs are asked for their versions."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from helios_gui.blender.program import blender_version, find_blender
from helios_gui.media.ffmpeg import ffmpeg_version, find_ffmpeg
from helios_gui.process.frozen import chunk_command
from helios_gui.process.helper_programs import end_helper
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError, WorkerCapabilities
from helios_gui.types.errors import error_in_words

_SECONDS = 60.0
"""How long each program may take to answer."""
_PAGE = b"<!doctype html>"
_ENCODER = re.compile(r"^ V\S+ (\S+)", re.MULTILINE)
_VERSION = re.compile(r"\D*\d[\d.]*")
"""``Chromium 150.0.7871.100`` of what Debian's says."""
_KEPT = 500
"""Characters of what a program says of its failure."""


async def find_capabilities(environment: Mapping[str, str], folder: Path) -> WorkerCapabilities:
    """Return what can be rendered with.

    Args:
        environment: What renderers get; ``PATH`` in it says where programs are.
        folder: An empty folder to work in.

    Raises:
        OSError: The folder cannot be used.
    """
    browser, problem = await _find_browser(environment, folder)
    ffmpeg, encoders = await _find_ffmpeg(environment, folder)
    return WorkerCapabilities(
        browser=browser,
        browser_problem=problem,
        ffmpeg=ffmpeg,
        encoders=encoders,
        blender=await asyncio.to_thread(_find_blender, environment),
    )


def _find_blender(environment: Mapping[str, str]) -> str:
    try:
        return ".".join(map(str, blender_version(find_blender(environment))))
    except UserInputError:
        return ""


async def _find_browser(environment: Mapping[str, str], folder: Path) -> tuple[str, str]:
    """Return the browser's version, and what keeps it from rendering a page."""
    from helios_gui.web.browser import find_browser

    try:
        browser = find_browser(environment)
    except UserInputError as error:
        return "", error_in_words(error)
    version = browser.name
    try:
        if sys.platform != "win32":  # where it would open a window
            found = _VERSION.match(await _run_program(environment, folder, str(browser), "--version"))
            version = found[0] if found is not None else version
        (folder / "page.html").write_bytes(_PAGE)
        still = ("page.html", "--still", "0", "-o", "page.png", "--width", "16", "--height", "16")
        await _run_program(environment, folder, *chunk_command("web", *still))
    except HeliosError as error:
        return version, error_in_words(error)
    return version, ""


async def _find_ffmpeg(environment: Mapping[str, str], folder: Path) -> tuple[str, tuple[str, ...]]:
    from helios_gui.web.encoding import CODECS

    found = shutil.which("ffmpeg", path=environment.get("PATH"))
    try:
        ffmpeg = Path(found) if found else await asyncio.to_thread(find_ffmpeg)
        version = await asyncio.to_thread(ffmpeg_version, ffmpeg)
        listed = set(
            _ENCODER.findall(await _run_program(environment, folder, str(ffmpeg), "-hide_banner", "-encoders"))
        )
    except HeliosError:
        return "", ()
    return version, tuple(sorted({codec.encoder for codec in CODECS.values()} & listed))


async def _run_program(environment: Mapping[str, str], folder: Path, *command: str) -> str:
    """Return what a program prints. Raises ``HeliosError`` where it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise HeliosError(tr("{path} cannot be started: {error}.", path=command[0], error=error)) from error
    try:
        async with asyncio.timeout(_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise HeliosError(
            tr("{path} did not answer within {seconds:g} s.", path=command[0], seconds=_SECONDS)
        ) from error
    finally:
        await end_helper(process)
    if process.returncode != 0:
        raise HeliosError(errors.decode("utf-8", "replace").strip()[-_KEPT:] or f"{process.returncode}")
    return output.decode("utf-8", "replace").strip()
