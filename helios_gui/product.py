"""What the product is called and which files are its own: the one place, for the app and for its installers.

The version is in ``helios_gui.__version__``, and nowhere else. Nothing is imported here, so that build scripts can.
"""

from __future__ import annotations

NAME = "Helios Render Manager"
"""What people call it."""

PACKAGE = "helios-render-manager"
"""Its name where names have no spaces: packages, folders, the desktop entry, the icon."""

COMMAND = "helios-gui"
"""The program in a terminal."""

APP_ID = "io.github.helios_project.RenderManager"
"""Reverse-DNS: AppStream's component, macOS' bundle, Windows' application user model id."""

SUMMARY = "Split a render into chunks, watch every chunk, play the result"
"""One line, without a full stop."""

PUBLISHER = "The Helios Render Manager developers"

LICENSE = "MIT"
"""As an SPDX expression; what is shipped beside it has its own."""

MIME_TYPE = "application/vnd.helios.job+json"
"""Job files."""

MIME_NAME = "Helios render job"
"""What a file manager calls a job file."""

SUFFIXES = (".helios.json", ".heliosjob")
"""How job files are named, with the dot; a plain ``job.json`` is told by its content."""

QUEUE_SUFFIX = ".helios-queue.json"
"""How exported queues are named."""

HOMEPAGE = "https://github.com/helios-project/helios-render-manager"
"""Where it lives."""

RELEASES_PAGE = f"{HOMEPAGE}/releases"
"""What was released, for people."""

LATEST_RELEASE = "https://api.github.com/repos/helios-project/helios-render-manager/releases/latest"
"""The newest release that is not a draft, for programs: JSON with its ``tag_name``."""

WINDOWS_ID = "9B5C1F0E-6A0B-4C55-9E57-3D1C2F7A84D6"
"""By which Windows' installer knows an older version of itself. It never changes."""

UNIFORM_TYPE = f"{APP_ID}.job"
"""Job files, as macOS names types."""
