"""Deciding how segments are joined, from what the probes found and what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from helios_gui.stitcher import codecs
from helios_gui.stitcher.compare import (
    find_audio_mismatch,
    find_lasting_mismatch,
    find_resized,
    find_stream_mismatch,
    find_video_mismatch,
    reference_of,
    same_rate,
    usual_rate,
)
from helios_gui.stitcher.encoding import is_untold, needs_matrix
from helios_gui.stitcher.fits import CannotCopyError, Copying, loses_alpha
from helios_gui.stitcher.sound_fit import lies_ready, same_places
from helios_gui.stitcher.source_film import SourceFilm
from helios_gui.translation import tr, tr_count
from helios_gui.types import MediaInfo, StitchError, StitchOptions, StreamInfo
from helios_gui.types.frame_rate import rate_text


@dataclass(frozen=True, slots=True)
class StitchPlan:
    """All decisions of one stitch.

    ``copying`` says how frames are copied; ``None`` where they are encoded.
    ``source_rate`` is the rate the segments' own timing has, ``rate`` the result's (frames per second).
    ``video_encoder`` and ``audio_codec`` are empty for copied video and copied or absent sound. With
    ``normalize_video`` (``normalize_audio``) the segments are first brought to a common form. ``keep_frames``: one
    frame in is one frame out (else a differing frame rate is converted while normalizing). ``width`` and
    ``height``, in pixels, are those of normalized video, which is upright where the segments are turned, and
    ``pixel_aspect`` is the width of its pixels by their height. ``film`` is where all but the pictures comes from;
    ``None``: from the segments.
    """

    segments: tuple[MediaInfo, ...]
    picture: StreamInfo
    sound: StreamInfo | None
    source_rate: Fraction
    rate: Fraction
    width: int
    height: int
    pixel_aspect: Fraction
    copying: Copying | None
    video_encoder: str
    codec_was_asked: bool
    audio_codec: str
    normalize_video: bool
    normalize_audio: bool
    keep_frames: bool
    quality: int | None
    suffix: str
    notes: tuple[str, ...]
    film: SourceFilm | None = None

    @property
    def frames(self) -> int:
        """Frames of the segments, together."""
        return sum(info.frames for info in self.segments)

    @property
    def retimed_from(self) -> Fraction | None:
        """The rate the segments carried, where their frames get one in the result that people would notice."""
        return None if self.normalize_video or same_rate(self.source_rate, self.rate) else self.source_rate

    @property
    def encodes_video(self) -> bool:
        """Whether the frames are encoded while they are joined (and not copied, perhaps after they were normalized)."""
        return bool(self.video_encoder) and not self.normalize_video


def make_plan(
    segments: Sequence[MediaInfo], suffix: str, options: StitchOptions, examine: Callable[[Fraction], Copying]
) -> StitchPlan:
    """Decide how to join ``segments`` into a file of ``suffix``.

    ``examine`` finds out how all frames are copied at a rate, or raises ``CannotCopyError``.

    Raises ``StitchError`` when frames are missing, or when the segments do not fit together (or not into the
    container) and encoding anew was not allowed.
    """
    picture, source_rate = _picture_of(segments, options.rate)
    if suffix not in codecs.SILENT:
        _check_sounds(segments)
    mismatches = find_video_mismatch(segments) or find_resized(segments), find_audio_mismatch(segments)
    found = mismatches[0] or mismatches[1]
    further = find_stream_mismatch(segments)
    refused = find_lasting_mismatch(segments) if options.reencode else found or further
    if refused is not None:
        raise StitchError(str(refused), refused.hint)
    _check_frames(segments, options)
    usual = reference_of(segments)
    sound = next((info.audio for info in (usual, *segments) if info.audio and suffix not in codecs.SILENT), None)
    rate = options.rate or source_rate
    width, height, pixel_aspect = _normalized_size(picture, options)
    differs = mismatches[0] is not None
    copying, encoder, notes = _choose_video(picture, suffix, options, differs, lambda: examine(rate))
    if encoder:
        _check_base_layer(segments)
    normalize_video = differs or (bool(encoder) and not same_places(segments, "video"))
    audio_codec = _audio_codec(sound, segments, suffix, options) if sound else ""
    # Encoders refuse sounds all around; their samples, without a codec, are taken for those of loudspeakers.
    is_ready = lies_ready(segments, rate) and not (sound and sound.layout.startswith("ambisonic"))
    plan = StitchPlan(
        segments=tuple(segments),
        picture=picture,
        sound=sound,
        source_rate=source_rate,
        rate=rate,
        width=width,
        height=height,
        pixel_aspect=pixel_aspect,
        copying=copying,
        video_encoder=encoder,
        codec_was_asked=not codecs.is_copy(options.video_codec),
        audio_codec=audio_codec,
        normalize_video=normalize_video,
        normalize_audio=bool(audio_codec) and (found is not None or not is_ready),
        keep_frames=options.frames is not None,
        quality=options.quality,
        suffix=suffix,
        notes=notes,
    )
    return replace(plan, notes=notes + tuple(_notes(plan, [str(each) for each in mismatches if each], options)))


def _picture_of(segments: Sequence[MediaInfo], asked_rate: Fraction | None) -> tuple[StreamInfo, Fraction]:
    """Return the video stream that stands for most, and the rate that most carry (a lone frame may carry none)."""
    picture = reference_of(segments).video
    rate = usual_rate(segments) or asked_rate
    odd = next((info for info in segments if info.video is None), segments[0])
    if odd.video is None or picture is None or rate is None:
        raise StitchError(
            tr("{odd} has no video to stitch.", odd=odd.path.name),
            tr("Only chunks that are video files can be joined."),
        )
    return picture, rate


def _check_sounds(segments: Sequence[MediaInfo]) -> None:
    """Raise ``StitchError`` if any segment has a sound that FFmpeg neither decodes nor copies."""
    for info in segments:
        if not all(sound.codec for sound in info.of_kind("audio")):
            raise StitchError(
                tr("{name} has a sound whose codec FFmpeg does not know.", name=info.path.name),
                tr("Render it again without that sound, or with one that FFmpeg knows, such as AAC or PCM."),
            )


def _check_frames(segments: Sequence[MediaInfo], options: StitchOptions) -> None:
    """Raise ``StitchError`` if any segment, or all together, have other frames than they should."""
    for info, frames in zip(segments, options.frames_of_each, strict=False):
        if info.frames != frames:
            raise StitchError(
                tr_count(
                    "{path} has {number} frame instead of {frame_count}.",
                    "{path} has {number} frames instead of {frame_count}.",
                    info.frames,
                    path=info.path.name,
                    frame_count=frames,
                ),
                tr("Render the chunk again, then stitch."),
            )
    total = sum(info.frames for info in segments)
    if options.frames is not None and total != options.frames:
        text = tr("The chunk has {total} frames instead of {frames}.", total=total, frames=options.frames)
        if len(segments) > 1:
            text = tr(
                "The {count} chunks have together {total} frames instead of {frames}.",
                count=len(segments),
                total=total,
                frames=options.frames,
            )
        raise StitchError(
            text,
            tr("Render the incomplete chunks again, then stitch."),
        )


def _choose_video(
    picture: StreamInfo, suffix: str, options: StitchOptions, normalize: bool, examine: Callable[[], Copying]
) -> tuple[Copying | None, str, tuple[str, ...]]:
    """Return how the frames are copied or which encoder makes them, and what is to be said of it."""
    if not codecs.is_copy(options.video_codec):
        return None, codecs.asked_encoder(options.video_codec), ()
    encoder = codecs.video_encoder(picture.codec, suffix, alpha=picture.alpha)
    notes: tuple[str, ...] = ()
    if not normalize:
        try:
            _check_alpha(picture, suffix)
            return examine(), "", ()
        except CannotCopyError as error:
            if not options.reencode:
                raise _with_warning(error, picture, encoder, suffix) from error
            notes = (tr("encoded anew: {error}", error=str(error).rstrip(".")),)
    return None, encoder, notes


def _check_base_layer(segments: Sequence[MediaInfo]) -> None:
    """Raise ``StitchError`` where pictures look right only with Dolby Vision, which is lost when they are encoded."""
    for info in segments:
        if info.video is not None and info.video.needs_dolby_vision:
            raise StitchError(
                tr(
                    "{name} is Dolby Vision {profile}: encoded anew, its colours would be wrong.",
                    name=info.path.name,
                    profile=info.video.dolby_vision,
                ),
                tr("Choose an output name that holds them as they are (.mp4, .mov or .mkv), or render them as HDR10."),
            )


def _check_alpha(picture: StreamInfo, suffix: str) -> None:
    if picture.alpha and picture.codec in ("vp8", "vp9") and suffix not in codecs.BESIDE_ALPHA:
        raise loses_alpha(picture.codec, suffix)


def _with_warning(error: CannotCopyError, picture: StreamInfo, encoder: str, suffix: str) -> CannotCopyError:
    """Return the error with a hint that says so where encoding anew would lose the transparency."""
    if not picture.alpha or codecs.keeps_alpha(encoder, suffix):
        return error
    return CannotCopyError(
        str(error), tr("{hint} Encoded anew for a {suffix} file, it would be opaque.", hint=error.hint, suffix=suffix)
    )


def _audio_codec(sound: StreamInfo, segments: Sequence[MediaInfo], suffix: str, options: StitchOptions) -> str:
    codec = codecs.audio_codec_for(options.audio_codec, sound.codec, suffix, alone=len(segments) == 1)
    lossless = codecs.is_lossless_audio(codec)
    return "" if stays_untouched(segments, sound, codec, suffix) and not lossless else codec


def stays_untouched(segments: Sequence[MediaInfo], sound: StreamInfo, codec: str, suffix: str) -> bool:
    """Return whether ``sound`` is copied where ``codec`` is wanted: a lone lossy one, in a file that keeps its times.

    Several have gaps where each begins and ends.
    """
    timed = not codecs.is_untimed(suffix) or segments[0].path.suffix.lower() == suffix
    return len(segments) == 1 and codec == sound.codec and timed


def further_audio_codec(plan: StitchPlan, sound: StreamInfo) -> str:
    """Return the codec of a sound behind the first of its chunks: made as that one is, or its own where that fits."""
    asked = "" if plan.sound is None or plan.audio_codec == plan.sound.codec else plan.audio_codec
    return codecs.audio_codec_for(asked, sound.codec, plan.suffix, alone=len(plan.segments) == 1)


def _shown_sizes(picture: StreamInfo) -> tuple[tuple[int, int], ...]:
    """Return how large the picture is, as players turn it: in its own pixels, and in square ones."""
    sizes = (picture.width, picture.height), (round(picture.width * picture.sample_aspect), picture.height)
    turned = picture.rotation % 180 != 0
    return tuple((size[1], size[0]) if turned else size for size in sizes)


def upright_aspect(picture: StreamInfo) -> Fraction:
    """Return the width of a pixel by its height once the picture is turned as players turn it."""
    return 1 / picture.sample_aspect if picture.rotation % 180 else picture.sample_aspect


def _normalized_size(picture: StreamInfo, options: StitchOptions) -> tuple[int, int, Fraction]:
    """Return the width and height of normalized video, and its pixels' aspect: a promised size is of square pixels."""
    own = _shown_sizes(picture)[0]
    asked = options.width or own[0], options.height or own[1]
    return *asked, upright_aspect(picture) if asked == own else Fraction(1)


