"""Find a Chromium on this machine and run it without a window."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil

from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.utils.temporary_folders import temporary_folder
from helios_gui.web.channels import DebuggingPipe
from helios_gui.web.text_smoothing import smoothing_variables

BROWSER_VARIABLE = "HELIOS_BROWSER"
"""Environment variable with the path of the browser; it comes before all that are found."""
DRAWING_VARIABLE = "HELIOS_BROWSER_DRAWING"
"""Environment variable: with ``by-itself``, a headless shell draws frames when it likes to, as any browser does."""
_SANDBOX = "HELIOS_BROWSER_SANDBOX"
"""Environment variable: with ``off``, the browser runs without its sandbox, as in a container without namespaces."""

_NAMES = (
    "chrome-headless-shell",  # the fastest, and what draws in a cloud
    "chromium-headless-shell",  # Debian's
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
)
_PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
    ),
    "win32": (
        r"Google\Chrome\Application\chrome.exe",
        r"Chromium\Application\chrome.exe",
        r"Microsoft\Edge\Application\msedge.exe",
        r"BraveSoftware\Brave-Browser\Application\brave.exe",
    ),
}
_WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
_PORT_FILE = "DevToolsActivePort"
_LOG = "helios-browser.log"
_LONGEST_TEMPORARY_FOLDER = 38
"""Bytes. A socket's path has at most 103 on macOS: /helios-web-…/org.chromium.Chromium.…/SingletonSocket follows."""
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_EXIT_SECONDS = 0.5
"""How long a browser that was lost may take to end, so that its exit code is known."""

_SWITCHES = (
    "--headless=new",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--mute-audio",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",  # containers have 64 MB there, or none
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-ipc-flooding-protection",
    "--disable-lcd-text",
    "--disable-search-engine-choice-screen",
    "--disable-site-isolation-trials",  # all frames in one process: one connection reaches them
    "--disable-sync",
    "--disable-features=Translate,MediaRouter,OptimizationHints,IsolateOrigins,site-per-process,PaintHolding,BackForwardCache",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-smooth-scrolling",  # scrolling.js does it in the page's time
    "--disable-partial-raster",  # a frame is painted whole: what was there before leaves no trace at edges
    "--disable-checker-imaging",  # pictures are decoded before they are painted, not after
    "--disable-image-animation-resync",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card, the same on every machine
    "--use-angle=swiftshader",
    "--disable-gpu-compositing",  # the processor puts a page together faster than a graphics card made of software
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",  # a mouse
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--proxy-server=http://127.0.0.1:9",  # nobody listens: the browser itself loads nothing, each page has a proxy
    "--password-store=basic",
    "--use-mock-keychain",
)


_DRAWS_BY_ITSELF = ("--disable-frame-rate-limit",)
"""A screenshot waits for two frames of the browser: not for a screen's 60 a second."""
_DRAWS_ON_COMMAND = ("--run-all-compositor-stages-before-draw", "--disable-new-content-rendering-timeout")
"""Without a limit of frames, some would not be drawn on command."""
_LEAST_SCALE = 0.5
"""Of a browser as a whole."""


def find_browser(environment: Mapping[str, str] | None = None) -> Path:
    """Return the path of a browser that is built on Chromium.

    Args:
        environment: Where ``HELIOS_BROWSER`` and ``PATH`` are read; by default this process's.

    Raises:
        UserInputError: There is none, or ``HELIOS_BROWSER`` names no program.
    """
    environment = os.environ if environment is None else environment
    search = environment.get("PATH")
    if wanted := environment.get(BROWSER_VARIABLE):
        found = shutil.which(wanted, path=search)
        if found is None:
            raise UserInputError(
                tr("There is no browser at {path}.", path=wanted), tr("Correct {name}.", name=BROWSER_VARIABLE)
            )
        return Path(found)
    for name in (*_NAMES, *_known_places(environment)):
        if found := shutil.which(name, path=search):
            return Path(found)
    raise UserInputError(
        tr("No browser was found: a web page is rendered with Chrome, Chromium, Edge or Brave."),
        tr("Install one of them, or set {name} to its path.", name=BROWSER_VARIABLE),
    )


