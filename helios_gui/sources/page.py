"""Web pages: what they say about themselves, and the jobs that render them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.media.presets import FoundPreset, Preset, read_presets
from helios_gui.sources.chunks import ChunkBounds, command_template, without_placeholders
from helios_gui.sources.frame_presets import no_pictures, result_suffix
from helios_gui.sources.job_paths import free_output, named_in_job
from helios_gui.sources.page_languages import languages
from helios_gui.sources.source import (
    JobRequest,
    Report,
    SourceFacts,
    SourceField,
    SourceFormat,
    SourceKind,
    UnknownDurationError,
)
from helios_gui.sources.usual_values import USUAL_FPS, USUAL_HEIGHT, USUAL_WIDTH
from helios_gui.sources.wanted_frames import has_gaps, has_steps, listed_ranges, span_of
from helios_gui.translation import tr
from helios_gui.types import JobSpec, UserInputError
from helios_gui.types.frame_rate import exact_rate
from helios_gui.types.sequences import read_pattern
from helios_gui.web.camera import DrawsSteadilyError
from helios_gui.web.encoding import (
    CODECS,
    Sound,
    check_kind,
    check_pictures,
    check_size,
    choose_codec,
    codec_of,
    seamless_suffix,
)
from helios_gui.web.page import Page
from helios_gui.web.page_tabs import PageSource, check_view, open_page
from helios_gui.web.render import render_still
from helios_gui.web.sound import has_sound
from helios_gui.web.view import USUAL_LANGUAGE, View

_CHUNKS = ChunkBounds(fewest=30, most=600)
"""A browser needs a second or two to start."""

_SECONDS_TO_LISTEN = 60
"""Of a page that does not say how long it is, before its job is planned as if it might be heard later."""
_LONGEST_PROPS = 20_000
"""Characters of props in a command: with the rest of it, Windows allows 32,767."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest(JobRequest):
    """A page to be rendered. ``width`` and ``height`` are CSS pixels.

    Attributes:
        scale: Pixels of the video per CSS pixel.
        props: JSON value that the page finds in ``window.__HELIOS_PROPS__``.
        props_file: The file that holds all of ``props``, if one does; commands name it if it is in the job's folder.
        language: What ``navigator.language`` says in the page; empty for the usual language.
        transparent: Whether a transparent background is kept.
        codec: A name in ``web.encoding.CODECS``.
        preset: The name of a preset, instead of ``codec``.
        folder: What the page may load, instead of its own folder.
        hosts: Hosts that the page may reach besides.
        forgiving: Errors of the page are only reported.
        sound: Whether the video has sound; by default where the page is heard.
    """

    scale: float = 1.0
    props: object = None
    props_file: Path | None = None
    language: str = ""
    transparent: bool = False
    codec: str = ""
    preset: str = ""
    folder: Path | None = None
    hosts: tuple[str, ...] = ()
    forgiving: bool = False
    sound: Sound = Sound.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts(SourceFacts):
    """What a page says about itself, and whether it is heard; ``None`` where that is not known."""

    sound: bool | None = False


