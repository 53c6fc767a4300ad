"""Blender files: what their scenes say about themselves, and the jobs that render them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from helios_gui.blender.refusal import first_names, sentence_about_missing
from helios_gui.blender.render import COLORS, BlendSource, quick_source, render_still
from helios_gui.blender.scene import BlendScenes, Scene, read_scenes
from helios_gui.jobfile.frame_list import list_of
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.media.presets import Preset
from helios_gui.sources.blend_choices import check_scene, own_fields
from helios_gui.sources.blend_notes import denoises, has_sound, notes_about
from helios_gui.sources.blend_pictures import check_rendered_to, picture_suffix
from helios_gui.sources.blend_presets import (
    blend_preset,
    preset_formats,
    preset_percent,
    preset_samples,
)
from helios_gui.sources.blend_values import read_value
from helios_gui.sources.chunks import ChunkBounds, command_template, without_placeholders
from helios_gui.sources.encoders import OPAQUE, encoder_of
from helios_gui.sources.frame_presets import frame_encoding, no_pictures, result_suffix
from helios_gui.sources.job_paths import free_output, named_in_job
from helios_gui.sources.source import JobRequest, Report, SourceFacts, SourceField, SourceFormat, SourceKind
from helios_gui.sources.wanted_frames import has_gaps, has_steps, listed_ranges
from helios_gui.translation import tr
from helios_gui.types import JobSpec, UserInputError
from helios_gui.types.frame_rate import WrittenRate
from helios_gui.types.sequences import read_pattern

_CHUNKS = ChunkBounds(fewest=5, most=250)
"""Blender needs some seconds to start and to load a scene, and a frame takes far longer than one of a web page."""

_TRANSPARENT = frozenset({".mov", ".webm", ".mkv", ".png", ".exr", ".tif", ".tiff", ".webp", ".dpx"})
"""Suffixes of videos and pictures that keep transparency."""

_MOST_FILES = 2_000
"""Files that a job says it reads."""

_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendFacts(SourceFacts):
    """What one scene of a .blend says. ``frames`` counts those that the scene's step leaves out, too.

    Attributes:
        scene: The scene.
        blend: All scenes of the file.
    """

    scene: Scene
    blend: BlendScenes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendRequest(JobRequest):
    """A .blend to be rendered.

    Attributes:
        scene: Name of the scene; by default the one that the file opens with.
        camera: Name of a camera, instead of the scene's and those of its markers.
        engine: Such as ``CYCLES`` or ``BLENDER_EEVEE``.
        samples: Samples per pixel of Cycles and EEVEE.
        percent: By how much the scene's resolution is scaled, instead of ``width`` and ``height``.
        pictures: The suffix of the frames' pictures without the dot, such as ``png`` or ``exr``.
        codec: A name in ``ENCODERS``; by default the usual one of the output's suffix.
        preset: The name of a preset, instead of ``codec``.
        transparent: Whether the transparent background of the scene is kept; ``None`` where the output can do it.
        step: Every how many-th frame of the scene is rendered.
        sound: Whether the sound of the scene comes into the video.
        scripts: Whether Python in the file runs: scripts, and drivers with more than simple expressions.
        forgiving: Whether it is rendered although files are missing.
        denoise: Whether Cycles may denoise; ``None`` where this Blender can do it.
    """

    scene: str = ""
    camera: str = ""
    engine: str = ""
    samples: int | None = None
    percent: int | None = None
    pictures: str = ""
    codec: str = ""
    preset: str = ""
    transparent: bool | None = None
    step: int | None = None
    sound: bool = True
    scripts: bool = False
    forgiving: bool = False
    denoise: bool | None = None


class BlendKind(SourceKind[BlendRequest, BlendFacts]):
    """Blender files. Blender itself tells what is in them, and renders frames, which make one video."""

    request_type = BlendRequest
    trial_frames = 1  # its stills are smaller than frames, and so say nothing about them

    @property
    def reading(self) -> str:
        """What happens while a .blend is read."""
        return tr("Blender opens it once, without running what is programmed in it.")

    def formats(self, facts: BlendFacts) -> Sequence[SourceFormat]:
        """Return the usual videos; those with transparency first where the scene has it. See ``SourceKind.formats``."""
        opaque = {"codec": "", "preset": "", "transparent": False}
        plain = (
            SourceFormat("h264", tr("H.264 (MP4)"), ".mp4", opaque),
            SourceFormat("h265", tr("H.265 (MP4)"), ".mp4", {**opaque, "codec": "h265"}),
            SourceFormat("prores", tr("ProRes (MOV)"), ".mov", {**opaque, "codec": "prores"}),
            SourceFormat("vp9", tr("VP9 (WebM)"), ".webm", {**opaque, "codec": "vp9"}),
            *preset_formats(),
        )
        if not _is_transparent(facts.scene):
            return plain
        kept = {"codec": "", "preset": "", "transparent": True}
        return (
            SourceFormat("prores-alpha", tr("ProRes 4444 with transparency (MOV)"), ".mov", kept),
            SourceFormat("vp9-alpha", tr("VP9 with transparency (WebM)"), ".webm", kept),
            *plain,
        )

    def with_values(self, request: BlendRequest, values: Sequence[tuple[str, str]]) -> BlendRequest:
        """Return the request with each ``KEY=VALUE`` of ``--set``. See ``SourceKind.with_values``."""
        changes: dict[str, Any] = dict(read_value(key, text) for key, text in values)
        return replace(request, **changes)

    def own_fields(self, request: BlendRequest, facts: BlendFacts) -> Sequence[SourceField]:
        """Return scene, camera, samples and percentage. See ``SourceKind.own_fields``."""
        scene = facts.blend.named(request.scene, request.source)
        preset = _preset(request)
        samples = preset_samples(preset, scene, request.engine) or scene.samples_with(request.engine)
        return own_fields(facts.blend, scene, samples, preset_percent(preset, scene) or scene.percent)

    def facts_of(self, request: BlendRequest, facts: BlendFacts) -> BlendFacts:
        """Return what the wanted scene says, at the wanted percentage. See ``SourceKind.facts_of``."""
        scene = facts.blend.named(request.scene, request.source)
        return _facts(facts.blend, scene, _as_preset(request, scene).percent)

    async def read(self, request: BlendRequest, report: Report) -> BlendFacts:
        """Open the file once in Blender. See ``SourceKind.read``."""
        blend = await read_scenes(request.source, report)
        return self.facts_of(request, _facts(blend, blend.opened, None))

    def notes(self, request: BlendRequest, facts: BlendFacts, job: Path) -> Sequence[str]:
        """Say what will not be as the scene has it. See ``SourceKind.notes``."""
        scene = self.facts_of(request, facts).scene
        preset = _preset(request)
        request = _as_preset(request, scene)
        if preset is not None and not request.output:
            request = replace(request, output=f"{file_stem(job.name)}{result_suffix(preset)}")
        transparent = _keeps_transparency(request, scene)
        return notes_about(scene, job.parent, _suffix(request, scene), request, transparent=transparent)

    def plan(self, request: BlendRequest, facts: BlendFacts, job: Path) -> JobSpec:
        """Plan chunks that each start Blender once. See ``SourceKind.plan``."""
        facts = self.facts_of(request, facts)
        check_scene(facts.scene, request)
        request, preset = _as_preset(request, facts.scene), _preset(request)
        _refuse_missing(request, facts)
        fps = request.fps or facts.scene.fps
        width, height = _size(request, facts)
        ranges = _ranges(request, facts, fps)
        transparent = _keeps_transparency(request, facts.scene)
        encoder, suffix = encoder_of(request.codec, ".mov" if transparent else ".mp4")
        output = request.output or free_output(job, result_suffix(preset) if preset else suffix)
        chunk_size, chunk_count = _chunks(request, facts, sum(map(len, ranges)))
        pictures = _pictures(job, _suffix(request, facts.scene))
        if read_pattern(Path(output).name) is not None:
            pictures, encoder = _as_output(output), ""
        elif preset is not None and preset.makes_pictures:
            raise no_pictures(output)
        spec = plan_job(
            PlanRequest(
                command=_command(request, facts, transparent=transparent, has_step=has_steps(ranges)),
                fps=WrittenRate(f"{fps.numerator}/{fps.denominator}"),
                width=width,
                height=height,
                frames=list_of(ranges),
                chunk_size=chunk_size,
                chunk_count=chunk_count,
                input=named_in_job(request.source, job.parent),
                chunk_output=pictures,
                output=output,
                name=file_stem(job.name),
                job_dir=job.parent,
                video_codec=encoder,
                tracks_from=_sound(replace(request, output=output), facts, job.parent, preset),
                frame_encoding=frame_encoding(preset, output, (width, height)) if preset else None,
            )
        )
        files = _files(facts.scene, request.source, job.parent)
        return spec.model_copy(update={"input_files": files}) if files else spec

    async def still(self, request: BlendRequest, facts: BlendFacts, frame: int, picture: Path, report: Report) -> None:
        """Render the frame small, with few samples. See ``SourceKind.still``."""
        facts = self.facts_of(request, facts)
        request = _as_preset(request, facts.scene)
        source = _source(request, facts, transparent=_keeps_transparency(request, facts.scene))
        await render_still(quick_source(source, *_size(request, facts)), picture, frame, report)


def _refuse_missing(request: BlendRequest, facts: BlendFacts) -> None:
    if facts.missing and not request.forgiving:
        raise UserInputError(
            sentence_about_missing(request.source, facts.missing),
            tr("Bring them there; or give --set forgiving=yes, to render without them."),
        )


def _facts(blend: BlendScenes, scene: Scene, percent: int | None) -> BlendFacts:
    width, height = scene.size(percent)
    return BlendFacts(
        scene=scene,
        blend=blend,
        width=width,
        height=height,
        fps=scene.fps,
        first_frame=scene.start,
        frames=max(1, scene.end - scene.start + 1),
        missing=tuple(dict.fromkeys(file.path for file in scene.files if not file.there)),
    )


def _preset(request: BlendRequest) -> Preset | None:
    """Return the preset that is wanted.

    Raises:
        UserInputError: It cannot be used, or a codec is wanted, too.
    """
    if not request.preset:
        return None
    if request.codec:
        raise UserInputError(tr("--codec and --preset say the same."), tr("Leave out one of them."))
    return blend_preset(request.preset, (request.job or request.source).absolute().parent)


def _as_preset(request: BlendRequest, scene: Scene) -> BlendRequest:
    """Return the request with what it leaves open as its preset says."""
    preset = _preset(request)
    if preset is None:
        return request
    percent = request.percent or (None if request.width or request.height else preset_percent(preset, scene))
    samples = request.samples or preset_samples(preset, scene, request.engine)
    transparent = request.transparent
    if transparent is None and not (preset.makes_pictures or preset.encoding.transparent):
        transparent = False
    return replace(request, percent=percent, samples=samples, transparent=transparent)


def _is_transparent(scene: Scene) -> bool:
    return scene.transparent and scene.color_mode == "RGBA"


def _keeps_transparency(request: BlendRequest, scene: Scene) -> bool:
    if request.transparent is not None:
        return request.transparent
    if request.codec in OPAQUE:
        return False
    return _is_transparent(scene) and Path(request.output or "video.mov").suffix.lower() in _TRANSPARENT


def _size(request: BlendRequest, facts: BlendFacts) -> tuple[int, int]:
    """Return the pixels of a picture; a side that is not given follows the other one."""
    width, height = facts.scene.size(request.percent)
    if request.width and request.height:
        return request.width, request.height
    if request.width:
        return request.width, max(1, round(request.width * Fraction(height, width)))
    if request.height:
        return max(1, round(request.height * Fraction(width, height))), request.height
    return width, height


def _ranges(request: BlendRequest, facts: BlendFacts, fps: Fraction) -> list[range]:
    """Return the numbers of the scene's frames that are rendered.

    Raises:
        UserInputError: They leave out frames, and the scene has to be rendered from one to the next.
    """
    listed = listed_ranges(request)
    if not listed:
        return [_range(request, facts, fps)]
    if request.step is not None:
        raise UserInputError(tr("A frame list says its steps itself."), tr("Leave out --set step."))
    if has_gaps(listed) and facts.scene.simulations:
        raise UserInputError(
            tr(
                "The simulation of {names} is not baked: its frames can only be rendered one after the other, and the "
                "frame list leaves some out.",
                names=first_names(facts.scene.simulations),
            ),
            tr("Bake it in Blender, or give the first and the last frame."),
        )
    return listed


def _range(request: BlendRequest, facts: BlendFacts, fps: Fraction) -> range:
    step = request.step or facts.scene.step
    first = request.first_frame if request.first_frame is not None else facts.first_frame
    if request.frames is not None:
        return range(first, first + request.frames, step)
    if request.seconds is not None:
        return range(first, first + max(1, round(request.seconds * fps)) * step, step)
    return range(first, max(first, facts.scene.end) + 1, step)


def _chunks(request: BlendRequest, facts: BlendFacts, total: int) -> tuple[int | None, int | None]:
    """Return the size of the chunks or their number; a simulation that is not baked allows one chunk only."""
    if facts.scene.simulations:
        return None, 1
    if request.chunk_size:
        return request.chunk_size, None
    return None, _CHUNKS.chunk_count(total, request.processors)


def _as_output(output: str) -> str:
    """Return the template of the chunks' pictures where these are the result of the job.

    Raises:
        UserInputError: Blender does not render to such pictures.
    """
    check_rendered_to(Path(output).suffix.lower())
    return without_placeholders(output)


def _suffix(request: BlendRequest, scene: Scene) -> str:
    transparent = _keeps_transparency(request, scene)
    return picture_suffix(scene, request.output, request.pictures, transparent=transparent)


def _pictures(job: Path, suffix: str) -> str:
    stem = without_placeholders(file_stem(job.name))
    return f"{stem}_frames/{'#' * _DIGITS}{suffix}"


def _source(request: BlendRequest, facts: BlendFacts, *, transparent: bool) -> BlendSource:
    scene = facts.scene
    size = _size(request, facts) if request.width or request.height else (None, None)
    mode = scene.color_mode if scene.color_mode in COLORS else "RGB"
    return BlendSource(
        blend=request.source,
        scene=scene.name,
        camera=request.camera,
        engine=request.engine,
        samples=request.samples,
        width=size[0],
        height=size[1],
        percent=request.percent,
        color="RGBA" if transparent else mode.removesuffix("A"),
        scripts=request.scripts,
        forgiving=request.forgiving,
        denoise=denoises(scene, request),
    )


def _command(request: BlendRequest, facts: BlendFacts, *, transparent: bool, has_step: bool) -> str:
    """Return the template of the chunks' commands."""
    source = _source(request, facts, transparent=transparent)
    options: dict[str, object] = {
        "--scene": source.scene if len(facts.scene.scenes) > 1 else "",
        "--camera": source.camera,
        "--engine": source.engine,
        "--samples": source.samples,
        "--width": source.width,
        "--height": source.height,
        "--percent": source.percent,
        "--color": source.color,
    }
    arguments = [part for option, value in options.items() if value not in ("", None) for part in (option, str(value))]
    arguments += ["--scripts"] * source.scripts + ["--ignore-missing"] * source.forgiving
    arguments += ["--no-denoise"] * (not source.denoise)
    return command_template("blend", arguments, has_step=has_step)


def _sound(request: BlendRequest, facts: BlendFacts, folder: Path, preset: Preset | None) -> dict[str, object] | None:
    """Return where the video's sound comes from: its frames have to be at the times that the scene has them."""
    scene = facts.scene
    if not has_sound(scene, request):
        return None
    tracks: dict[str, object] = {"file": named_in_job(request.source, folder)}
    if preset is not None:
        tracks |= {"audioCodec": preset.sound.encoder}
        tracks |= {"audioBitRate": preset.sound.bit_rate} if preset.sound.bit_rate else {}
    return {**tracks, "scene": scene.name} if len(scene.scenes) > 1 else tracks


def _files(scene: Scene, blend: Path, folder: Path) -> tuple[str, ...]:
    """Return the files that the job reads besides its .blend; those outside the folder first."""
    names = [named_in_job(Path(file.path), folder) for file in scene.files]
    ordered = sorted(dict.fromkeys(names), key=lambda name: not Path(name).is_absolute())
    return tuple(ordered[:_MOST_FILES])