def can_draw_on_command(browser: Path) -> bool:
    """Return whether a browser is to draw a frame when it is told to, and only then: ``chrome-headless-shell`` can."""
    if os.environ.get(DRAWING_VARIABLE) == "by-itself":
        return False
    return sys.platform == "linux" and re.search("headless[-_]shell", browser.name) is not None


def _known_places(environment: Mapping[str, str]) -> list[str]:
    places = _PLACES.get(sys.platform, ())
    if sys.platform != "win32":
        return list(places)
    roots = [environment[name] for name in _WINDOWS_ROOTS if environment.get(name)]
    return [str(Path(root, place)) for place in places for root in roots]


@asynccontextmanager
async def run_browser(
    browser: Path, *, shared: bool = sys.platform == "win32", on_command_at: float = 0.0, steadily: bool = False
) -> AsyncIterator[DebuggingPipe | str]:
    """Run a browser with a profile of its own, which is deleted at the end.

    Args:
        browser: The program.
        shared: Take commands at a port of this machine, for several event loops; else through a pipe, which no other
            program of this machine can open. Windows' pipes have other numbers, so that it always has a port.
        on_command_at: The scale of pages, in pixels per CSS pixel, of which frames are to be drawn on command, if the
            browser can do that; 0 for none.
        steadily: Draw no more frames than a screen shows. A view transition needs that, and takes longer.

    Yields:
        Where the browser takes commands, for ``open_tab``.

    Raises:
        HeliosError: It does not start.
    """
    on_command = not shared and on_command_at >= _LEAST_SCALE and can_draw_on_command(browser)
    scale = f"--force-device-scale-factor={on_command_at:g}"
    by_itself = () if steadily else _DRAWS_BY_ITSELF
    drawing = (*_DRAWS_ON_COMMAND, scale) if on_command else by_itself
    with ExitStack() as kept:
        profile = kept.enter_context(temporary_folder("web", _temporary_folder()))
        command = [str(browser), *_SWITCHES, *drawing, *_sandbox(), f"--user-data-dir={profile}"]
        try:
            if shared:
                pipe, process = None, await _start([*command, "--remote-debugging-port=0"], profile)
            else:
                command.append("--remote-debugging-pipe=cbor")
                pipe, process = await _start_with_pipe(command, profile, kept, on_command_at if on_command else 0.0)
            try:
                yield pipe or await _find_socket(process, profile / _PORT_FILE, browser)
            except HeliosError as error:
                raise await _error_of_browser(error, process, profile / _LOG, browser) from error
            finally:
                await _end_browser(process)
        finally:
            await asyncio.to_thread(_remove, profile)


async def _start(
    command: Sequence[str], profile: Path, descriptors: tuple[int, ...] = ()
) -> asyncio.subprocess.Process:
    environment = {**os.environ, "TMPDIR": str(profile), "TZ": "UTC"}  # or what it puts there stays
    environment |= smoothing_variables(profile, os.environ)
    with _open_log(profile) as log:  # not in a thread: a cancellation would leave it open there
        return await asyncio.create_subprocess_exec(
            *command,
            "about:blank",
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
            pass_fds=descriptors,
        )


def _open_log(profile: Path) -> BinaryIO:
    return (profile / _LOG).open("wb")


async def _start_with_pipe(
    command: Sequence[str], profile: Path, pipes: ExitStack, draws_at: float
) -> tuple[DebuggingPipe, asyncio.subprocess.Process]:
    """Start a browser with a pipe in each direction; ``pipes`` closes this side of them."""
    (its_reads, our_writes), (our_reads, its_writes) = os.pipe(), os.pipe()
    for descriptor in (our_reads, our_writes):
        pipes.callback(os.close, descriptor)
    # Chromium reads at 3 and writes at 4, whatever the numbers are here. macOS has no /proc, AWS Lambda no /dev/fd.
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    shell = ("/bin/sh", "-c", f'exec "$@" 3<{folder}/{its_reads} 4>{folder}/{its_writes}', "sh")
    try:
        process = await _start((*shell, *command), profile, (its_reads, its_writes))
    finally:
        for descriptor in (its_reads, its_writes):
            os.close(descriptor)
    return DebuggingPipe(our_reads, our_writes, draws_at), process