class PageKind(SourceKind[PageRequest, PageFacts]):
    """Web pages. What they say is in ``window.helios``; a length comes from there or from the person."""

    request_type = PageRequest

    @property
    def reading(self) -> str:
        """What happens while a page is read."""
        return tr("A browser without a window opens the page once.")

    def formats(self, facts: PageFacts) -> Sequence[SourceFormat]:
        """Return the codecs, those that keep a transparent background last. See ``SourceKind.formats``."""
        labels = {
            "h264": tr("H.264, plays everywhere"),
            "h265": tr("H.265, smaller files"),
            "vp9": tr("VP9, for the web"),
            "prores": tr("ProRes 422 HQ, for editing"),
            "png": tr("PNG, lossless"),
        }
        transparent_labels = {
            "prores": tr("ProRes 4444, with transparency"),
            "vp9": tr("VP9, with transparency"),
            "png": tr("PNG, lossless with transparency"),
        }
        opaque = [_format(name, label, transparent=False) for name, label in labels.items()]
        transparent = [_format(name, label, transparent=True) for name, label in transparent_labels.items()]
        presets = [one for one in read_presets().of_kind("page") if one.name not in CODECS]
        kept = (_preset_format(one, transparent=True) for one in presets if one.makes_pictures)
        return [*opaque, *(_preset_format(one) for one in presets), *transparent, *kept]

    def own_fields(self, request: PageRequest, facts: PageFacts) -> Sequence[SourceField]:
        """Return the page's language; few pages look at it. See ``SourceKind.own_fields``."""
        return (SourceField(name="language", label=tr("Language"), options=languages(request.language), is_minor=True),)

    async def read(self, request: PageRequest, report: Report) -> PageFacts:
        """Open the page once in a browser, and live through it for its sound. See ``SourceKind.read``.

        A page that throws is an error.
        """
        try:
            return await self._read(request, report)
        except DrawsSteadilyError:
            return await self._read(request, report, steadily=True)

    async def _read(self, request: PageRequest, report: Report, *, steadily: bool = False) -> PageFacts:
        async with open_page(_page_source(request, PageFacts()), report, steadily=steadily) as page:
            said = await page.composition()
            facts = PageFacts(
                width=said.width,
                height=said.height,
                fps=None if said.fps is None else Fraction(said.fps),
                seconds=None if said.duration is None else Fraction(said.duration),
            )
            facts = replace(facts, sound=await _listen(page, request, facts))
            return await _inspect_page(page, facts)

    def plan(self, request: PageRequest, facts: PageFacts, job: Path) -> JobSpec:
        """Plan chunks that each start a browser. See ``SourceKind.plan``."""
        fps = _rate(request, facts)
        width, height = _size(request, facts)
        view = _view(request, width, height)
        check_view(view)
        pixels = view.pixels
        ranges = _ranges(request, facts, fps)
        total = sum(map(len, ranges))
        found = read_presets(job.parent).get(request.preset) if request.preset else None
        preset = found.preset if found else None
        output = request.output or free_output(job, _default_suffix(request, preset))
        request = _drop_unused_sound(_without_pictures(request, preset, output), output, ranges)
        sound = facts.sound if request.sound is Sound.AUTO else request.sound is Sound.ON
        if read_pattern(Path(output).name) is not None:
            check_pictures(Path(output), request.codec or request.preset)
            chunk_output = without_placeholders(output)
        else:
            request, suffix = _choose_chunk_format(request, found, Path(output), pixels, is_silent=sound is False)
            chunk_output = f"{{name}}_part_{{index:04}}{suffix}"
        values = {"--fps": str(fps), "--width": str(width), "--height": str(height)}
        command = _command(request, job.parent, values, sound=sound, has_step=has_steps(ranges))
        return plan_job(
            PlanRequest(
                command=command,
                fps=fps,
                width=pixels[0],
                height=pixels[1],
                **span_of(ranges),
                chunk_size=request.chunk_size,
                chunk_count=None if request.chunk_size else _CHUNKS.chunk_count(total, request.processors),
                input=named_in_job(request.source, job.parent),
                chunk_output=chunk_output,
                output=output,
                name=file_stem(job.name),
                job_dir=job.parent,
            )
        )

    def notes(self, request: PageRequest, facts: PageFacts, job: Path) -> Sequence[str]:
        """Say what frames that are left out mean. See ``SourceKind.notes``."""
        listed = listed_ranges(request)
        notes = list(facts.notes)
        if has_gaps(listed) and read_pattern(Path(request.output).name) is None:
            frames = request.frame_list
            notes.append(tr("The frames {frames} follow one another; those between them are left out.", frames=frames))
        found = read_presets(job.parent).get(request.preset) if request.preset else None
        output = request.output or _default_suffix(request, found.preset if found else None)
        if (
            facts.sound
            and request.sound is Sound.AUTO
            and _drop_unused_sound(request, output, listed).sound is Sound.OFF
        ):
            notes.append(tr("The page has sound, which is left out."))
        return notes

    async def still(self, request: PageRequest, facts: PageFacts, frame: int, picture: Path, report: Report) -> None:
        """Show the page at the frame's time. See ``SourceKind.still``."""
        await render_still(_page_source(request, facts), picture, frame, report)


