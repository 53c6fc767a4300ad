"""Joining segments into one verified file, with FFmpeg."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path, PurePath

from helios_gui.jobfile.output_names import check_video_suffix
from helios_gui.media.ffmpeg import find_ffmpeg_for
from helios_gui.media.media_probe import ProbedFile
from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import codecs
from helios_gui.stitcher.carry import MakeSound, StitchTools, joined_sound, lost_looks, prepare_extras
from helios_gui.stitcher.changes import picture_changes
from helios_gui.stitcher.extras import Extras, lost_extras, plan_extras
from helios_gui.stitcher.ffmpeg_run import run_ffmpeg
from helios_gui.stitcher.fits import Copying, plan_copy
from helios_gui.stitcher.frame_encoder import encode_frames
from helios_gui.stitcher.join import Track, join_command, sound_command
from helios_gui.stitcher.needed_encoders import asked_encoders, frames_encoder, oldest_ffmpeg, planned_encoders
from helios_gui.stitcher.normalize import normalize_pictures
from helios_gui.stitcher.plan import StitchPlan, make_plan
from helios_gui.stitcher.probing import in_process, probe_each
from helios_gui.stitcher.progress import Progress, Stage, frame_listener
from helios_gui.stitcher.result_check import Expected, check_picture
from helios_gui.stitcher.sound import SoundJob, assemble_sound
from helios_gui.stitcher.sound_check import check_sound, hearing_command, sound_changes
from helios_gui.stitcher.source_film import read_film
from helios_gui.stitcher.source_tracks import (
    beside_sounds,
    check_source_sounds,
    early_sounds,
    source_extras,
    source_sound,
)
from helios_gui.stitcher.splice import Splice, splice
from helios_gui.stitcher.workspace import Workspace
from helios_gui.translation import tr
from helios_gui.types import (
    JobSpec,
    MediaInfo,
    StitchError,
    StitchOptions,
    StitchReport,
    StreamInfo,
    UserInputError,
)
from helios_gui.types.sequences import FrameSequence
from helios_gui.utils.work_threads import Stop, WorkThreads

_PROBES_AT_A_TIME = 2
_POLL_SECONDS = 0.2
_DEFAULT_OPTIONS = StitchOptions()


def _ignore_progress(fraction: float) -> None:
    """Do nothing: nobody listens."""


class FfmpegStitcher:
    """A ``VideoStitcher``: probes every segment, joins them beside the output, verifies, and renames.

    Video is copied unless another codec is asked for (``quality`` counts only then, as in ``helios merge``) or
    segments that do not match may be encoded anew. Sound is encoded once, over all seams.

    Args:
        ffmpeg: The program to use; by default the one ``find_ffmpeg`` finds when first needed.
        reader: What looks into media files; by default a new one for each stitch.
    """

    def __init__(self, ffmpeg: Path | None = None, reader: MediaReader | None = None) -> None:
        self._ffmpeg = ffmpeg
        self._reader = reader

    async def stitch(
        self,
        segments: Sequence[Path],
        output: Path,
        options: StitchOptions = _DEFAULT_OPTIONS,
        on_progress: Callable[[float], None] = _ignore_progress,
    ) -> StitchReport:
        """Join ``segments``, in order, into ``output``, which appears at once, complete and verified.

        Raises ``StitchError`` and then, as when cancelled, leaves an older output and all segments as they
        were, no unfinished file and no process. ``on_progress`` is called on the event loop with 0 to 1.
        """
        _check_names(segments, output)
        progress = Progress(on_progress)

        async def make(workspace: Workspace, reader: MediaReader, threads: WorkThreads) -> StitchReport:
            found = await _probe_all(segments, reader, threads, progress.stage(0.05))
            # Comparing thousands of chunks takes longer than a frame of the window.
            plan = await threads.run(lambda stop: _plan_stitch(found, reader, workspace, options, stop))
            ffmpeg = await self._find_ffmpeg(threads, planned_encoders(plan), oldest_ffmpeg(plan))
            run = _Run(plan, found, ffmpeg, reader, workspace, threads, progress)
            return await run.make()

        report = await self._deliver(output, options, make)
        progress.done()
        return report

    async def encode_frames(
        self,
        sequences: Sequence[FrameSequence],
        output: Path,
        options: StitchOptions = _DEFAULT_OPTIONS,
        on_progress: Callable[[float], None] = _ignore_progress,
    ) -> StitchReport:
        """Encode image sequences, one after the other, into ``output``, which appears at once, complete and verified.

        Raises ``StitchError`` as ``stitch`` does.
        """
        _check_names([sequence.path for sequence in sequences], output)
        progress = Progress(on_progress)

        async def make(workspace: Workspace, reader: MediaReader, threads: WorkThreads) -> StitchReport:
            encoders = [frames_encoder(options, output.suffix.lower())]
            tools = StitchTools(await self._find_ffmpeg(threads, encoders), workspace.folder, threads, reader)
            return await encode_frames(sequences, workspace, tools, options, progress)

        report = await self._deliver(output, options, make)
        progress.done()
        return report

    async def _deliver(
        self,
        output: Path,
        options: StitchOptions,
        make: Callable[[Workspace, MediaReader, WorkThreads], Awaitable[StitchReport]],
    ) -> StitchReport:
        """Have a file made in a work folder beside ``output``, and put it in its place."""
        try:
            with Workspace(output, options.job_id) as workspace, self._open_reader() as reader:
                async with WorkThreads("stitch", _PROBES_AT_A_TIME) as threads:
                    report = await make(workspace, reader, threads)
                    await threads.run(lambda stop: workspace.deliver())
        except OSError as error:
            reason = error.strerror or str(error)
            hint = tr("Is there room in {output}, and does no other program hold the file?", output=output.parent)
            raise StitchError(
                tr("{output} cannot be written: {reason}.", output=output.name, reason=reason), hint
            ) from error
        return report

    def check_programs(self, spec: JobSpec) -> None:
        """Raise ``UserInputError`` where no ffmpeg is there that has what the job is sure to take. Blocking."""
        if self._ffmpeg is None:
            find_ffmpeg_for(asked_encoders(spec))

    def check_name(self, output: PurePath) -> str | None:
        """Return what is wrong with the name of a video that is to be stitched; ``None`` if nothing is."""
        return check_video_suffix(output)

    def _open_reader(self) -> AbstractContextManager[MediaReader]:
        return MediaReader() if self._reader is None else nullcontext(self._reader)

    async def _find_ffmpeg(self, threads: WorkThreads, encoders: Collection[str], oldest: int = 0) -> Path:
        """Return the program; ``oldest`` is the libavformat that it must be as new as."""
        if self._ffmpeg is not None:
            return self._ffmpeg
        try:
            return await threads.run(lambda stop: find_ffmpeg_for(encoders, oldest))
        except UserInputError as error:
            raise StitchError(str(error), error.hint) from error


class _Run:
    """One stitch, once it is planned."""

    def __init__(
        self,
        plan: StitchPlan,
        found: Sequence[ProbedFile],
        ffmpeg: Path,
        reader: MediaReader,
        workspace: Workspace,
        threads: WorkThreads,
        progress: Progress,
    ) -> None:
        self._plan = plan
        self._probed = _by_file(found)
        self._ffmpeg = ffmpeg
        self._reader = reader
        self._workspace = workspace
        self._threads = threads
        self._progress = progress
        self._notes: tuple[str, ...] = ()
        self._extras = Extras()

    async def make(self) -> StitchReport:
        """Make the unfinished file complete, verify it, and say what it is."""
        plan = self._plan
        video, audio = self._tracks()
        tools = self._tools()
        wanted, make_sound = self._wanted_extras(tools)
        self._extras, left_out = await prepare_extras(plan.suffix, wanted, tools, make_sound)
        if plan.film is not None:
            self._extras = beside_sounds(plan.film, self._extras, plan.suffix)
        if plan.normalize_video:
            video = await self._normalize_pictures(video)
        if plan.normalize_audio and plan.sound is not None and audio is not None:
            audio = await self._normalize_sound(plan.sound, audio)
        await self._join_tracks(video, audio)
        info = await self._check(video)
        frames = sum(video.frames)
        seconds = float(plan.film.seconds if plan.film is not None and plan.film.times else frames / plan.rate)
        check_sound(info, plan, seconds)
        if info.audio is not None:
            await run_ffmpeg(
                hearing_command(self._ffmpeg, self._workspace.part), tools.folder, tr("decoding the result")
            )
        self._notes += sound_changes(info, plan)
        if info.video is not None and plan.video_encoder:
            changes = picture_changes(plan.picture, info.video, plan.suffix, codec_was_asked=plan.codec_was_asked)
            self._notes += tuple(changes)
        if plan.film is not None:
            check_source_sounds(plan.film, self._extras, info)
            self._notes += tuple(early_sounds(plan.film, self._extras))
        lost = left_out + lost_extras(replace(wanted, tracks=self._extras.tracks), info, plan.suffix)
        if info.video is not None and plan.copying is not None:
            lost += tuple(lost_looks(plan.picture, info.video, plan.suffix))
        return StitchReport(
            output=self._workspace.output,
            segments=len(plan.segments),
            frames=frames,
            duration=seconds,
            video_codec=info.video.codec if info.video else "",
            audio_codec=info.audio.codec if info.audio else "",
            retimed_from=plan.retimed_from,
            reencoded=bool(plan.video_encoder),
            notes=(*plan.notes, *self._notes, *self._extras.notes, *lost),
        )

    def _tools(self) -> StitchTools:
        return StitchTools(self._ffmpeg, self._workspace.folder, self._threads, self._reader)

    def _wanted_extras(self, tools: StitchTools) -> tuple[Extras, MakeSound]:
        """Return what goes into the result beside the frames, and what makes its sounds."""
        plan = self._plan
        if plan.film is not None:
            return source_extras(plan.film, plan.rate, plan.suffix), partial(
                source_sound, plan.film, plan.suffix, tools
            )
        wanted = plan_extras(
            plan.segments, plan.rate, plan.suffix, retimed=plan.keep_frames or not plan.normalize_video
        )
        return wanted, partial(joined_sound, plan, tools)

    def _tracks(self) -> tuple[Track, Track | None]:
        plan = self._plan
        files = tuple(info.path for info in plan.segments)
        frames = tuple(info.frames for info in plan.segments)
        audio = Track(files, frames, plan.rate) if plan.sound else None
        return Track(files, frames, plan.source_rate), audio

    async def _normalize_pictures(self, video: Track) -> Track:
        plan = self._plan
        stage = frame_listener(self._progress.stage(0.6), plan.frames)
        pieces = await normalize_pictures(self._ffmpeg, plan, self._workspace.folder, stage)
        found = await _probe_all(pieces, self._reader, self._threads, lambda fraction: None)
        self._probed |= _by_file(found)
        frames = tuple(each.info.frames for each in found)
        if plan.keep_frames and sum(frames) != plan.frames:
            raise StitchError(
                tr(
                    "Only {count} of the chunks' {wanted} frames can be decoded.", count=sum(frames), wanted=plan.frames
                ),
                tr("Render the incomplete chunks again, then stitch."),
            )
        return Track(pieces, frames, plan.rate)

    async def _normalize_sound(self, sound: StreamInfo, audio: Track) -> Track:
        plan = self._plan
        stage = frame_listener(self._progress.stage(0.75 if plan.normalize_video else 0.4), len(plan.segments))
        job = SoundJob(plan.segments, plan.rate, sound)
        raw = await assemble_sound(self._ffmpeg, job, self._workspace.folder, self._threads, stage)
        self._notes += raw.notes()
        return Track((raw.path,), (sum(audio.frames),), plan.rate, raw.input_options)

    async def _join_tracks(self, video: Track, audio: Track | None) -> None:
        plan, space = self._plan, self._workspace
        frames = sum(video.frames)
        if plan.encodes_video:
            # FFmpeg drops what comes before a lone sound that is copied, which would be late by its encoder's delay.
            is_copied = audio is not None and not plan.audio_codec
            apart = bool(self._extras) or codecs.is_untimed(plan.suffix) or is_copied
            made = space.folder / f"encoded{space.part.suffix}" if apart else space.part
            beside = None if apart else audio
            make = lambda stop: join_command(self._ffmpeg, plan, video, beside, space.folder, made)  # noqa: E731
            stage = self._progress.stage(0.95)
            command = await self._threads.run(make)
            await run_ffmpeg(command, space.folder, tr("joining the chunks"), frame_listener(stage, frames))
            if not apart:
                return
            video = Track((made,), (frames,), plan.rate)
        lone = plan.segments[0].video if audio and not plan.audio_codec else None
        begin = lone.start if lone is not None else None
        await self._splice(video, await self._sound(audio, frames) if audio else None, begin or Fraction(0))

    async def _sound(self, audio: Track, frames: int) -> tuple[Path, int]:
        """Return the file with the sound of the result, and the number of its stream.

        It is the lone chunk itself, or a file made of all chunks' sounds.
        """
        plan, space = self._plan, self._workspace
        if not plan.audio_codec:
            return audio.files[0], plan.sound.index if plan.sound else 0
        sample_rate = plan.sound.sample_rate if plan.sound else 0
        sound = await self._tools().sound_file("sound", plan.audio_codec, sample_rate, plan.suffix)
        make = lambda stop: sound_command(self._ffmpeg, plan, audio, frames, space.folder, sound)  # noqa: E731
        command = await self._threads.run(make)
        self._progress.stage(0.3)
        await run_ffmpeg(command, space.folder, tr("joining the chunks' sounds"))
        return sound, 0

    async def _splice(self, video: Track, sound: tuple[Path, int] | None, begin: Fraction) -> None:
        """Copy the frames, and the ``sound`` whose second ``begin`` becomes the first frame's time.

        It is done in a process of its own; how much of the file is there tells the progress.
        """
        plan, space, reader = self._plan, self._workspace, self._reader
        pieces = tuple(piece.absolute() for piece in video.files)

        def work(stop: Stop) -> None:
            copying = plan.copying or _plan_copy(reader, pieces, self._probed, plan.rate, space.trial, stop)
            beside, index = (sound[0].absolute(), sound[1]) if sound else (None, 0)
            _, lead = codecs.lead_in_of(plan.audio_codec, plan.suffix)
            times = plan.film.times if plan.film else None
            job = Splice(
                pieces, copying.orders, plan.rate, copying.form, beside, index, begin, lead, self._extras, times
            )
            in_process(reader, partial(splice, job), space.part, stop)

        stage = self._progress.stage(0.95)
        whole = sum(piece.stat().st_size for piece in pieces)
        copied = asyncio.ensure_future(self._threads.run(work))
        try:
            while not copied.done():
                await asyncio.wait({copied}, timeout=_POLL_SECONDS)
                stage(space.part.stat().st_size / whole if space.part.exists() else 0.0)
            await copied
            stage(1.0)
        finally:
            if not copied.done():
                copied.cancel()
                await asyncio.wait({copied})

    async def _check(self, video: Track) -> MediaInfo:
        plan, space = self._plan, self._workspace
        pieces = () if plan.encodes_video else tuple(piece.absolute() for piece in video.files)
        firsts = {path: each.first for path, each in self._probed.items() if each.first is not None}
        times = plan.film.times if plan.film else None
        expected = Expected(video.frames, plan.rate, pieces, times, firsts if pieces else {})
        info, _ = await asyncio.gather(
            self._threads.run(
                lambda stop: in_process(self._reader, partial(check_picture, expected), space.part, stop)
            ),
            self._threads.run(lambda stop: space.flush()),  # what is to be there in the end can begin now
        )
        return info


def _by_file(found: Sequence[ProbedFile]) -> dict[Path, ProbedFile]:
    return {each.info.path.absolute(): each for each in found}


def _plan_copy(
    reader: MediaReader,
    pieces: Sequence[Path],
    probed: Mapping[Path, ProbedFile],
    rate: Fraction,
    trial: Path,
    stop: Stop,
) -> Copying:
    stored = [probed[piece].stored if piece in probed else None for piece in pieces]
    return in_process(reader, partial(plan_copy, tuple(pieces), rate, stored=stored), trial, stop)


def _plan_stitch(
    found: Sequence[ProbedFile], reader: MediaReader, workspace: Workspace, options: StitchOptions, stop: Stop
) -> StitchPlan:
    infos, probed = [each.info for each in found], _by_file(found)
    pieces = [info.path.absolute() for info in infos]
    trial, tracks = workspace.trial, options.tracks_from
    segments = infos if tracks is None else [replace(info, streams=info.videos[:1]) for info in infos]
    plan = make_plan(
        segments, trial.suffix, options, lambda rate: _plan_copy(reader, pieces, probed, rate, trial, stop)
    )
    return plan if tracks is None else replace(plan, film=read_film(tracks, plan.frames, plan.rate, reader, stop))


def _check_names(segments: Sequence[Path], output: Path) -> None:
    if not segments:
        raise StitchError(
            tr("There are no chunks to make {output} of.", output=output.name), tr("Render the job first.")
        )
    place = output.resolve()
    if any(segment.resolve() == place for segment in segments):
        raise StitchError(
            tr("{output} is one of the chunks it is to be made of.", output=output.name),
            tr("Choose another output name."),
        )
    _check_links(segments)
    if output.is_dir():
        raise StitchError(tr("{output} is a folder.", output=output.name), tr("Choose another output name."))
    if not output.suffix:
        raise StitchError(
            tr("{output} does not say what kind of file to make.", output=output.name),
            tr("Add .mp4, .mov, .mkv or .webm."),
        )


def _check_links(segments: Sequence[Path]) -> None:
    """Refuse chunks under several names that are links to one file, which each chunk has replaced."""
    found: dict[tuple[int, int], Path] = {}
    for segment in segments:
        with suppress(OSError):  # a missing one is named when it is probed
            status = segment.stat()
            first = found.setdefault((status.st_dev, status.st_ino), segment)
            if status.st_ino and first != segment:
                raise StitchError(
                    tr("{first} and {second} are one and the same file.", first=first.name, second=segment.name),
                    tr("Have each chunk write a file of its own, not a link, and render both again."),
                )


async def _probe_all(
    segments: Sequence[Path], reader: MediaReader, threads: WorkThreads, stage: Stage
) -> list[ProbedFile]:
    """Look at every segment, a few at a time; ``StitchError`` names the first in order that is unusable."""

    async def probe(segment: Path) -> ProbedFile:
        return await threads.run(lambda stop: reader.probe_file(segment, stop))

    found, unusable = await probe_each(segments, probe, stage)
    if unusable:
        more = tr(" So it is with {count} more chunks.", count=len(unusable) - 1) if len(unusable) > 1 else ""
        raise StitchError(f"{unusable[0]}{more}", tr("Render the chunk again, then stitch.")) from unusable[0]
    return found
