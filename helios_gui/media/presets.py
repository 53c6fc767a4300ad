"""Presets: files that say how pictures and sound are encoded, under a name.

They are TOML files of this form (``resources/presets`` has examples)::

    title = "H.265"
    kinds = ["video"]                        # what it is for: video, page, blend (a page has 8 bits for each colour)
    suffixes = [".mp4", ".mov"]              # of the files it makes, the usual one first
    [description]                            # by language; "en" has to be there
    en = "Half the size of H.264."
    [video]
    encoder = "libx265"                      # FFmpeg's name
    pixel_formats = ["yuv420p", "yuv420p10le"]  # FFmpeg's names; the first that holds all of the source is taken
    tag = "hvc1"                             # four letters that name the codec in MP4 and QuickTime files
    [video.options]                          # of the encoder
    crf = 20
    [video.transparent]                      # optional: instead of these, where the source is transparent
    pixel_formats = ["yuva420p"]
    [audio]
    encoder = "aac"                          # for a video's sound that the file does not hold as it is
    bit_rate = 96                            # kbit/s for each channel; without it, the encoder's usual one
    [blend]                                  # optional: Blender renders no more than this, whatever the scene says
    samples = 16                             # for each pixel, of Cycles and EEVEE
    percent = 50                             # of the scene's resolution

Where ``suffixes`` are those of pictures, such as ``[".png"]``, the frames themselves are the result: such a preset has
no ``video`` and no ``audio``, and ``"video"`` is none of its ``kinds``. The frames of pages are PNG pictures.

The name of the file, without ``.toml``, is the preset's. Later folders go before earlier ones: those that come with the
program, the person's own, and ``presets`` in the folder of the job.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from helios_gui.media.encoder_files import names_files
from helios_gui.media.toml_mistakes import toml_mistake_in
from helios_gui.resources import resource_path
from helios_gui.translation import SOURCE_LANGUAGE, language, tr
from helios_gui.types import UserInputError
from helios_gui.types.sequences import PICTURE_SUFFIXES
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.model_problems import problems_in_words

PresetKind = Literal["video", "page", "blend"]

JOB_PRESETS = "presets"
"""The folder with a job's own presets, in the job's folder."""

_NAME = re.compile(r"[\w][\w .+-]*")
_LARGEST_FILE = 64 * 1024

Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]
Suffix = Annotated[str, Field(pattern=r"^\.[a-z0-9]{1,8}$")]
Text = Annotated[str, Field(min_length=1, max_length=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _without_files(options: Mapping[str, str | int | float]) -> Mapping[str, str | int | float]:
    for name, value in options.items():
        if names_files(name, value):
            raise ValueError(tr("{name} names a file; an encoder gets the frames, and nothing else", name=name))
    return options


Options = Annotated[Mapping[Word, str | int | float], AfterValidator(_without_files)]


class TransparentVideo(_Strict):
    """What is different where the source is transparent. Options are added to the usual ones."""

    pixel_formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    options: Options = {}


class PresetVideo(_Strict):
    """How pictures are encoded; names are FFmpeg's."""

    encoder: Word
    pixel_formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    options: Options = {}
    tag: Annotated[str, Field(pattern=r"^[ -~]{4}$")] | None = None
    transparent: TransparentVideo | None = None


class PresetAudio(_Strict):
    """How sound is encoded where it cannot be copied; ``bit_rate`` is in kbit/s for each channel."""

    encoder: Word
    bit_rate: Annotated[int, Field(ge=6, le=1_000)] | None = None


class PresetBlend(_Strict):
    """What is rendered of a Blender file at most, whatever its scene says."""

    samples: Annotated[int, Field(ge=1, le=2**24)] | None = None
    percent: Annotated[int, Field(ge=1, le=32_767)] | None = None