def _format(codec: str, label: str, *, transparent: bool) -> SourceFormat:
    name = f"{codec}-alpha" if transparent else codec
    changes = {"codec": codec, "preset": "", "transparent": transparent}
    return SourceFormat(name, label, CODECS[codec].suffixes[0], changes)


def _preset_format(preset: Preset, *, transparent: bool = False) -> SourceFormat:
    changes = {"codec": "", "preset": preset.name, "transparent": transparent}
    name = f"{preset.name}-alpha" if transparent else preset.name
    label = tr("{preset}, with transparency", preset=preset.title) if transparent else preset.title
    return SourceFormat(name, label, result_suffix(preset), changes)


def _without_pictures(request: PageRequest, preset: Preset | None, output: str) -> PageRequest:
    """Return the request without a preset whose result are pictures: what a page is rendered to needs none.

    Raises:
        UserInputError: The output does not name pictures, or the preset is not for pages.
    """
    if preset is None or not preset.makes_pictures:
        return request
    check_kind(preset)
    if read_pattern(Path(output).name) is None:
        raise no_pictures(output)
    return replace(request, preset="")


def _page_source(request: PageRequest, facts: SourceFacts) -> PageSource:
    width, height = _size(request, facts)
    return PageSource(
        request.source,
        _view(request, width, height),
        _rate(request, facts),
        request.props,
        request.folder,
        request.hosts,
        request.forgiving,
    )


def _view(request: PageRequest, width: int, height: int) -> View:
    return View(width, height, request.scale, request.transparent, request.language or USUAL_LANGUAGE)


def _size(request: PageRequest, facts: SourceFacts) -> tuple[int, int]:
    """Return width and height; a side that is not given follows the other one."""
    own = _completed(facts.width, facts.height, (USUAL_WIDTH, USUAL_HEIGHT))
    return _completed(request.width, request.height, own)


def _completed(width: int | None, height: int | None, like: tuple[int, int]) -> tuple[int, int]:
    """Return both sides; one that is not known is in proportion to ``like``, and even, as codecs need it."""
    if width and height:
        return width, height
    if width:
        return width, max(2, 2 * round(width * Fraction(like[1], 2 * like[0])))
    if height:
        return max(2, 2 * round(height * Fraction(like[0], 2 * like[1]))), height
    return like


def _rate(request: PageRequest, facts: SourceFacts) -> Fraction:
    if request.fps is None and not facts.fps:
        return USUAL_FPS
    rate = request.fps if request.fps is not None else Fraction(facts.fps or 0)
    if not 0 < rate <= 1000:
        raise UserInputError(
            tr("The page says that it has {rate} frames per second.", rate=float(rate)), tr("Give --fps.")
        )
    return rate if request.fps is not None else exact_rate(float(rate))


def _ranges(request: PageRequest, facts: SourceFacts, fps: Fraction) -> list[range]:
    """Return the numbers of the frames that are rendered."""
    first = request.first_frame or 0
    return listed_ranges(request) or [range(first, first + _total(request, facts, fps))]


def _drop_unused_sound(request: PageRequest, output: str, ranges: Sequence[range]) -> PageRequest:
    """Return the request without sound where the result has no place for it.

    Raises:
        UserInputError: Sound is asked for.
    """
    is_silent = has_steps(ranges) or read_pattern(Path(output).name) is not None
    if is_silent and request.sound is Sound.ON:
        raise UserInputError(
            tr("Pictures, and frames with steps between them, have no sound."), tr("Leave out --sound on.")
        )
    return replace(request, sound=Sound.OFF) if is_silent else request


