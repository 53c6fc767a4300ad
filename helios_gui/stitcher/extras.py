"""What chunks carry beside their first picture and their first sound, and what of it belongs into the result."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

from helios_gui.stitcher.compare import same_rate
from helios_gui.stitcher.properties import streams_of
from helios_gui.stitcher.timecodes import timecodes_follow
from helios_gui.translation import mark, tr, tr_count
from helios_gui.types import Chapter, MediaInfo, StreamInfo

MATROSKA = frozenset({".mkv", ".mka"})
_WRITTEN_BY_MUXERS = frozenset({"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time"}) | {
    "duration",
    "handler_name",
    "vendor_id",
    "timecode",
    "alpha_mode",
    "encoded_by",
    "filename",
    "mimetype",
    "software",
    "reel_name",
}
_STATISTICS = (
    *("_statistics", "bps", "number_of_", "modification_", "product_", "company_name", "application_"),  # Matroska
    *("uid", "generation_uid", "material_package", "file_package", "operational_pattern", "toolkit_"),  # MXF
)
"""How the names of tags begin that muxers write."""
_IN_QUICKTIME = {"deu": "ger", "fre": "fra", "nld": "dut", "zho": "chi", "ell": "gre", "cze": "ces", "slo": "slk"} | {
    "rum": "ron",
    "fas": "per",
    "isl": "ice",
    "mkd": "mac",
    "sqi": "alb",
    "cym": "wel",
    "eus": "baq",
    "hye": "arm",
    "kat": "geo",
    "mya": "bur",
    "msa": "may",
    "bod": "tib",
}
"""The other of the two codes that ISO 639-2 has for a language → that for which QuickTime files have a number."""
_KIND_WORDS = {
    "video": mark("video track"),
    "audio": mark("sound track"),
    "subtitle": mark("subtitle track"),
    "data": mark("data track"),
}


@dataclass(frozen=True, slots=True)
class TrackLabel:
    """What the container says of a track: its tags (title, language, …) and its disposition's names."""

    tags: Mapping[str, str] = field(default_factory=dict)
    disposition: frozenset[str] = frozenset()

    def tags_in(self, container: str) -> dict[str, str]:
        """Return the tags as a container holds them, given by FFmpeg's name."""
        tags = dict(self.tags)
        if container == "mov" and "language" in tags:
            tags["language"] = quicktime_language(tags["language"])
        return tags


def quicktime_language(code: str) -> str:
    """Return the code (ISO 639-2) by which QuickTime files know a language."""
    return _IN_QUICKTIME.get(code, code)


@dataclass(frozen=True, slots=True)
class TrackSegment:
    """A part of a track: the stream ``index`` of ``path``, whose times become later by ``shift`` seconds.

    Its first ``lead`` packets are left out; the next one's time counts as 0. Before they are moved, times become longer
    by ``stretch``. Packets that are shown before 0, or with ``length`` after so many seconds, are cut or left out then.
    """

    path: Path
    index: int
    shift: Fraction = Fraction(0)
    lead: int = 0
    stretch: Fraction = Fraction(1)
    length: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ExtraTrack:
    """A track that goes beside the first picture and the first sound.

    Args:
        stream: The first chunk's stream, for which all chunks have the like.
        place: Its place among those of its kind, from 0.
        pieces: Where its packets are, one after the other.
        label: What the container is to say of it.
        origin: The number of its stream in the source; -1 where it comes from chunks.
    """

    stream: StreamInfo
    place: int
    pieces: tuple[TrackSegment, ...]
    label: TrackLabel
    origin: int = -1

    @property
    def name(self) -> str:
        """What it is called for people: "subtitle track 1 (fra)"."""
        if self.stream.is_cover:
            return tr("cover picture")
        language = f" ({self.stream.language})" if self.stream.language else ""
        return f"{tr(_KIND_WORDS[self.stream.kind])} {self.place + 1}{language}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within a Matroska file, such as a font or a cover picture: the stream ``index`` of ``path``."""

    path: Path
    index: int
    name: str
    mimetype: str