class Preset(_Strict):
    """One preset. ``name`` comes from its file's name. Those whose result are pictures have no video and no audio."""

    name: Annotated[str, Field(max_length=100)]
    title: Text
    kinds: Annotated[tuple[PresetKind, ...], Field(min_length=1)] = ("video",)
    suffixes: Annotated[tuple[Suffix, ...], Field(min_length=1)]
    description: Mapping[str, Text]
    video: PresetVideo | None = None
    audio: PresetAudio | None = None
    blend: PresetBlend = PresetBlend()

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(tr("“{name}” is no name for a preset", name=name))
        return name

    @field_validator("description")
    @classmethod
    def _in_english(cls, texts: Mapping[str, str]) -> Mapping[str, str]:
        if SOURCE_LANGUAGE not in texts:
            raise ValueError(tr("the description in English is missing"))
        return texts

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.makes_pictures:
            if self.video or self.audio or "video" in self.kinds:
                raise ValueError(
                    tr("pictures are made of Blender files and pages only, and have no video and no audio")
                )
            if "page" in self.kinds and self.suffixes != (".png",):
                raise ValueError(tr("the frames of a page become PNG pictures"))
        elif self.video is None or self.audio is None:
            names = ", ".join(f"[{name}]" for name in ("video", "audio") if getattr(self, name) is None)
            raise ValueError(tr("videos need [video] and [audio]; there is no {names}", names=names))
        return self

    @property
    def makes_pictures(self) -> bool:
        """Whether the result are the frames' pictures, and no video."""
        return PICTURE_SUFFIXES.issuperset(self.suffixes)

    @property
    def encoding(self) -> PresetVideo:
        """How pictures are encoded.

        Raises:
            UserInputError: The preset makes no video.
        """
        if self.video is None:
            raise UserInputError(
                tr("The preset {preset} makes pictures, and no video.", preset=self.name), tr("Choose another one.")
            )
        return self.video

    @property
    def sound(self) -> PresetAudio:
        """How sound is encoded, of a preset that makes a video; see ``encoding``."""
        assert self.audio is not None
        return self.audio

    @property
    def summary(self) -> str:
        """The description in the chosen language, else in English."""
        return self.description.get(language(), self.description[SOURCE_LANGUAGE])

    def to_json(self) -> str:
        """Return the preset as ``read_preset`` takes it, on one line."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class FoundPreset:
    """A preset and its file. ``is_own`` tells that it came with the program."""

    preset: Preset
    path: Path
    is_own: bool


@dataclass(frozen=True, slots=True)
class PresetShelf:
    """All presets that can be used, by name, and what is wrong with the files that cannot, in sentences."""

    found: Mapping[str, FoundPreset]
    problems: tuple[str, ...]

    def of_kind(self, kind: PresetKind) -> list[Preset]:
        """Return the presets for a kind of source."""
        return [each.preset for each in self.found.values() if kind in each.preset.kinds]

    def get(self, name: str) -> FoundPreset:
        """Return the preset of a name.

        Raises:
            UserInputError: There is none, or its file is bad.
        """
        if name in self.found:
            return self.found[name]
        told = next((problem for problem in self.problems if f"{name}.toml" in problem), "")
        raise UserInputError(
            told or tr("There is no preset “{name}”.", name=name),
            tr("There are: {names}.", names=", ".join(self.found)),
        )


def read_presets(job_dir: Path | None = None, folders: AppFolders | None = None) -> PresetShelf:
    """Read all presets: those of the program, the person's own, and those of a job's folder.

    Args:
        job_dir: The folder of the job.
        folders: Where the person's own are; by default those of this machine.
    """
    folders = folders or AppFolders.found()
    own = [folders.presets] if folders is not None else []
    places = [resource_path("presets"), *own, *([job_dir / JOB_PRESETS] if job_dir else [])]
    found: dict[str, FoundPreset] = {}
    problems: list[str] = []
    for place in places:
        for path in _files_in(place):
            try:
                found[path.stem] = FoundPreset(_read_file(path), path, is_own=place == places[0])
            except UserInputError as error:
                problems.append(str(error))
    return PresetShelf(dict(sorted(found.items())), tuple(problems))


def read_preset(text: str, job_dir: Path | None = None) -> Preset:
    """Return the preset that a command names: by its name, as a TOML file, or as the JSON of ``Preset.to_json``.

    Raises:
        UserInputError: There is no such preset, or it is bad.
    """
    if text.lstrip().startswith("{"):
        try:
            return Preset.model_validate_json(text)
        except ValidationError as error:
            raise UserInputError(
                tr("The preset of the command is bad: {wrong}.", wrong=problems_in_words(error)),
                tr("Correct the command."),
            ) from error
    if text.endswith(".toml"):
        return _read_file(Path(text))
    return read_presets(job_dir).get(text).preset


def _files_in(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError:
        return ()


def _why_no_toml(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return tr("it is not UTF-8 text")
    if isinstance(error, RecursionError):
        return tr("it is nested too deep")
    return toml_mistake_in(error) if isinstance(error, ValueError) else str(error)


def _read_file(path: Path) -> Preset:
    hint = tr("Correct or remove the file.")
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserInputError(tr("The preset {path} is too large.", path=path), tr("A preset has a few lines."))
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or _why_no_toml(error)
        raise UserInputError(
            tr("The preset {path} cannot be read: {reason}.", path=path, reason=reason), hint
        ) from error
    try:
        return Preset.model_validate({**values, "name": path.stem})
    except ValidationError as error:
        raise UserInputError(
            tr("The preset {path} is bad: {wrong}.", path=path, wrong=problems_in_words(error)), hint
        ) from error
