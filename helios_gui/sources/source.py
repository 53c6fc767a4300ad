"""A kind of source: how a file that is no job file is read, and which job comes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, TypeVar

from helios_gui.translation import tr
from helios_gui.types import JobSpec, UserInputError

Report = Callable[[str], None]
"""Is called with each line that a source's program prints while it is read."""


class UnknownDurationError(UserInputError):
    """Neither the source nor the person says how long the video is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a source says about itself; ``None`` where it says nothing. Kinds add what only they know.

    Attributes:
        width: Pixels.
        height: Pixels.
        fps: Frames per second.
        seconds: Length of the video, of a source that does not count frames.
        first_frame: The number of the first frame.
        frames: Number of frames.
        frame_list: The frames as a list, where some between the first and the last one are not there.
        notes: Sentences about what will not be as the source has it.
        missing: Files that the source names and that are not there.
    """

    width: int | None = None
    height: int | None = None
    fps: Fraction | None = None
    seconds: Fraction | None = None
    first_frame: int = 0
    frames: int | None = None
    frame_list: str = ""
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A source to be rendered; ``None`` and empty texts stand for what the source says, or the default.

    Attributes:
        source: The file.
        job: The job file, in whose folder chunks and video are made; by default beside the source, named after it.
        first_frame: The number of the first frame.
        frames: Number of frames.
        seconds: Length of the video, instead of ``frames``.
        frame_list: A frame list such as ``1-20,40,60-90x2``, instead of all three.
        fps: Frames per second.
        width: Of the source's pixels.
        height: Of the source's pixels.
        output: The video, relative to the job's folder; it may have tokens (see ``name_tokens``).
        number_output: Whether a number is put behind ``output`` where there is a file of that name.
        profile: The profile that the job is meant for, for the name of the output.
        tokens: Further tokens for the name of the output, and what they stand for.
        chunk_size: Frames per chunk.
        processors: How many processors the automatic chunk size reckons with.
    """

    source: Path
    job: Path | None = None
    first_frame: int | None = None
    frames: int | None = None
    seconds: Fraction | None = None
    frame_list: str = ""
    fps: Fraction | None = None
    width: int | None = None
    height: int | None = None
    output: str = ""
    number_output: bool = False
    profile: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    chunk_size: int | None = None
    processors: int = 1


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """A format that a source can be rendered to.

    Attributes:
        name: Unique among those of the kind.
        label: For people, in their language.
        suffix: Of the output, with the dot.
        changes: Fields of the kind's request and their values.
    """

    name: str
    label: str
    suffix: str
    changes: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceField:
    """A field of a kind's own request that a person may choose: one of ``options``, else a number.

    Attributes:
        name: Of the request's field.
        label: For people, in their language.
        is_shown: Whether there is something to choose.
        options: Values and what they are called, the usual one first.
        usual: The number that ``None`` stands for.
        most: The largest number.
        suffix: Behind the number.
        resets: Fields of the request whose values belong to that of this one: when it changes, they are left open.
        instead_of: Fields that say the same in another way: only one of them is given.
        is_minor: Whether few sources need it, so that it stands below all others.
    """

    name: str
    label: str
    is_shown: bool = True
    options: tuple[tuple[str, str], ...] = ()
    usual: int = 1
    most: int = 2**31 - 1
    suffix: str = ""
    resets: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    is_minor: bool = False


Request = TypeVar("Request", bound=JobRequest)
Facts = TypeVar("Facts", bound=SourceFacts)


class SourceKind(ABC, Generic[Request, Facts]):
    """Reads the files of one kind, plans their jobs and shows single frames of them."""

    request_type: type[Request]
    """What a person may want of such a source: ``JobRequest`` with what only this kind has."""

    trial_frames = 30
    """Frames that are rendered at most to see how long they take; few where one may take minutes."""

    @property
    @abstractmethod
    def reading(self) -> str:
        """One sentence for people: what happens while a source is read."""

    def title(self, source: Path) -> str:
        """Return what the job of a source is called, and by default its result."""
        return source.stem

    def formats(self, facts: Facts) -> Sequence[SourceFormat]:
        """Return what the source can be rendered to, the usual one first; none where there is no choice."""
        return ()

    def own_fields(self, request: Request, facts: Facts) -> Sequence[SourceField]:
        """Return what a person may choose of such sources besides; always the same fields in the same order."""
        return ()

    def facts_of(self, request: Request, facts: Facts) -> Facts:
        """Return what the part of the source says that is wanted, such as one of several scenes.

        Raises:
            UserInputError: There is no such part.
        """
        return facts

    def with_values(self, request: Request, values: Sequence[tuple[str, str]]) -> Request:
        """Return the request with values that a person set by their names.

        Raises:
            UserInputError: There is no such name, or the value is none for it.
        """
        names = ", ".join(name for name, _ in values)
        raise UserInputError(
            tr("{source} has nothing named {names} to set.", source=request.source.name, names=names),
            tr("Leave out --set."),
        )

    def notes(self, request: Request, facts: Facts, job: Path) -> Sequence[str]:
        """Return sentences about what will not be as the source has it.

        Args:
            request: What is wanted.
            facts: What the source says about itself.
            job: Where the job file will be.
        """
        return facts.notes

    @abstractmethod
    async def read(self, request: Request, report: Report) -> Facts:
        """Read the source, and return what it says about itself.

        Args:
            request: The source and how it is shown.
            report: Is called with each line that is printed meanwhile.

        Raises:
            UserInputError: There is no such file, or a program that reads it is missing.
            HeliosError: It cannot be read.
        """

    @abstractmethod
    def plan(self, request: Request, facts: Facts, job: Path) -> JobSpec:
        """Plan the job. It reads the disk, and writes nothing.

        Args:
            request: What is wanted.
            facts: What the source says about itself.
            job: Where the job file will be; paths in the job are relative to its folder.

        Raises:
            UnknownDurationError: It is not known how long the video is.
            UserInputError: Something asked for is not possible.
        """

    @abstractmethod
    async def still(self, request: Request, facts: Facts, frame: int, picture: Path, report: Report) -> None:
        """Render one frame to a PNG picture.

        Args:
            request: The source and how it is shown.
            facts: What the source says about itself.
            frame: The number of the frame, as in the job.
            picture: The file to write.
            report: Is called with each line that is printed meanwhile.

        Raises:
            HeliosError: It cannot be rendered.
        """


AnyKind = SourceKind[Any, Any]