@dataclass(frozen=True, slots=True)
class Extras:
    """All that goes into the result beside pictures and sound; see ``plan_extras``.

    Args:
        picture: What the container is to say of the first picture.
        sound: What it is to say of the first sound.
        tracks: Further tracks.
        attachments: Files within the file.
        chapters: The film's chapters.
        tags: What the container is to say of the film.
        timecode: The first frame's; empty for none.
        notes: What people should know of all this.
    """

    picture: TrackLabel = TrackLabel()
    sound: TrackLabel = TrackLabel()
    tracks: tuple[ExtraTrack, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    timecode: str = ""
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to carry."""
        marks = (self.picture.disposition | self.sound.disposition) - {"default"}
        return any(
            (
                self.picture.tags,
                self.sound.tags,
                marks,
                self.tracks,
                self.attachments,
                self.chapters,
                self.tags,
                self.timecode,
            )
        )


def plan_extras(segments: Sequence[MediaInfo], rate: Fraction, suffix: str, *, retimed: bool = True) -> Extras:
    """Decide what of the chunks' further streams, chapters and tags belongs into a file of ``suffix``.

    What a track is comes from the first chunk; that the others have the like was found out by comparing them. A track
    that some lack (they are encoded anew then) is left out, and said. Where frames get another rate (``retimed``), so
    do subtitles and chapters.
    """
    stretches = [_stretch(info, rate) if retimed else Fraction(1) for info in segments]
    starts = [count / rate for count in accumulate((info.frames for info in segments), initial=0)]
    notes: list[str] = []
    tracks = [track for kind in _KIND_WORDS for track in _tracks(segments, kind, starts, stretches, notes)]
    covers, files = _plan_covers(segments, suffix, notes)
    tags, told = shared_tags([info.tags for info in segments])
    notes += [tr("left out, as the chunks differ in it: {name}", name=name) for name in told]
    first = segments[0]
    timecode = first.timecode
    if timecode and not timecodes_follow(
        [info.timecode for info in segments], [info.frames for info in segments], rate
    ):
        notes.append(
            tr("the chunks' timecodes do not follow each other; the video counts on from {timecode}", timecode=timecode)
        )
    return Extras(
        picture=_picture_label(segments, timecode),
        sound=label_of([info.audio for info in segments if info.audio]),
        tracks=(*tracks, *covers),
        attachments=(*attachments_of(segments), *files),
        chapters=_chapters([_stretched(info, by) for info, by in zip(segments, stretches, strict=True)], starts),
        tags=tags | ({"timecode": timecode} if timecode and suffix == ".mxf" else {}),
        timecode=timecode,
        notes=tuple(notes),
    )


def _plan_covers(
    segments: Sequence[MediaInfo], suffix: str, notes: list[str]
) -> tuple[Sequence[ExtraTrack], Sequence[Attachment]]:
    """Return the cover pictures as tracks or, for Matroska, as attached files; note where the chunks' differ."""
    covered = [info for info in segments if any(stream.is_cover for stream in info.streams)]
    if not covered:
        return (), ()
    if len({_covers_of(info) for info in segments}) > 1:
        name = covered[0].path.name
        notes.append(tr("the cover picture is that of {name}; other chunks have none, or another", name=name))
    return ((), covers_as_files(covered[0])) if suffix in MATROSKA else (cover_tracks(covered[0]), ())


def _stretch(info: MediaInfo, rate: Fraction) -> Fraction:
    """Return how many times longer a chunk's frames are shown at ``rate``."""
    own = info.video.rate if info.video else None
    return Fraction(1) if own is None or info.frames < 2 or same_rate(own, rate) else own / rate


def _stretched(info: MediaInfo, stretch: Fraction) -> tuple[Chapter, ...]:
    return tuple(replace(each, start=each.start * stretch, end=each.end * stretch) for each in info.chapters)


def _tracks(
    segments: Sequence[MediaInfo],
    kind: str,
    starts: Sequence[Fraction],
    stretches: Sequence[Fraction],
    notes: list[str],
) -> Iterator[ExtraTrack]:
    by_segment = [streams_of(info, kind) for info in segments]
    first_place = 1 if kind in ("video", "audio") else 0
    shared = min(map(len, by_segment))
    if max(map(len, by_segment)) > max(shared, first_place):
        lacking = next(info for info, streams in zip(segments, by_segment, strict=True) if len(streams) == shared)
        notes.append(
            tr(
                "left out, as {lacking} has none: {track} {number}",
                lacking=lacking.path.name,
                track=tr(_KIND_WORDS[kind]),
                number=max(shared, first_place) + 1,
            )
        )
    for place in range(first_place, shared):
        streams = [each[place] for each in by_segment]
        if (
            kind != "audio" and len({_copy_identity(stream) for stream in streams}) > 1
        ):  # sounds are encoded, others are copied
            track = f"{tr(_KIND_WORDS[kind])} {place + 1}"
            notes.append(tr("left out, as the chunks differ in it: {name}", name=track))
            continue
        pieces = [
            _track_segment(info, stream, start, Fraction(1) if kind == "audio" else stretch)
            for info, stream, start, stretch in zip(segments, streams, starts, stretches, strict=False)
        ]
        yield ExtraTrack(streams[0], place, tuple(pieces), label_of(streams))


def _copy_identity(stream: StreamInfo) -> Hashable:
    """Return what must be equal in all pieces of a track whose packets are copied."""
    picture = stream.width, stream.height, stream.pixel_format, stream.profile, stream.sample_aspect, stream.colour
    return stream.codec, stream.configuration, stream.display_matrix, stream.alpha, *picture


def _track_segment(info: MediaInfo, stream: StreamInfo, start: Fraction, stretch: Fraction) -> TrackSegment:
    begin = (info.video.start or Fraction(0)) if info.video else Fraction(0)
    return TrackSegment(info.path.absolute(), stream.index, start - begin * stretch, stretch=stretch)


def cover_tracks(info: MediaInfo) -> list[ExtraTrack]:
    """Return the still pictures that stand for a file, as tracks."""
    covers = [stream for stream in info.streams if stream.is_cover]
    return [
        ExtraTrack(stream, place, (TrackSegment(info.path.absolute(), stream.index),), label_of([stream]))
        for place, stream in enumerate(covers)
    ]


def _covers_of(info: MediaInfo) -> Hashable:
    return tuple((each.codec, each.width, each.height, each.packets) for each in info.streams if each.is_cover)


def covers_as_files(info: MediaInfo) -> list[Attachment]:
    """Return the still pictures that stand for a file, as Matroska has them."""
    covers = [stream for stream in info.streams if stream.is_cover]
    kinds = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}
    return [
        Attachment(info.path.absolute(), stream.index, *kinds[stream.codec])
        for stream in covers
        if stream.codec in kinds
    ]


