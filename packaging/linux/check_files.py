"""A package's files, looked at by the tools that Debian and the desktops look at them with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from helios_gui import product

ROOT = Path(__file__).resolve().parents[2]


class CheckError(Exception):
    """The package is not as it should be; the message says how."""


class FilesCheck:
    """The checks that need nothing installed. ``shared`` is a folder to work in; ``tree`` gets the unpacked package."""

    def __init__(self, package: Path, shared: Path) -> None:
        self._package = package
        self.tree = shared / "tree"
        self._work = shared / "files"
        self._work.mkdir()

    def checks(self) -> dict[str, Callable[[], str]]:
        """By name, in order; each tells what it found, or raises ``CheckError``."""
        return {
            "desktop entry": self._validate_entry,
            "metainfo": self._validate_metainfo,
            "job files by name and content": self._recognise,
            "manual page": self._read_manual,
            "lintian": self._lint,
        }

    def unpack(self) -> str:
        """Into ``tree``; everything must be root's, and nothing may run on installing. Raises ``CheckError``."""
        _run("dpkg-deb", "--raw-extract", self._package, self.tree)
        listing = _run("dpkg-deb", "--contents", self._package).splitlines()
        owners = {line.split()[1] for line in listing}
        writable = [line for line in listing if line[0] != "l" and "w" in (line[5], line[8])]
        if owners != {"root/root"} or writable:
            raise CheckError(f"owners {owners}, writable by others: {writable[:5]}")
        scripts = {path.name for path in (self.tree / "DEBIAN").iterdir()} - {"control", "md5sums"}
        if scripts:
            raise CheckError(f"maintainer scripts that nobody expected: {scripts}")
        return f"{len(listing)} files, {self._package.stat().st_size / 1e6:.0f} MB packed"

    def _validate_entry(self) -> str:
        _run("desktop-file-validate", self.tree / f"usr/share/applications/{product.PACKAGE}.desktop")
        return "valid"

    def _validate_metainfo(self) -> str:
        path = self.tree / f"usr/share/metainfo/{product.APP_ID}.metainfo.xml"
        return _run("appstreamcli", "validate", "--no-net", path).splitlines()[-1]

    def _recognise(self) -> str:
        """By this machine's types and the package's; a job by its content whatever it is called."""
        database = self._work / "data/mime"
        shutil.copytree("/usr/share/mime/packages", database / "packages")
        shutil.copy(self.tree / f"usr/share/mime/packages/{product.PACKAGE}.xml", database / "packages")
        _run("xmllint", "--noout", database / f"packages/{product.PACKAGE}.xml")
        subprocess.run(["update-mime-database", database], capture_output=True, check=True)
        for path, wanted in self._samples().items():
            environment = {**os.environ, "XDG_DATA_DIRS": str(database.parent), "XDG_DATA_HOME": "/nowhere"}
            told = _run("gio", "info", "--attributes=standard::content-type", path, environment=environment)
            kind = told.strip().rpartition(" ")[2]
            if kind != wanted:
                raise CheckError(f"{path.name} with {path.read_text()[:60]!r}… is taken for {kind}, not {wanted}")
        return product.MIME_TYPE

    def _samples(self) -> dict[Path, str]:
        folder = self._work / "samples"
        (folder / "plain").mkdir(parents=True)
        job = json.loads((ROOT / "tests/fixtures/emitted-job.json").read_text())
        plain = json.dumps({"name": "a package", "version": "1.0", "chunks": {}})
        samples = {
            "job.json": (json.dumps(job), product.MIME_TYPE),
            "indented.json": (json.dumps(job, indent=4), product.MIME_TYPE),
            "plain/job.json": (plain, "application/json"),
            "package.json": (plain, "application/json"),
            "list.json": ("[1, 2, 3]", "application/json"),
            **{f"new{suffix}": ("{}", product.MIME_TYPE) for suffix in product.SUFFIXES},
        }
        for name, (text, _) in samples.items():
            (folder / name).write_text(text)
        return {folder / name: kind for name, (_, kind) in samples.items()}

    def _read_manual(self) -> str:
        page = self.tree / f"usr/share/man/man1/{product.COMMAND}.1.gz"
        environment = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["man", "--warnings", "--local-file", page], env=environment, capture_output=True, text=True, check=True
        )
        if done.stderr:
            raise CheckError(done.stderr)
        return re.sub(r"\s+", " ", done.stdout.strip().splitlines()[0])

    def _lint(self) -> str:
        """Errors and warnings fail; what is overridden, and why, is in ``lintian-overrides``."""
        command = ["lintian", "--allow-root", "--fail-on", "error,warning", self._package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or "unused-override" in done.stdout:
            raise CheckError(f"\n{done.stdout}{done.stderr}")
        return "no error, no warning"


def _run(*command: str | Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CheckError(f"{command[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