def _size_note(plan: StitchPlan, options: StitchOptions) -> str:
    """Say that the picture is not what the job promises; empty where it is, or where nothing was promised."""
    promised = options.width or 0, options.height or 0
    sizes = _shown_sizes(plan.picture)
    if not all(promised) or promised in sizes:
        return ""
    width, height = sizes[0]
    if plan.normalize_video:
        return tr(
            "the pictures, mostly {width}×{height}, were fitted into {promised_width}×{promised_height}, "
            "as the job says",
            width=width,
            height=height,
            promised_width=promised[0],
            promised_height=promised[1],
        )
    return tr(
        "the video is {width}×{height}, as the chunks are, not {promised_width}×{promised_height} as the job says",
        width=width,
        height=height,
        promised_width=promised[0],
        promised_height=promised[1],
    )


def _untold_matrix_note(plan: StitchPlan) -> str:
    """Say by which matrix pictures were taken that tell none, where others tell another one; empty for no such."""
    odd = [
        info.path.name
        for info in plan.segments
        if info.video and is_untold(info.video) and needs_matrix(info.video, plan.picture, (plan.width, plan.height))
    ]
    if not odd:
        return ""
    return tr_count(
        "{name} does not say how its colours are stored; it was taken as players take pictures of its size",
        "{name} and others ({number} together) do not say how their colours are stored; they were taken as players "
        "take pictures of their size",
        len(odd),
        name=odd[0],
    )