async def _error_of_browser(
    error: HeliosError, process: asyncio.subprocess.Process, log: Path, browser: Path
) -> HeliosError:
    """Return why a browser ended, where it did, else the error itself."""
    try:
        code = await asyncio.wait_for(process.wait(), _EXIT_SECONDS)
    except TimeoutError:
        return error
    if b"No usable sandbox" in await asyncio.to_thread(log.read_bytes):
        return HeliosError(
            tr("{browser} cannot make its sandbox: this machine allows no user namespaces.", browser=browser),
            tr("Allow them; or set {name}=off, in a container that is a sandbox itself.", name=_SANDBOX),
        )
    return HeliosError(
        tr("{browser} ended, with exit code {code}.", browser=browser, code=code),
        tr("Start it by hand to see why, or set {name} to another browser.", name=BROWSER_VARIABLE),
    )


def _temporary_folder() -> str:
    """Return where the profile goes: Chromium aborts where the path of its socket in there would be too long."""
    usual = tempfile.gettempdir()
    is_long = sys.platform != "win32" and len(os.fsencode(usual)) > _LONGEST_TEMPORARY_FOLDER
    return "/tmp" if is_long and os.access("/tmp", os.W_OK) else usual


def _remove(profile: Path) -> None:
    """Remove a profile. Helpers of the browser write into it for a moment after its end, so that it takes turns."""
    deadline = time.monotonic() + _STOP_SECONDS
    while True:
        shutil.rmtree(profile, ignore_errors=True)
        if not profile.exists() or time.monotonic() > deadline:
            return
        time.sleep(0.05)


def _sandbox() -> tuple[str, ...]:
    """Return options for the sandbox: Chromium refuses to run as root with it, which containers and CI often do."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ("--no-sandbox",) if is_root or os.environ.get(_SANDBOX) == "off" else ()


async def _find_socket(process: asyncio.subprocess.Process, port_file: Path, browser: Path) -> str:
    """Return the address of the web socket of a browser that has just been started."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.returncode is None:
        if socket := await asyncio.to_thread(_read_socket, port_file):
            return socket
        await asyncio.sleep(0.02)
    raise HeliosError(
        tr("{browser} did not start within {seconds:g} s.", browser=browser, seconds=_START_SECONDS),
        tr("Start it by hand to see why, or set {name} to another browser.", name=BROWSER_VARIABLE),
    )


def _read_socket(file: Path) -> str:
    try:
        port, path = file.read_text(encoding="ascii").split("\n")
    except (OSError, ValueError):
        return ""
    return f"ws://127.0.0.1:{port}{path}"


async def _end_browser(process: asyncio.subprocess.Process) -> None:
    """End a browser and wait for its helpers, which write into the profile after the browser has ended."""
    if process.returncode is None:
        helpers = _helpers_of(process.pid)  # not in a thread: an event loop that ends has none
        process.terminate()
        for started in filter(_is_browser, helpers):  # by a script such as Debian's, which waits for it
            with suppress(psutil.Error):
                started.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        await _wait_for(helpers)


def _is_browser(helper: psutil.Process) -> bool:
    """Return whether a process is no helper of the browser, but the browser itself or what starts it."""
    try:
        return not any(word.startswith("--type=") for word in helper.cmdline())
    except psutil.Error:
        return False


def _helpers_of(browser: int) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = psutil.Process(browser).children(recursive=True)
    except psutil.Error:
        return []
    return found


async def _wait_for(helpers: list[psutil.Process]) -> None:
    for _ in range(round(_STOP_SECONDS * 100)):
        helpers = [one for one in helpers if _is_alive(one)]
        if not helpers:
            return
        await asyncio.sleep(0.01)
    for helper in helpers:
        with suppress(psutil.Error):
            helper.kill()


def _is_alive(helper: psutil.Process) -> bool:
    """Return whether a process runs; some containers never clear away those that have ended."""
    try:
        return bool(helper.is_running() and helper.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
