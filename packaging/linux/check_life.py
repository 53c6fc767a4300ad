"""A package's life on somebody's computer: installed, used, upgraded, removed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from check_files import CheckError
from clean_root import CleanRoot, residue

from helios_gui import product

ROOT = Path(__file__).resolve().parents[2]
PERSON = "artist"
DESKTOP = ("desktop-file-utils", "gtk-update-icon-cache", "hicolor-icon-theme", "libglib2.0-bin", "shared-mime-info")
"""What every desktop has, and what keeps the caches that the package's files go into."""


class LifeCheck:
    """The checks in a clean root, of a package that is also unpacked in ``tree``.

    ``exchange`` becomes a folder that programs inside see at the same place.
    """

    def __init__(self, root: CleanRoot, package: Path, tree: Path, exchange: Path, picture: Path | None) -> None:
        self._root = root
        self._package = package
        self._tree = tree
        self._exchange = exchange
        self._picture = picture
        self._before: dict[str, str] = {}
        self._queue = ""

    def checks(self) -> dict[str, Callable[[], str]]:
        """By name, in order; each tells what it found, or raises ``CheckError``."""
        return {
            "dependencies": self._install_dependencies,
            "installation": self._install,
            "desktop integration": self._look_at_desktop,
            "a person's first job": self._use,
            "everything else, and the window": self._smoke,
            "upgrade": self._upgrade,
            "removal": self._remove,
        }

    def _install_dependencies(self) -> str:
        """What the package names is all that it gets; and apt can find it all."""
        self._mount()
        depends = _field(self._package, "Depends")
        told = self._root.apt("satisfy", f"{depends}, {', '.join(DESKTOP)}")
        self._root.apt("clean")
        self._root.run("useradd", "--create-home", "--shell", "/bin/sh", PERSON)
        self._before = self._root.files()
        return f"{_newly_installed(told)} packages for {len(depends.split(','))} dependencies"

    def _install(self) -> str:
        copy = Path(shutil.copy(self._package, self._exchange))
        told = self._root.apt("install", str(copy))
        copy.unlink()
        if _newly_installed(told) != 1:
            raise CheckError(f"it needs more than its dependencies:\n{told}")
        self._root.run("dpkg", "--verify", product.PACKAGE)
        return self._root.run(product.COMMAND, "--version", user=PERSON).strip()

    def _look_at_desktop(self) -> str:
        """The triggers have run: the desktop knows the type, what opens it, and the icon."""
        opens = self._root.run("gio", "mime", product.MIME_TYPE, user=PERSON)
        if f"{product.PACKAGE}.desktop" not in opens.splitlines()[0]:
            raise CheckError(f"job files are opened by: {opens}")
        icons = self._root.folder / "usr/share/icons/hicolor/icon-theme.cache"
        if product.PACKAGE.encode() not in icons.read_bytes():
            raise CheckError("the icon is not in the theme's cache")
        return opens.splitlines()[0]

    def _use(self) -> str:
        """A render begun and left, as an ordinary person: what the queue says then must survive the upgrade."""
        job = self._root.run(product.COMMAND, "example", f"/home/{PERSON}/card", user=PERSON).strip()
        begun = ("render", job, "--trust", "--chunk", "0", "--chunk", "7", "--no-merge", "--json")
        self._root.run(product.COMMAND, *begun, user=PERSON)
        self._queue = self._jobs()
        return ", ".join(f"{entry['name']}: {entry['state']}" for entry in json.loads(self._queue))

    def _smoke(self) -> str:
        """What the bundle's own smoke test does, through the installed command, in here."""
        program = ("chroot", str(self._root.folder), f"/usr/bin/{product.COMMAND}")
        environment = {**os.environ, "TMPDIR": str(self._exchange)}
        if self._picture:
            environment["SMOKE_PICTURE"] = str(self._picture.resolve())
        command = [sys.executable, ROOT / "packaging/bundle/smoke.py", *program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CheckError(f"\n{done.stdout}{done.stderr}")
        return "\n        " + done.stdout.strip().replace("\n", "\n        ")

    def _upgrade(self) -> str:
        newer = self._newer_package()
        self._root.apt("install", str(newer))
        version = self._root.run("dpkg-query", "--show", "--showformat=${Version}", product.PACKAGE)
        if version != _field(newer, "Version"):
            raise CheckError(f"version {version} is installed after the upgrade")
        self._root.run("dpkg", "--verify", product.PACKAGE)
        if self._jobs() != self._queue:
            raise CheckError(f"the queue was {self._queue} and is {self._jobs()}")
        newer.unlink()
        return f"{_field(self._package, 'Version')} to {version}; the queue is as it was"

    def _remove(self) -> str:
        """``remove`` leaves nothing for ``purge`` to do: the package configures nothing for everybody."""
        home = self._root.folder / "home" / PERSON
        own = sorted(path.relative_to(home) for path in home.rglob("*") if path.is_file())
        self._root.apt("remove", product.PACKAGE)
        self._root.run("dpkg", "--purge", product.PACKAGE)
        left = residue(self._before, self._root.files())
        if left:
            raise CheckError("\n" + "\n".join(left))
        kept = sorted(path.relative_to(home) for path in home.rglob("*") if path.is_file())
        if kept != own or not own:
            raise CheckError(f"a person's own files: {own}, afterwards {kept}")
        return f"nothing left of {len(self._before)} files compared; a person's own {len(kept)} are untouched"

    def _mount(self) -> None:
        """What programs need to find: processes, shared memory, and the folder that both sides see."""
        self._exchange.mkdir()
        inside = self._root.folder / self._exchange.relative_to("/")
        inside.mkdir(parents=True)
        subprocess.run(["mount", "--types", "proc", "proc", self._root.folder / "proc"], check=True)
        subprocess.run(["mount", "--bind", self._exchange, inside], check=True)
        memory = self._root.folder / "dev/shm"
        memory.mkdir(exist_ok=True)
        memory.chmod(0o1777)

    def _newer_package(self) -> Path:
        """The same files with a higher version, packed without compression, which is quick."""
        newer = self._exchange / "newer.deb"
        control = self._tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: .*", r"\g<0>+upgrade1", control.read_text()))
        pack = ("dpkg-deb", "--root-owner-group", "-Znone", "--build", str(self._tree), str(newer))
        subprocess.run(pack, stdout=subprocess.DEVNULL, check=True)
        return newer

    def _jobs(self) -> str:
        return self._root.run(product.COMMAND, "jobs", "--json", user=PERSON)


def _field(package: Path, name: str) -> str:
    command = ["dpkg-deb", "--field", package, name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _newly_installed(told: str) -> int:
    found = re.search(r"(\d+) newly installed", told)
    return int(found[1]) if found else 0