def _notes(plan: StitchPlan, mismatches: Sequence[str], options: StitchOptions) -> Iterator[str]:
    if size_note := _size_note(plan, options):
        yield size_note
    if plan.retimed_from is not None:
        yield tr(
            "chunks carried {rate} fps timing; retimed to {new_rate} fps",
            rate=rate_text(plan.retimed_from),
            new_rate=rate_text(plan.rate),
        )
    for mismatch in mismatches:
        yield tr("evened out: {mismatch}", mismatch=mismatch.rstrip("."))
    if plan.normalize_video and (note := _untold_matrix_note(plan)):
        yield note
    if plan.suffix in codecs.SILENT and any(info.audio for info in plan.segments):
        yield tr("a {plan} file holds no sound; it was left out", plan=plan.suffix)
    if plan.sound is None or not plan.audio_codec:
        return
    if not codecs.is_lossless_audio(plan.sound.codec):
        yield tr(
            "{codec} audio was encoded once more ({audio_codec}) so that the seams have no gaps",
            codec=plan.sound.codec,
            audio_codec=plan.audio_codec,
        )
    if not codecs.is_copy(options.audio_codec) and not codecs.same_audio(options.audio_codec, plan.audio_codec):
        yield tr(
            "a {plan} file holds no {audio_codec} audio; {used} was used",
            plan=plan.suffix,
            audio_codec=options.audio_codec,
            used=plan.audio_codec,
        )
