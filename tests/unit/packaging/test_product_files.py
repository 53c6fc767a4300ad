"""What Windows' and macOS' packages are made of: they are built elsewhere, but their parts can be read here."""

from __future__ import annotations

import ast
import plistlib
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QImageReader

from helios_gui import __version__, product

ROOT = Path(__file__).parents[3]
PACKAGING = ROOT / "packaging"
WINDOWS = PACKAGING / "windows"
MACOS = PACKAGING / "macos"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a build writes."""
    folder = tmp_path_factory.mktemp("product") / "files"
    program = [sys.executable, PACKAGING / "product_files.py", folder]
    subprocess.run(program, cwd=folder.parent, check=True, timeout=120)
    return folder


def definitions(files: Path) -> dict[str, str]:
    lines = (files / "product.iss").read_text(encoding="utf-8-sig").splitlines()
    found = [re.fullmatch(r'#define (\w+) "([^"]+)"', line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def sections() -> dict[str, list[str]]:
    """The lines of the installer's script, by section, without comments and directives."""
    found: dict[str, list[str]] = {}
    for line in (WINDOWS / "installer.iss").read_text(encoding="utf-8").splitlines():
        heading = re.fullmatch(r"\[(\w+)\]", line)
        if heading:
            current = found.setdefault(heading[1], [])
        elif line and not line.startswith((";", "#")):
            current.append(line)
    return found


def test_the_installer_knows_the_product(files: Path) -> None:
    defined = definitions(files)
    assert defined["AppId"] == "{{" + product.WINDOWS_ID + "}"
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", product.WINDOWS_ID)
    assert (defined["AppVersion"], defined["AppName"]) == (__version__, product.NAME)
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", defined["AppNumbers"])
    assert defined["JobSuffix"] in product.SUFFIXES
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9.]{0,38}", defined["JobProgId"]), "as Windows wants them"


def test_the_installer_script_uses_what_is_defined(files: Path) -> None:
    text = (WINDOWS / "installer.iss").read_text(encoding="utf-8")
    used = set(re.findall(r"\{#(\w+)\}", text))
    assert used <= definitions(files).keys()
    written_out = [value for value in (product.NAME, product.PACKAGE, *product.SUFFIXES, __version__) if value in text]
    assert written_out == []


def test_the_installer_script_is_well_formed() -> None:
    found = sections()
    settings = dict(line.split("=", 1) for line in found.pop("Setup"))
    assert settings["PrivilegesRequired"] == "lowest"
    assert settings["ChangesAssociations"] == "yes"
    assert "UninstallDelete" not in found, "what people made stays"
    for name, lines in found.items():
        for line in lines:
            entries = re.findall(r'(\w+): ((?:"(?:[^"]|"")*"|[^;"]+))(?:; |$)', line)
            assert "; ".join(f"{key}: {value}" for key, value in entries) == line, f"[{name}] {line}"
    for line in found["Registry"]:
        assert line.startswith("Root: HKA; "), "per person"
    tasks = {match[1] for line in found["Tasks"] if (match := re.match(r'Name: "(\w+)"', line))}
    used = {task for lines in found.values() for line in lines for task in re.findall(r"Tasks: (\w+)", line)}
    assert used == tasks


def test_json_is_offered_but_not_taken() -> None:
    taken = [line for line in sections()["Registry"] if r"Classes\.json" in line]
    assert len(taken) == 1
    assert r"Classes\.json\OpenWithProgids" in taken[0]
    assert "uninsdeletekey" not in taken[0], "the key is everybody's"


def test_installing_signs_only_where_there_is_a_certificate() -> None:
    script = (WINDOWS / "installer.iss").read_text(encoding="utf-8")
    assert re.search(r"^#ifdef Signed\n(?:.*\n)*SignTool=sign\n(?:.*\n)*#endif$", script, re.MULTILINE)
    build = (WINDOWS / "build.ps1").read_text(encoding="utf-8")
    assert build.index("if ($env:SIGN_CERTIFICATE)") < build.index("/DSigned")


@pytest.mark.parametrize("bracket", ["()", "{}", "[]"])
def test_the_powershell_script_has_its_brackets(bracket: str) -> None:
    code = re.sub(r"#.*|'[^'\n]*'", "", (WINDOWS / "build.ps1").read_text(encoding="utf-8"))
    assert code.count(bracket[0]) == code.count(bracket[1]) > 0


