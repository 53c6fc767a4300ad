"""How a bundle is made: an environment of pinned packages, the licences of these, and PyInstaller."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

_REQUIREMENTS = HERE / "requirements.txt"


def make_environment(folder: Path) -> Path:
    """A virtual environment with the pinned packages, kept from build to build; returns its Python."""
    if sys.platform == "linux" and not shutil.which("objdump"):
        sys.exit("PyInstaller needs the program “objdump” (on Debian: the package “binutils”).")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = f"{sys.version}\n{hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()}\n"
    stamp = folder / "made-of"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print("Installing what the bundle is made of", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    subprocess.run([python, *install, "--requirement", _REQUIREMENTS], check=True)
    subprocess.run([python, "-m", "pip", "check"], check=True)  # that nothing is missing from the list
    stamp.write_text(wanted)
    return python


def collect_licences(python: Path, folder: Path) -> None:
    """Put the licences of all that is bundled, and the list of it, where they are bundled from."""
    legal = ROOT / "packaging/legal"
    subprocess.run([python, legal / "collect", "--output", folder], check=True)
    subprocess.run([python, legal / "sbom", "--output", folder / "bill-of-materials.cdx.json"], check=True)


def freeze(python: Path, recipe: Path, target: Path, work: Path) -> None:
    """Run PyInstaller on a recipe or script; what it made in ``target`` before is replaced."""
    work.mkdir(parents=True, exist_ok=True)
    arguments = ["--noconfirm", "--log-level", "WARN", "--distpath", target, "--workpath", work]
    if recipe.suffix != ".spec":
        arguments += ["--specpath", work]
    # Without it, sets of names are stored in another order each time.
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run([python, "-m", "PyInstaller", *arguments, recipe], env=environment, cwd=work, check=True)
