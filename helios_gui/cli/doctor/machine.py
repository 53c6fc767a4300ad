"""``helios-gui doctor``: checks this machine, and says what to do about what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from helios_gui import __version__, product
from helios_gui.adapters.local.profile import usable_processors
from helios_gui.adapters.registry import kind_of
from helios_gui.blender.program import blender_version, find_blender
from helios_gui.cli.doctor.check_result import CheckResult, CheckStatus
from helios_gui.cli.doctor.lacks import check_lacks
from helios_gui.cli.doctor.qt_probe import probe_qt
from helios_gui.cli.output import ExitCode, print_json, print_text, supports_unicode
from helios_gui.media.ffmpeg import ffmpeg_version, find_ffmpeg, why_not_the_systems
from helios_gui.process.frozen import reinstall_hint
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, UserInputError
from helios_gui.utils.disk_space import is_full
from helios_gui.utils.folders import HOME_VARIABLE, AppFolders
from helios_gui.web.browser import find_browser

_LOW_SPACE = 2 * 1024**3
"""Free bytes below which the check of a folder warns."""


def check_machine(*, as_json: bool) -> ExitCode:
    """Run all checks and print the results. Returns ``FAILED`` where something is missing that rendering needs."""
    results = list(run_checks())
    missing = [result for result in results if result.status is CheckStatus.MISSING]
    if as_json:
        print_json({"ok": not missing, "findings": [_as_json(result) for result in results]}, indent=2)
    else:
        _print_results(results, missing)
    return ExitCode.FAILED if missing else ExitCode.DONE


def run_checks(folders: AppFolders | None = None) -> Iterator[CheckResult]:
    """Run the checks one after the other, and yield their results."""
    processors = tr_count("{number} processor", "{number} processors", usable_processors())
    system = tr(
        "Python {python}, {system} {machine}, {processors}",
        python=platform.python_version(),
        system=platform.system(),
        machine=platform.machine(),
        processors=processors,
    )
    yield CheckResult(product.NAME, CheckStatus.OK, tr("{version} on {system}", version=__version__, system=system))
    for check in (_ffmpeg, _pyav, _browser, _blender, _window, _display):
        yield check()
    try:
        folders = folders or AppFolders.default()
    except UserInputError as error:
        yield CheckResult(tr("Data folder"), CheckStatus.MISSING, str(error), error.hint)
        return
    for name, folder in (
        (tr("Data folder"), folders.data),
        (tr("Settings folder"), folders.config),
        (tr("Logs"), folders.logs),
    ):
        yield _folder(name, folder)
    yield from check_lacks(folders.data)
    yield from _profiles(folders)


def _ffmpeg() -> CheckResult:
    try:
        path = find_ffmpeg()
        version = ffmpeg_version(path)
        reason = why_not_the_systems()
    except UserInputError as error:
        return CheckResult("ffmpeg", CheckStatus.MISSING, str(error), error.hint)
    origin = tr("bundled; {reason}", reason=reason) if reason else tr("the system's")
    return CheckResult(
        "ffmpeg", CheckStatus.OK, tr("{version} at {path} ({origin})", version=version, path=path, origin=origin)
    )


def _pyav() -> CheckResult:
    try:
        import av
    except (ImportError, OSError) as error:
        return CheckResult(
            "PyAV", CheckStatus.MISSING, tr("cannot be loaded: {error}", error=error), reinstall_hint("av")
        )
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    return CheckResult(
        "PyAV",
        CheckStatus.OK,
        tr("{version} (libavcodec {codec}), checks every rendered frame", version=av.__version__, codec=codec),
    )


def _browser() -> CheckResult:
    try:
        path = find_browser()
    except UserInputError as error:
        return CheckResult(tr("Browser"), CheckStatus.WARNING, str(error), error.hint)
    return CheckResult(tr("Browser"), CheckStatus.OK, tr("{path}, renders web pages", path=path))


def _blender() -> CheckResult:
    try:
        path = find_blender()
        version = ".".join(map(str, blender_version(path)))
    except UserInputError as error:
        return CheckResult("Blender", CheckStatus.WARNING, str(error), error.hint)
    return CheckResult(
        "Blender", CheckStatus.OK, tr("{version} at {path}, renders .blend files", version=version, path=path)
    )


def _window() -> CheckResult:
    found = probe_qt()
    if found.problem:
        return CheckResult(tr("Window"), CheckStatus.WARNING, found.problem, found.hint)
    return CheckResult(
        tr("Window"),
        CheckStatus.OK,
        tr("Qt {version}, QtMultimedia with the {backend} backend", version=found.version, backend=found.backend),
    )


def _display() -> CheckResult:
    if not sys.platform.startswith("linux"):
        return CheckResult(tr("Display"), CheckStatus.OK, platform.system())
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return CheckResult(tr("Display"), CheckStatus.OK, f"{name}={os.environ[name]}")
    return CheckResult(tr("Display"), CheckStatus.WARNING, tr("none; the terminal commands need none"))


def _folder(name: str, folder: Path) -> CheckResult:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        hint = tr("Make it writable, or set {home_variable} to a folder that is.", home_variable=HOME_VARIABLE)
        return CheckResult(
            name,
            CheckStatus.MISSING,
            tr("{folder} cannot be written to: {reason}", folder=folder, reason=error.strerror or error),
            hint,
        )
    detail = tr("{folder}, {free:.1f} GB free", folder=folder, free=free / 1024**3)
    if free < _LOW_SPACE:
        status = CheckStatus.MISSING if is_full(folder) else CheckStatus.WARNING
        return CheckResult(name, status, detail, tr("Free some space: logs and the queue are kept here."))
    return CheckResult(name, CheckStatus.OK, detail)


def _profiles(folders: AppFolders) -> Iterator[CheckResult]:
    try:
        store = ProfileStore(folders.profiles)
    except (OSError, HeliosError) as error:
        yield CheckResult(
            tr("Profiles"),
            CheckStatus.MISSING,
            tr("{profiles} cannot be read: {error}", profiles=folders.profiles, error=error),
        )
        return
    if store.problem:
        yield CheckResult(tr("Profiles"), CheckStatus.WARNING, store.problem)
    for profile in store.profiles():
        policy = profile.policy()
        default = tr(", the default") if profile.name == store.default_name else ""
        detail = tr(
            "{title}, concurrency {concurrency}, retries {retries}",
            title=tr(kind_of(profile).title),
            concurrency=policy.concurrency,
            retries=policy.retries,
        )
        yield CheckResult(f"Profile “{profile.name}”", CheckStatus.OK, f"{detail}{default}")


def _as_json(result: CheckResult) -> dict[str, str]:
    return {"name": result.name, "verdict": result.status.value, "detail": result.detail, "hint": result.hint}


def _print_results(results: Sequence[CheckResult], missing: Sequence[CheckResult]) -> None:
    symbols = dict(zip(CheckStatus, "✓!✗" if supports_unicode(sys.stdout) else "+!x", strict=True))
    width = max(len(result.name) for result in results)
    for result in results:
        print_text(f"{symbols[result.status]} {result.name.ljust(width)}  {result.detail}")
        if result.hint:
            print_text(f"{' ' * (width + 4)}{result.hint}")
    if missing:
        names = ", ".join(result.name for result in missing)
        print_text(tr("\nMissing, and needed to render: {names}.", names=names))