def attachments_of(segments: Sequence[MediaInfo]) -> list[Attachment]:
    """Return the files that any chunk holds, each name once: fonts are in every chunk that needs them."""
    found: dict[str, Attachment] = {}
    for info in segments:
        for stream in info.of_kind("attachment"):
            name = stream.tags.get("filename") or f"attachment {stream.index}"
            found.setdefault(name, Attachment(info.path.absolute(), stream.index, name, stream.codec))
    return list(found.values())


def label_of(streams: Sequence[StreamInfo]) -> TrackLabel:
    """Return what all of the streams say of themselves."""
    if not streams:
        return TrackLabel()
    tags, _ = shared_tags([stream.tags for stream in streams])
    language = {stream.language for stream in streams}
    if len(language) == 1 and streams[0].language:
        tags["language"] = streams[0].language
    return TrackLabel(tags, frozenset.intersection(*(stream.disposition for stream in streams)))


def _picture_label(segments: Sequence[MediaInfo], timecode: str) -> TrackLabel:
    videos = [info.video for info in segments if info.video]
    label = label_of(videos)
    tags = dict(label.tags)
    if timecode:
        tags["timecode"] = timecode
    return replace(label, tags=tags)


def shared_tags(all_tags: Sequence[Mapping[str, str]]) -> tuple[dict[str, str], list[str]]:
    """Return the tags that all have alike, and the names of those that differ, but for what muxers write."""
    names = sorted({name for tags in all_tags for name in tags if not _written_by_muxer(name)})
    values = {name: {tags.get(name) for tags in all_tags} for name in names}
    shared = {name: all_tags[0][name] for name in names if len(values[name]) == 1}
    return shared, [name for name in names if name not in shared]


