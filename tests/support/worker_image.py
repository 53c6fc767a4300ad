"""The worker's image as far as it can be had without building it: its files, programs, environment and start.

What the Dockerfile copies lies at its place, nothing else of the project; of this machine's packages there are those
that ``requirements.txt`` brings; the root is read-only but for ``/tmp``, and the user nobody (see ``jail``). Debian's
part, so the browser and the fonts, is this machine's. Where no jail can be made, the same files are started in the
same way with the same environment, and see the whole machine.
"""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import imageio_ffmpeg
from packaging.requirements import Requirement

from helios_gui.web.browser import BROWSER_VARIABLE
from tests.support.browsers import require_browser
from tests.support.dockerfile import DOCKERFILE, ROOT, copies_of, environment_of, read_stages, start_of, with_bases
from tests.support.jail import jail_command, why_no_jail

_PLACE = "/opt/helios"
_PYTHON = "/opt/worker-python"
_PACKAGES = "/opt/worker-packages"


@dataclass(frozen=True, slots=True)
class WorkerImage:
    """An image, with its files in ``folder``; ``target`` is the Dockerfile's, ``extra`` is set in the environment."""

    folder: Path
    target: str
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a container has in its environment, before its cloud adds to it."""
        stages = with_bases(read_stages(DOCKERFILE.read_text(encoding="utf-8")), self.target)
        made = {
            "PATH": f"{_PYTHON}/bin:/usr/local/bin:/usr/bin:/bin",
            **environment_of(stages),
            BROWSER_VARIABLE: str(require_browser()),  # this machine's
        }
        if why_no_jail():
            programs = f"{sys.prefix}/bin:{self.folder / 'python' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
            made |= {"PATH": programs, "PYTHONPATH": str(self.folder / "helios")}
        return {**made, **self.extra}

    def command(self, tmp: Path, *arguments: str) -> list[str]:
        """Return the command of a container.

        Args:
            tmp: An empty folder for its ``/tmp``.
            arguments: What is started instead of the image's own.
        """
        stages = with_bases(read_stages(DOCKERFILE.read_text(encoding="utf-8")), self.target)
        start = list(arguments) or start_of(stages)
        if why_no_jail():
            return ["env", f"TMPDIR={tmp}", *start]
        folder = next(where for stage in reversed(stages) for where in stage.all("WORKDIR"))
        binds = [
            (self.folder / "helios", _PLACE),
            (self.folder / "python", _PYTHON),
            (_packages(), _PACKAGES),
        ]
        if sys.base_prefix not in ("/usr", "/usr/local"):
            binds.append((Path(sys.base_prefix), sys.base_prefix))
        return jail_command(start, tmp, folder, binds)


def lay_out(folder: Path) -> None:
    """Put the files of the image into a folder: what is copied from the project, and a Python with its packages."""
    stages = read_stages(DOCKERFILE.read_text(encoding="utf-8"))
    for source, target in copies_of(with_bases(stages, "lambda")):
        place = folder / "helios" / Path(target).relative_to(_PLACE)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place)
    _lay_out_python(folder / "python")


def _packages() -> Path:
    return Path(sysconfig.get_path("purelib")).resolve()


def _lay_out_python(folder: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    home = Path(sys.base_prefix, "bin")
    (folder / "bin" / "python").symlink_to(home / version)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n", encoding="utf-8")
    for name in _top_level_names():
        (packages / name).symlink_to(Path(_PACKAGES, name))
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve()
    (folder / "bin" / "ffmpeg").symlink_to(Path(_PACKAGES, ffmpeg.relative_to(_packages())))


def _top_level_names() -> set[str]:
    """Return what of this machine's packages lies in the image's folder of packages."""
    lines = (ROOT / "packaging/worker/requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    seen: set[str] = set()
    names: set[str] = set()
    while asked:
        wanted = asked.pop()
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        names.update(path.parts[0] for path in found.files or () if path.parts[0] not in ("..", "__pycache__"))
        asked.extend(_needed_by(found.requires or [], wanted.extras))
    return names


def _needed_by(lines: list[str], extras: set[str]) -> Iterator[Requirement]:
    for line in lines:
        needed = Requirement(line)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if needed.marker is None or any(needed.marker.evaluate(one) for one in environments):
            yield needed
