"""A Debian as it is right after its installation, in a folder: made from this machine's own package sources."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

RELEASE = "bookworm"
"""Debian 12."""

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

_CHANGES_BY_NATURE = re.compile(
    r"(dev|home|proc|run|sys|tmp|shared)(/|$)"
    r"|var/(log|cache/(apt|debconf|fontconfig|ldconfig|man)|lib/apt|lib/dpkg/(status|available|lock|triggers)|tmp)"
    r"|var/lib/dpkg/(.*-old|info/(format|.*\.(triggers|list|md5sums)))$"
    r"|etc/\.pwd\.lock|root/\.cache"
)
"""What using apt, or as root any program with a window, changes: no residue of a package."""


class RootError(Exception):
    """The root cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One of Debian's archives that this machine uses."""

    address: str
    release: str
    component: str


class CleanRoot:
    """The Debian in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, cache: Path | None) -> str:
        """Install it, or unpack it from the cache; leaves it there. Returns which. Raises ``RootError``."""
        if cache is not None and cache.is_file():
            _run("tar", "-C", str(self.folder), "-xf", str(cache))
            self.run("apt-get", "update")
            return f"unpacked from {cache}"
        sources = debian_sources()
        main = next(source for source in sources if source.release == RELEASE and source.component == "main")
        command = ("debootstrap", "--variant=minbase", f"--keyring={KEYRING}", RELEASE, str(self.folder), main.address)
        _run(*command)
        self._configure(sources)
        self.run("apt-get", "update")
        if cache is not None:
            _keep(self.folder, cache)
        return "installed by debootstrap"

    def run(self, *command: str, user: str = "root", **environment: str) -> str:
        """What a command says inside; raises ``RootError`` with all of it when the command fails."""
        home = "/root" if user == "root" else f"/home/{user}"
        names = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LANG": "C.UTF-8", **environment}
        inside = ["chroot", f"--userspec={user}:", str(self.folder), *command]
        return _run(*inside, environment={"DEBIAN_FRONTEND": "noninteractive", **names})

    def apt(self, action: str, *words: str) -> str:
        """``apt-get`` without questions and without what is only recommended."""
        options = ("--yes", "--quiet", "--no-install-recommends", "-o", "APT::Sandbox::User=root")
        return self.run("apt-get", action, *options, *words)

    def files(self) -> dict[str, str]:
        """What there is, by path: kind, owner and mode, and the content's digest or the link's target."""
        found: dict[str, str] = {}
        for parent, folders, names in os.walk(self.folder):
            inside = os.path.relpath(parent, self.folder)
            folders[:] = [name for name in folders if not _is_nature(os.path.normpath(f"{inside}/{name}"))]
            for name in (*folders, *names):
                path = os.path.normpath(f"{inside}/{name}")
                if not _is_nature(path):
                    found[path] = _describe(self.folder / path)
        return found

    def _configure(self, sources: list[Source]) -> None:
        """The machine's own way to the archives: sources, settings, trust, name servers."""
        apt = self.folder / "etc/apt"
        lines = (f"deb {source.address} {source.release} {source.component}\n" for source in sources)
        (apt / "sources.list").write_text("".join(dict.fromkeys(lines)), encoding="utf-8")
        settings = re.findall(r"^Acquire::(?!IndexTargets|Changelogs).*$", _run("apt-config", "dump"), re.MULTILINE)
        (apt / "apt.conf.d/99machine").write_text("\n".join([*settings, 'Acquire::Languages "none";', ""]))
        for file in (_CERTIFICATES, "/etc/resolv.conf", "/etc/hosts"):
            if Path(file).is_file():
                target = self.folder / file.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def debian_sources() -> list[Source]:
    """Where this machine gets Debian from, as apt itself tells it. Raises ``RootError`` if it does not."""
    fields = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    told = _run("apt-get", "indextargets", "--format", fields, "Created-By: Packages")
    rows = (line.split("|") for line in told.splitlines())
    sources = [Source(*row[1:]) for row in rows if row[0] == "Debian" and row[2].startswith(RELEASE)]
    if not any(source.release == RELEASE for source in sources):
        raise RootError(f"apt knows no archive of Debian {RELEASE} here (apt-get update may help)")
    return sources


def default_cache() -> Path:
    """Where a made root is kept for the next time, among this person's caches."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "helios-render-manager" / f"debian-{RELEASE}.tar"


def residue(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What a package left behind or changed, one line each."""
    changed = [f"changed: {path}" for path in sorted(before.keys() & after.keys()) if before[path] != after[path]]
    new = [f"left: {path}" for path in sorted(after.keys() - before.keys())]
    return [*new, *(f"gone: {path}" for path in sorted(before.keys() - after.keys())), *changed]


def _keep(folder: Path, cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache.parent, delete=False) as file:
        part = Path(file.name)
    _run(
        "tar", "-C", str(folder), "--one-file-system", "--exclude=./proc/*", "--exclude=./sys/*", "-cf", str(part), "."
    )
    part.replace(cache)


def _is_nature(path: str) -> bool:
    return _CHANGES_BY_NATURE.match(path) is not None


def _describe(path: Path) -> str:
    status = path.lstat()
    kind = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
    if stat.S_ISLNK(status.st_mode):
        return f"{kind} {path.readlink()}"
    if stat.S_ISREG(status.st_mode):
        return f"{kind} {sha256(path.read_bytes()).hexdigest()}"
    return kind


def _run(*command: str, environment: Mapping[str, str] | None = None) -> str:
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise RootError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