def _written_by_muxer(name: str) -> bool:
    return name in _WRITTEN_BY_MUXERS or name.startswith(_STATISTICS)


def _chapters(lists: Sequence[tuple[Chapter, ...]], starts: Sequence[Fraction]) -> tuple[Chapter, ...]:
    """Return the chunks' chapters at their times in the film; one that goes on over a seam is one.

    Where all chunks carry the same list and it reaches beyond a chunk's end, it is the whole film's.
    """
    shortest = min(end - start for start, end in pairwise(starts))
    if len(lists) > 1 and len(set(lists)) == 1 and lists[0] and lists[0][-1].end > shortest + 1:
        return tuple(replace(each, end=min(each.end, starts[-1])) for each in lists[0] if each.start < starts[-1])
    found: list[Chapter] = []
    for chapters, start, end in zip(lists, starts, starts[1:], strict=False):
        for each in chapters:
            moved = Chapter(min(start + each.start, end), min(start + each.end, end), each.title)
            if found and moved.start == start and (found[-1].end, found[-1].title) == (start, moved.title):
                found[-1] = replace(found[-1], end=moved.end)
            elif moved.end > moved.start:
                found.append(moved)
    return tuple(found)


def lost_extras(wanted: Extras, made: MediaInfo, suffix: str) -> tuple[str, ...]:
    """Return what the result lacks of ``wanted``, in words: its container does not hold it."""
    lost = list(_lost_tracks(wanted, made))
    names = {stream.tags.get("filename") for stream in made.of_kind("attachment")}
    covers = sum(stream.is_cover for stream in made.streams)
    for attachment in wanted.attachments:
        if attachment.name not in names and not (attachment.mimetype.startswith("image/") and covers):
            lost.append(tr("the attached file {attachment}", attachment=attachment.name))
    if len(made.chapters) != len(wanted.chapters):
        lost.append(tr_count("{number} chapter", "{number} chapters", len(wanted.chapters)))
    if wanted.timecode and made.timecode != wanted.timecode:
        lost.append(tr("the start timecode {timecode}", timecode=wanted.timecode))
    lost += [
        tr("the tag {name}", name=name)
        for name, value in wanted.tags.items()
        if name != "timecode" and _lacks_tag(made, name, value)
    ]
    return tuple(not_held(each, suffix) for each in lost)


def not_held(what: str, suffix: str) -> str:
    """Return the remark that something is missing in the result."""
    return tr("a {suffix} file does not hold {each}; it was left out", suffix=suffix, each=what)


def _lacks_tag(made: MediaInfo, name: str, value: str) -> bool:
    return made.tags.get(name, "").strip() != value.strip()


def _lost_tracks(wanted: Extras, made: MediaInfo) -> Iterator[str]:
    for track in wanted.tracks:
        streams = streams_of(made, track.stream.kind)
        if track.stream.is_cover:
            if not any(stream.is_cover for stream in made.streams):
                yield tr("the cover picture")
        elif track.place >= len(streams):
            yield track.name
        else:
            yield from _lost_words(track.label, streams[track.place], tr(" of {track}", track=track.name))
    if made.video is not None:
        yield from _lost_words(wanted.picture, made.video, tr(" of the video"))
    if made.audio is not None:
        yield from _lost_words(wanted.sound, made.audio, tr(" of the sound"))


def _lost_words(label: TrackLabel, made: StreamInfo, whose: str) -> Iterator[str]:
    language = label.tags.get("language", "")
    if language and quicktime_language(made.language) != quicktime_language(language):
        yield tr("the language {language}{whose}", language=language, whose=whose)
    if label.tags.get("title") and made.title != label.tags["title"]:
        yield tr("the title {title}{whose}", title=label.tags["title"], whose=whose)
    if lost := sorted(label.disposition - made.disposition - {"default"}):
        yield tr("the mark {lost}{whose}", lost=", ".join(lost), whose=whose)