def _total(request: PageRequest, facts: SourceFacts, fps: Fraction) -> int:
    if request.frames is not None:
        return request.frames
    seconds = request.seconds if request.seconds is not None else Fraction(facts.seconds or 0)
    if seconds <= 0:
        raise UnknownDurationError(
            tr("{name} does not say how long it is (window.helios has no duration).", name=request.source.name),
            tr("Give --duration in seconds, or --frames."),
        )
    return max(1, round(seconds * fps))


def _choose_chunk_format(
    request: PageRequest, found: FoundPreset | None, output: Path, pixels: tuple[int, int], *, is_silent: bool
) -> tuple[PageRequest, str]:
    """Return the request with the encoder that the chunks' command names, and the suffix of their files."""
    codec = codec_of(output, request.codec, found.preset if found else None, transparent=request.transparent)
    check_size(codec, *pixels)
    suffix = output.suffix if is_silent else seamless_suffix(output.suffix, codec)
    if found:
        request = replace(request, preset=found.preset.name if found.is_own else found.preset.to_json())
    elif suffix != output.suffix:  # the codec may not be the usual one of such chunks
        request = replace(request, codec=choose_codec(output, request.codec, transparent=request.transparent))
    return request, suffix


async def _listen(page: Page, request: PageRequest, facts: PageFacts) -> bool | None:
    """Return whether the page is heard; ``None`` where that is not known."""
    if request.sound is not Sound.AUTO:
        return request.sound is Sound.ON
    page.fps = _rate(request, facts)
    try:
        frames = _ranges(request, facts, page.fps)[-1][-1] + 1
    except UnknownDurationError:
        return await has_sound(page, round(_SECONDS_TO_LISTEN * page.fps)) or None
    return await has_sound(page, frames)


async def _inspect_page(page: Page, facts: PageFacts) -> PageFacts:
    """Return the facts with what is seen of a page: characters without a font, and the size that its style gives it."""
    notes: list[str] = []
    page.report = notes.append
    await page.report_missing_glyphs()
    if facts.width is None and facts.height is None and (size := await page.own_size()):
        facts = replace(facts, width=size[0], height=size[1])
    return replace(facts, notes=(*facts.notes, *notes))


def _default_suffix(request: PageRequest, preset: Preset | None) -> str:
    if preset is not None:
        return result_suffix(preset)
    if request.codec in CODECS:
        return CODECS[request.codec].suffixes[0]
    return ".mov" if request.transparent else ".mp4"


def _command(
    request: PageRequest, job_dir: Path, values: Mapping[str, str], *, sound: bool | None, has_step: bool
) -> str:
    """Return the template of the chunks' commands.

    Where nobody knows whether there is sound, each chunk sees: those without are silent in the finished video.
    """
    arguments = [*(part for pair in values.items() for part in pair)]
    if request.scale != 1:
        arguments += ["--scale", f"{request.scale:.15g}"]
    if request.language:
        arguments += ["--language", request.language]
    if request.props is not None:
        arguments.append(f"--props={_props(request, job_dir)}")
    if request.transparent:
        arguments.append("--transparent")
    if request.codec:
        arguments += ["--codec", request.codec]
    if request.preset:
        arguments += ["--preset", request.preset]
    if sound or request.sound is Sound.OFF:
        arguments += ["--sound", "on" if sound else "off"]
    if request.folder is not None:
        arguments += ["--folder", named_in_job(request.folder, job_dir)]
    arguments += [part for host in request.hosts for part in ("--allow-host", host)]
    if request.forgiving:
        arguments.append("--ignore-page-errors")
    return command_template("web", arguments, has_step=has_step)


def _props(request: PageRequest, job_dir: Path) -> str:
    """Return the value of ``--props``: the file, if it goes with the job to a cloud, else the JSON itself."""
    if request.props_file is not None and request.props_file.absolute().is_relative_to(job_dir):
        return named_in_job(request.props_file, job_dir)
    text = json.dumps(request.props, ensure_ascii=False, separators=(",", ":"))
    if len(text) > _LONGEST_PROPS:
        raise UserInputError(
            tr("The props have {number} characters, too many for a command.", number=len(text)),
            tr("Put them into a JSON file in the folder of the job, and name it with --props."),
        )
    return text
