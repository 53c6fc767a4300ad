"""What somebody who helps from afar needs to know, as text for the clipboard, without secrets."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from PySide6.QtCore import QSysInfo, qVersion
from PySide6.QtGui import QGuiApplication

from helios_gui import __version__, product
from helios_gui.adapters.base_profile import Profile
from helios_gui.media.ffmpeg import ffmpeg_version, find_ffmpeg
from helios_gui.net.scrub import scrub
from helios_gui.translation import language
from helios_gui.types import JobState, JobSummary, UserInputError
from helios_gui.utils.folders import home_folder

_LIBRARIES = ("PySide6-Essentials", "av", "pydantic", "httpx")
_MOST_ERRORS = 10


def describe_program() -> list[str]:
    """Return the versions of the program and of what it stands on. Starts ffmpeg: not for the window's thread."""
    try:
        path = find_ffmpeg()
        ffmpeg = f"ffmpeg {ffmpeg_version(path)} at {path}"
    except UserInputError as error:
        ffmpeg = f"ffmpeg: {error}"
    return [
        f"{product.NAME} {__version__}",
        f"{QSysInfo.prettyProductName()}, {platform.platform()}, {platform.machine()}",
        f"Python {platform.python_version()}, Qt {qVersion()} ({QGuiApplication.platformName()})",
        ", ".join(map(_library, _LIBRARIES)),
        f"language {language()}",
        ffmpeg,
    ]


def diagnostics_text(program: Sequence[str], profiles: Sequence[Profile], jobs: Sequence[JobSummary]) -> str:
    """Return the text: versions, the profiles' settings, and the reasons of the jobs that failed last.

    Args:
        program: What ``describe_program`` returned.
        profiles: All profiles. Of their environment variables only the names are told.
        jobs: All jobs.
    """
    failed = sorted((job for job in jobs if job.state is JobState.FAILED), key=lambda job: job.finished_at or 0.0)
    lines = [
        *map(_private, program),
        "",
        *(_describe(profile) for profile in profiles),
        "",
        *(_private(f"{job.name} ({job.profile}) failed: {job.reason}") for job in failed[-_MOST_ERRORS:]),
    ]
    return "\n".join(lines).strip() + "\n"


def _library(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:  # a bundle holds what is imported, and not always the records of its packages
        return f"{name} ?"


def _describe(profile: Profile) -> str:
    settings = profile.model_dump(mode="json")
    return "profile " + ", ".join(f"{name}={_setting(value)}" for name, value in settings.items())


def _setting(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, dict) else _private(str(value))


def _private(text: str) -> str:
    """Leave out secrets, and the name of the person that stands in paths."""
    home = home_folder()
    return scrub(text.replace(str(home), "~") if home != home.parent else text)
