"""An asset bundle's manifest: which file has which content, by SHA-256."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from helios_gui.translation import tr
from helios_gui.types import FailureKind, StorageError
from helios_gui.utils.model_problems import dotted, problem_in_words

_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_PATH = 4096
_DROPPED = re.compile(r"[. ](?:/|\Z)")


def blob_key(sha256: str) -> str:
    """Return where the content with that SHA-256 lies in storage."""
    return f"blobs/{sha256[:2]}/{sha256}"


def manifest_key(job_id: str) -> str:
    """Return where a job's manifest lies in storage."""
    return f"jobs/{job_id}/manifest.json"


def check_path(path: str) -> str:
    """Return ``path`` if it stays below the folder it is put in, on any system. Raises ``ValueError`` if not."""
    if not path or len(path) > _LONGEST_PATH:
        raise ValueError(tr("is empty or too long"))
    if path.startswith("/") or _DRIVE.match(path):
        raise ValueError(tr("is not relative to the job's folder"))
    if "\\" in path:
        raise ValueError(tr("holds a backslash, which separates folders on Windows"))
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise ValueError(tr("holds a control character"))
    if any(not part.strip(". ") for part in path.split("/")):  # Windows drops dots and spaces at the end of names
        raise ValueError(tr("has an empty part, or one of dots or spaces only"))
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(tr("is not Unicode text")) from None
    return path


class ManifestFile(BaseModel):
    """A file: where it belongs (relative, with ``/``), its size in bytes, its SHA-256, ``mode`` if executable."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    path: Annotated[str, AfterValidator(check_path)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]
    mode: Literal["755"] | None = None

    @classmethod
    def of(cls, path: str, size: int, sha256: str, *, executable: bool = False) -> Self:
        """Make a file by its facts. Raises ``ValidationError``."""
        return cls(path=path, size=size, sha256=sha256, mode="755" if executable else None)

    @property
    def executable(self) -> bool:
        """Whether the file is a program."""
        return self.mode is not None

    @property
    def blob_key(self) -> str:
        """Where its content lies in storage."""
        return blob_key(self.sha256)


class Manifest(BaseModel):
    """All files of a bundle. No two of them can get in each other's way, on any file system."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    version: Literal[1] = 1
    files: tuple[ManifestFile, ...] = ()

    @model_validator(mode="after")
    def _no_clashes(self) -> Self:
        clash = find_clash(file.path for file in self.files)
        if clash:
            first, second = clash
            raise ValueError(
                tr('"{first}" and "{second}" are the same file on some systems', first=first, second=second)
            )
        return self

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read a manifest. Raises ``StorageError`` naming what is wrong with it."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise bad_manifest(error) from error

    def to_json(self) -> bytes:
        """Return the manifest as it is stored."""
        return self.model_dump_json(exclude_none=True).encode()

    @property
    def blobs(self) -> dict[str, int]:
        """The distinct contents: SHA-256 and size."""
        return {file.sha256: file.size for file in self.files}


def find_clash(paths: Iterable[str]) -> tuple[str, str] | None:
    """Return two paths that cannot both be files: equal but for case or composition, or one the other's folder."""
    files: dict[str, str] = {}
    for path in paths:
        folded = _folded(path)
        if folded in files:
            return files[folded], path
        files[folded] = path
    for folded, path in files.items():
        folder, slash, _ = folded.rpartition("/")
        while slash:
            if folder in files:
                return files[folder], path
            folder, slash, _ = folder.rpartition("/")
    return None


def bad_manifest(error: ValidationError) -> StorageError:
    """Return why a bundle cannot be described by a manifest, in words: the first few problems."""
    problems = [_problem(detail) for detail in error.errors()[:3]]
    return StorageError(
        tr("The asset bundle cannot be used: {problems}.", problems="; ".join(problems)),
        tr("Rename the files, or name them in .heliosignore."),
        kind=FailureKind.FATAL,
    )


def _problem(detail: ErrorDetails) -> str:
    words, location = problem_in_words(detail), detail["loc"]
    if location and location[-1] == "path":
        return tr("the path {value!r:.200} {words}", value=detail["input"], words=words)
    return f"{dotted(location)}: {words}" if location else words


def _folded(path: str) -> str:
    """Return a text that is equal for paths which a file system without letter case or composition cannot tell apart.

    Windows drops dots and spaces at the end of names.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    return "/".join(part.rstrip(". ") for part in folded.split("/")) if _DROPPED.search(folded) else folded
