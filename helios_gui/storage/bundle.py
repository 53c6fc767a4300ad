"""The asset bundle: which files of a job's folder a worker needs, found before anything is sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from helios_gui.storage.ignore import IgnoreRules
from helios_gui.storage.left_out import notes_about_left_out, renders_page
from helios_gui.translation import tr
from helios_gui.types import JobSpec, UserInputError
from helios_gui.types.sequences import frame_files


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A file: relative path with ``/``, size in bytes, and what tells whether it has changed since."""

    path: str
    size: int
    mtime_ns: int
    inode: int
    executable: bool


@dataclass(frozen=True, slots=True)
class BundleScan:
    """What would be uploaded of ``folder``, in order of path; ``notes`` says in words what was passed over."""

    folder: Path
    files: tuple[BundleFile, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """What ``.heliosignore`` leaves out; folders, with all that is in them, end with ``/``."""

    @property
    def total_bytes(self) -> int:
        """The size of all files."""
        return sum(file.size for file in self.files)

    def source(self, file: BundleFile) -> Path:
        """Return where a file lies on this machine."""
        return self.folder / file.path


def scan_folder(
    folder: Path, ignore: IgnoreRules | None = None, check: Callable[[], None] = lambda: None
) -> BundleScan:
    """Look through ``folder``; blocking. ``check`` is called often and may raise to stop it.

    ``ignore`` defaults to the folder's ``.heliosignore``. Links to what lies in the folder are followed; others,
    and what is no file, are passed over with a note. Raises ``UserInputError`` where the folder cannot be read.
    """
    walk = _Walk(folder, ignore or IgnoreRules.load(folder), check)
    try:
        files = sorted(walk.files(folder, "", (os.path.realpath(folder),)), key=lambda file: file.path)
    except OSError as error:
        raise UserInputError(
            tr(
                "{filename} cannot be read: {reason}.",
                filename=error.filename or folder,
                reason=error.strerror or error,
            ),
            tr("Make it readable, or name it in .heliosignore."),
        ) from error
    return BundleScan(folder, tuple(files), tuple(walk.notes), tuple(walk.left_out))


def scan_job(spec: JobSpec, job_dir: Path, output: Path, check: Callable[[], None] = lambda: None) -> BundleScan:
    """Return the files of a job's folder that workers need.

    These are all but what the job itself makes, and what is ignored. Notes name what a page names and is ignored, and
    files that the job says it reads and that are not uploaded. Blocking.

    ``output`` is the finished video. Otherwise as ``scan_folder``.
    """
    chunks = [file for chunk in spec.chunks for file in frame_files(Path(chunk.output_file), chunk.frames)]
    found = scan_folder(job_dir, IgnoreRules.load(job_dir, [*chunks, output]), check)
    paths = [file.path for file in found.files]
    notes = list(_notes_about_inputs(spec, paths))
    if found.left_out and renders_page(spec):
        notes += notes_about_left_out(job_dir, paths, found.left_out, check)
    return replace(found, notes=(*found.notes, *notes))


def _notes_about_inputs(spec: JobSpec, uploaded: Iterable[str]) -> Iterator[str]:
    there = frozenset(uploaded)
    for name in spec.input_files or ():
        path = os.path.normpath(name).replace(os.sep, "/")
        if Path(path).is_absolute() or path.startswith("../"):
            yield tr("The job reads {path}, outside its folder; it is not uploaded.", path=name)
        elif path not in there:
            yield tr("The job reads {path}, which is not uploaded.", path=name)


class _Walk:
    def __init__(self, root: Path, ignore: IgnoreRules, check: Callable[[], None]) -> None:
        self._root = os.path.realpath(root)
        self._ignore = ignore
        self._check = check
        self.notes: list[str] = []
        self.left_out: list[str] = []

    def files(self, folder: Path, prefix: str, above: tuple[str, ...]) -> Iterator[BundleFile]:
        """Yield the files; ``above``: real paths of the folder and those it is in, to notice links in a circle."""
        self._check()
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = prefix + entry.name
                if not self._is_text(path) or (entry.is_symlink() and not self._may_follow(entry, path, above)):
                    continue
                if self._ignore.ignores(path, is_folder=entry.is_dir()):
                    if self._ignore.leaves_out(path, is_folder=entry.is_dir()):
                        self.left_out.append(f"{path}/" if entry.is_dir() else path)
                    continue
                if entry.is_dir():
                    inside = Path(folder, entry.name)
                    yield from self.files(inside, f"{path}/", (*above, os.path.realpath(inside)))
                elif entry.is_file():
                    yield _bundle_file(path, entry.stat(), Path(folder, entry.name))
                else:
                    self.notes.append(tr("{path} is not a file; it is not uploaded.", path=path))

    def _may_follow(self, entry: os.DirEntry[str], path: str, above: tuple[str, ...]) -> bool:
        real = os.path.realpath(entry.path)
        if self._ignore.ignores(path, is_folder=entry.is_dir()):
            return False
        if not Path(real).exists():
            self.notes.append(tr("{path} is a link to nothing; it is not uploaded.", path=path))
        elif os.path.commonpath([real, self._root]) != self._root:
            self.notes.append(
                tr("{path} is a link to {real}, outside the job's folder; it is not uploaded.", path=path, real=real)
            )
        elif real in above:
            self.notes.append(tr("{path} is a link to a folder it is in; it is not uploaded.", path=path))
        else:
            return True
        return False

    def _is_text(self, path: str) -> bool:
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            self.notes.append(tr("{path!a} is not a name in Unicode; it is not uploaded.", path=path))
            return False
        return True


def _bundle_file(path: str, found: os.stat_result, source: Path) -> BundleFile:
    # On Windows scandir's own numbers lack the inode.
    inode = found.st_ino or source.stat().st_ino
    executable = os.name != "nt" and bool(found.st_mode & stat.S_IXUSR)
    return BundleFile(path, found.st_size, found.st_mtime_ns, inode, executable)
