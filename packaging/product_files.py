#!/usr/bin/env python3
"""Renders what Windows' and macOS' packages need to know of the product: names, version, ids, file types, icons.

    python packaging/product_files.py DIR

It all comes from helios_gui/product.py and the version; nothing of it is written down a second time.
"""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT)]

from packaging.version import Version  # noqa: E402

from helios_gui import __version__, product  # noqa: E402

PROGRAM = product.NAME
"""The program with a window, where there is one without a terminal beside the terminal's."""

MACOS_MINIMUM = "13.0"
"""The oldest macOS that the Qt we ship runs on."""


def own_suffixes() -> list[str]:
    """Those that Windows and macOS can tie to an app: they look at what comes after the last dot only."""
    return [suffix for suffix in product.SUFFIXES if suffix.count(".") == 1]


def numbers() -> tuple[int, int, int, int]:
    """The version as Windows counts it: four numbers."""
    release = (*Version(__version__).release, 0, 0, 0)
    return release[0], release[1], release[2], release[3]


def inno_definitions() -> str:
    """What ``windows/installer.iss`` includes."""
    (suffix,) = own_suffixes()
    values = {
        "AppId": "{{" + product.WINDOWS_ID + "}",  # "{{" is Inno Setup's way of writing "{"
        "AppName": product.NAME,
        "AppVersion": __version__,
        "AppNumbers": ".".join(map(str, numbers())),
        "AppPublisher": product.PUBLISHER,
        "AppUserModelId": product.APP_ID,
        "Command": f"{product.COMMAND}.exe",
        "Homepage": product.HOMEPAGE,
        "JobName": product.MIME_NAME,
        "JobMimeType": product.MIME_TYPE,
        "JobProgId": f"{product.NAME.replace(' ', '')}.Job",
        "JobSuffix": suffix,
        "Package": product.PACKAGE,
        "Program": f"{PROGRAM}.exe",
        "Releases": product.RELEASES_PAGE,
    }
    return "".join(f'#define {name} "{value}"\n' for name, value in values.items())


def version_resource() -> str:
    """What Windows shows of a program in its properties, as PyInstaller reads it."""
    strings = {
        "CompanyName": product.PUBLISHER,
        "FileDescription": product.NAME,
        "FileVersion": __version__,
        "LegalCopyright": f"{product.PUBLISHER}. {product.LICENSE} licence.",
        "ProductName": product.NAME,
        "ProductVersion": __version__,
    }
    table = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers()}, prodvers={numbers()}, mask=0x3F, flags=0, "
        "OS=0x40004, fileType=1, subtype=0, date=(0, 0)), "
        f"kids=[StringFileInfo([StringTable('040904B0', [{table}])]), "
        "VarFileInfo([VarStruct('Translation', [0x409, 1200])])])\n"
    )


def info_plist() -> dict[str, Any]:
    """What macOS should know of the app beyond what PyInstaller writes: version, looks, and the files it opens."""
    return {
        "CFBundleDisplayName": product.NAME,
        "CFBundleExecutable": PROGRAM,
        "CFBundleIdentifier": product.APP_ID,
        "CFBundleName": product.NAME,
        "CFBundleShortVersionString": __version__,
        "CFBundleVersion": ".".join(map(str, numbers()[:3])),
        "LSApplicationCategoryType": "public.app-category.video",
        "LSBackgroundOnly": False,
        "LSMinimumSystemVersion": MACOS_MINIMUM,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": f"{product.PUBLISHER}. {product.LICENSE} licence.",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": product.MIME_NAME,
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": [product.UNIFORM_TYPE],
            },
            {
                "CFBundleTypeName": "JSON",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",  # offered under "Open With", for the other names of job files
                "LSItemContentTypes": ["public.json"],
            },
        ],
        "UTExportedTypeDeclarations": [
            {
                "UTTypeConformsTo": ["public.json"],
                "UTTypeDescription": product.MIME_NAME,
                "UTTypeIdentifier": product.UNIFORM_TYPE,
                "UTTypeTagSpecification": {
                    "public.filename-extension": [suffix.removeprefix(".") for suffix in own_suffixes()],
                    "public.mime-type": [product.MIME_TYPE],
                },
            }
        ],
    }


def write(folder: Path) -> Path:
    """Write it all into ``folder``, which is returned."""
    import app_icons

    folder.mkdir(parents=True, exist_ok=True)
    app_icons.write_ico(folder / "app.ico")
    app_icons.write_icns(folder / "app.icns")
    (folder / "product.iss").write_text(inno_definitions(), encoding="utf-8-sig")
    (folder / "version.txt").write_text(version_resource(), encoding="utf-8")
    (folder / "Info.plist").write_bytes(plistlib.dumps(info_plist()))
    return folder


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    write(Path(sys.argv[1]))
