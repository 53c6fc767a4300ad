"""``helios-gui doctor``: what is found on this machine, and what to do about what is not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from helios_gui import __version__, product
from helios_gui.cli.output import ExitCode, say, say_json
from helios_gui.cli.qt_probe import probe_qt
from helios_gui.media.ffmpeg import ffmpeg_version, find_ffmpeg
from helios_gui.process.frozen import reinstall_hint
from helios_gui.profiles.kinds import AWS_LAMBDA, CLOUD_RUN, LOCAL
from helios_gui.profiles.models import usable_processors
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import HeliosError, UserInputError
from helios_gui.utils.folders import HOME_VARIABLE, AppFolders
from helios_gui.utils.format import count

_LITTLE_SPACE = 2 * 1024**3
_PLACES = {LOCAL: "this machine", AWS_LAMBDA: "AWS Lambda", CLOUD_RUN: "Google Cloud Run"}


class Verdict(StrEnum):
    """What a finding means: ``MISSING`` things are essential, without ``WANTING`` ones something works less well."""

    OK = "ok"
    WANTING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it where something is amiss."""

    name: str
    verdict: Verdict
    detail: str
    hint: str = ""


def show_findings(*, as_json: bool) -> ExitCode:
    """Look at everything and print it; ``FAILED`` if something essential is missing."""
    findings = list(examine(AppFolders.default()))
    missing = [finding for finding in findings if finding.verdict is Verdict.MISSING]
    if as_json:
        say_json({"ok": not missing, "findings": [asdict(finding) for finding in findings]}, indent=2)
    else:
        _print(findings, missing)
    return ExitCode.FAILED if missing else ExitCode.DONE


def examine(folders: AppFolders) -> Iterator[Finding]:
    """Look at this machine, one thing after the other."""
    processors = count(usable_processors(), "processor", "processors")
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {processors}"
    yield Finding(product.NAME, Verdict.OK, f"{__version__} on {system}")
    for look in (_ffmpeg, _pyav, _window, _display):
        yield look()
    for name, folder in (("Data folder", folders.data), ("Settings folder", folders.config), ("Logs", folders.logs)):
        yield _folder(name, folder)
    yield from _profiles(folders)


def _ffmpeg() -> Finding:
    try:
        path = find_ffmpeg()
        version = ffmpeg_version(path)
    except UserInputError as error:
        return Finding("ffmpeg", Verdict.MISSING, str(error), error.hint)
    origin = "the system's" if shutil.which("ffmpeg") else "bundled; the system has none"
    return Finding("ffmpeg", Verdict.OK, f"{version} at {path} ({origin})")


def _pyav() -> Finding:
    try:
        import av
    except (ImportError, OSError) as error:
        return Finding("PyAV", Verdict.MISSING, f"cannot be loaded: {error}", reinstall_hint("av"))
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    return Finding("PyAV", Verdict.OK, f"{av.__version__} (libavcodec {codec}), checks every rendered frame")


def _window() -> Finding:
    found = probe_qt()
    if found.problem:
        return Finding("Window", Verdict.WANTING, found.problem, found.hint)
    return Finding("Window", Verdict.OK, f"Qt {found.version}, QtMultimedia with the {found.backend} backend")


def _display() -> Finding:
    if not sys.platform.startswith("linux"):
        return Finding("Display", Verdict.OK, platform.system())
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return Finding("Display", Verdict.OK, f"{name}={os.environ[name]}")
    return Finding("Display", Verdict.WANTING, "none; the terminal commands need none")


def _folder(name: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        hint = f"Make it writable, or set {HOME_VARIABLE} to a folder that is."
        return Finding(name, Verdict.MISSING, f"{folder} cannot be written to: {error.strerror or error}", hint)
    detail = f"{folder}, {free / 1024**3:.1f} GB free"
    if free < _LITTLE_SPACE:
        return Finding(name, Verdict.WANTING, detail, "Make room: logs and the queue are kept here.")
    return Finding(name, Verdict.OK, detail)


def _profiles(folders: AppFolders) -> Iterator[Finding]:
    try:
        store = ProfileStore(folders.profiles)
    except (OSError, HeliosError) as error:
        yield Finding("Profiles", Verdict.MISSING, f"{folders.profiles} cannot be read: {error}")
        return
    if store.problem:
        yield Finding("Profiles", Verdict.WANTING, store.problem)
    for profile in store.profiles():
        policy = profile.policy()
        default = ", the default" if profile.name == store.default_name else ""
        detail = f"{_PLACES[profile.kind]}, {count(policy.concurrency, 'chunk', 'chunks')} at a time"
        yield Finding(f"Profile “{profile.name}”", Verdict.OK, f"{detail}, {policy.retries} retries{default}")


def _print(findings: Sequence[Finding], missing: Sequence[Finding]) -> None:
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    signs = dict(zip(Verdict, "✓!✗" if unicode else "+!x", strict=True))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        say(f"{signs[finding.verdict]} {finding.name.ljust(width)}  {finding.detail}")
        if finding.hint:
            say(f"{' ' * (width + 4)}{finding.hint}")
    if missing:
        names = ", ".join(finding.name for finding in missing)
        say(f"\nMissing, and needed to render: {names}.")