def test_the_version_resource_is_what_pyinstaller_evaluates(files: Path) -> None:
    class Node:
        def __init__(self, *values: Any, **named: Any) -> None:
            self.values, self.named = values, named

    text = (files / "version.txt").read_text(encoding="utf-8")
    called = {node.func.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}  # type: ignore[attr-defined]
    names = {
        "VSVersionInfo",
        "FixedFileInfo",
        "StringFileInfo",
        "StringTable",
        "StringStruct",
        "VarFileInfo",
        "VarStruct",
    }
    assert called == names
    resource = eval(text, dict.fromkeys(names, Node))
    assert len(resource.named["ffi"].named["filevers"]) == 4
    strings = dict(one.values for one in resource.named["kids"][0].values[0][0].values[1])
    assert (strings["ProductName"], strings["ProductVersion"]) == (product.NAME, __version__)


def test_the_icon_for_windows(files: Path) -> None:
    data = (files / "app.ico").read_bytes()
    _, kind, count = struct.unpack_from("<HHH", data)
    assert (kind, count) == (1, 9)
    sizes = []
    for place in range(6, 6 + 16 * count, 16):
        width, height, _, _, _, bits, length, offset = struct.unpack_from("<BBBBHHII", data, place)
        image = QImage.fromData(data[offset : offset + length], "PNG")
        assert (image.width() % 256, image.height() % 256, bits) == (width, height, 32)
        sizes.append(image.width())
    assert sizes[0] == 16
    assert sizes[-1] == 256
    assert offset + length == len(data)
    reader = QImageReader(str(files / "app.ico"))
    assert reader.imageCount() == count
    assert reader.size() == QSize(16, 16)


def test_the_icon_for_macos(files: Path) -> None:
    data = (files / "app.icns").read_bytes()
    assert data[:4] == b"icns"
    assert struct.unpack_from(">I", data, 4)[0] == len(data)
    place, sizes = 8, {}
    while place < len(data):
        kind, length = struct.unpack_from(">4sI", data, place)
        image = QImage.fromData(data[place + 8 : place + length], "PNG")
        assert not image.isNull()
        sizes[kind.decode()] = image.width()
        place += length
    assert place == len(data)
    assert sizes["ic09"] == 512
    assert sizes["ic10"] == 1024
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert middle.alpha() == 255, "something is drawn"


def test_macos_is_told_of_the_app_and_its_files(files: Path) -> None:
    info = plistlib.loads((files / "Info.plist").read_bytes())
    assert (info["CFBundleIdentifier"], info["CFBundleShortVersionString"]) == (product.APP_ID, __version__)
    assert re.fullmatch(r"\d+(\.\d+){0,2}", info["CFBundleVersion"])
    assert info["NSHighResolutionCapable"] is True
    exported = info["UTExportedTypeDeclarations"][0]
    assert exported["UTTypeIdentifier"] == product.UNIFORM_TYPE
    extensions = exported["UTTypeTagSpecification"]["public.filename-extension"]
    assert {f".{extension}" for extension in extensions} <= set(product.SUFFIXES)
    assert not [extension for extension in extensions if "." in extension], "it knows no others"
    ranks = {kind["LSItemContentTypes"][0]: kind["LSHandlerRank"] for kind in info["CFBundleDocumentTypes"]}
    assert ranks == {product.UNIFORM_TYPE: "Owner", "public.json": "Alternate"}


def test_the_entitlements_grant_little() -> None:
    granted = plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    assert granted == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


def test_the_disk_image_is_signed_only_where_there_is_an_identity() -> None:
    script = (MACOS / "build-dmg").read_text(encoding="utf-8")
    subprocess.run(["sh", "-n", MACOS / "build-dmg"], check=True)
    body = script[script.index('if [ -n "${CODESIGN_IDENTITY:-}" ]') :]
    assert "codesign" not in re.sub(r"^if .*?^fi$", "", body, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_finds_nothing_in_the_disk_image_script() -> None:
    subprocess.run(["shellcheck", MACOS / "build-dmg"], check=True, timeout=60)
