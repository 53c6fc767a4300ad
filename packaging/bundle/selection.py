"""What of the libraries goes into the bundle: lists, and nothing that needs PyInstaller."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

QT_PLUGINS = {
    "iconengines": ("qsvgicon",),
    "imageformats": ("qsvg", "qjpeg"),
    "multimedia": ("ffmpegmediaplugin",),
    "platforminputcontexts": ("composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"),
    "platforms": ("qcocoa", "qoffscreen", "qwayland", "qwindows", "qxcb"),
    "platformthemes": ("qxdgdesktopportal",),
    "wayland-decoration-client": ("adwaita", "bradient"),
    "wayland-graphics-integration-client": ("qt-plugin-wayland-egl",),
    "wayland-shell-integration": ("qt-shell", "xdg-shell"),
    "xcbglintegrations": ("qxcb-egl-integration", "qxcb-glx-integration"),
}
"""Folder of plugins → those that stay, without ``lib`` and suffix.

There is one media backend, ffmpeg's, so that previews are the same everywhere. The theme of GTK would bring GTK; the
desktop portal's gives the desktop's file dialogs, too. Nothing is fetched over TLS by Qt.
"""

EXCLUDED_MODULES = (
    "IPython",
    "_dbm",
    "_gdbm",
    "_testcapi",
    "_testinternalcapi",
    "PySide6.QtMultimediaWidgets",  # Qt's hook adds it for a feature we do not switch on
    "_pytest",
    "av.__main__",
    "lib2to3",
    "mypy",
    "pip",
    "pkg_resources",
    "pydoc_data",
    "pygments",  # colours source code in tracebacks, which are not printed that way
    "pytest",
    "readline",
    "setuptools",
    "test",
    "tkinter",
    "trio",
    "unittest",
)
"""Modules that somebody would import if they were there, or for what the app does not do."""

DROPPED_MODULES = ("boto3.dynamodb", "boto3.ec2", "pydantic.v1", "pydantic.mypy", "pydantic._hypothesis_plugin")
"""Modules that hooks ask for and the app never reaches, with all below them."""

AWS_SERVICES = ("lambda", "s3", "signin", "sso", "sso-oidc", "sts")
"""botocore's models that stay: what the app calls, and what signs people in (roles, SSO, ``aws login``)."""

DROPPED_DATA = (
    "*.pyi",
    "*/translations/*.po",  # what the .mo files are made of
    "*/py.typed",
    "*.pxd",
    "PySide6/Qt/qml/*",
    "PySide6/Qt/resources/*",
    "PySide6/Qt/translations/*",
    "boto3/*",  # descriptions of resources; the app uses clients
    "cryptography-*.dist-info/*",
    "imageio_ffmpeg/binaries/README.md",
)

KEPT_DATA = ("PySide6/*translations/qtbase_de.qm",)
"""Of what ``DROPPED_DATA`` names, what stays: Qt's own texts in the languages of the app."""

SYSTEM_LIBRARIES_INCLUDED = (
    "libxcb-cursor.so.*",
    "libxcb-icccm.so.*",
    "libxcb-image.so.*",
    "libxcb-keysyms.so.*",
    "libxcb-render-util.so.*",
    "libxcb-util.so.*",
    "libxkbcommon-x11.so.*",
)
"""Of the libraries that windows, graphics and sound need, those that a Linux desktop may well be without.

The others must be the system's: its graphics drivers load into the same process and bring libraries as new as
themselves.
"""

SYSTEM_LIBRARIES_LEFT = ("libgcc_s.so.*", "libmvec.so.*", "libstdc++.so.*")
"""The compiler's and the C library's; every Linux has them, and graphics drivers need the system's."""


def keeps_module(name: str) -> bool:
    """Whether a pure module of that name stays."""
    return not any(name == dropped or name.startswith(f"{dropped}.") for dropped in DROPPED_MODULES)


def keeps_data(name: str) -> bool:
    """Whether a data file of that name in the bundle stays."""
    name = name.replace("\\", "/")
    if name.startswith("botocore/data/"):
        service, *below = PurePosixPath(name).relative_to("botocore/data").parts
        return not below or service in AWS_SERVICES
    return is_any(name, KEPT_DATA) or not is_any(name, DROPPED_DATA)


def keeps_plugin(name: str) -> bool:
    """Whether a binary of that name in the bundle stays, as far as it is one of Qt's plugins."""
    parts = name.replace("\\", "/").split("/")
    if "plugins" not in parts or parts[0] != "PySide6":
        return True
    folder, file = parts[parts.index("plugins") + 1 :][:2]
    return file.split(".")[0].removeprefix("lib") in QT_PLUGINS.get(folder, ())


def is_any(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file name matches one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
