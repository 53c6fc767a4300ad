"""What goes into which container, and which encoder makes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from helios_gui.stitcher.sound_trial import is_encoder, makes_and_finds
from helios_gui.types import StreamInfo

MOV_FAMILY = frozenset({".mp4", ".mov", ".m4v"})
"""Containers whose index can be moved to the front, so that playing starts before all is loaded."""

_PCM_CONTAINERS = frozenset({".mov", ".mkv", ".avi", ".mxf", ".nut"})
_AUDIO_FOR_CONTAINER = {".webm": "opus", ".avi": "mp3", ".ogv": "vorbis", ".mxf": "pcm_s16le", ".flv": "aac"} | (
    dict.fromkeys((".mpg", ".mpeg", ".vob"), "mp2")
)
_VIDEO_FOR_CONTAINER = {
    ".wmv": ("wmv2", "wmv1", "msmpeg4v3", "msmpeg4v2"),
    ".ogv": ("theora",),
    ".gif": ("gif",),
    ".mxf": ("h264", "mpeg2video", "dnxhd", "prores", "jpeg2000", "dvvideo"),
    **dict.fromkeys((".mpg", ".mpeg", ".vob"), ("mpeg2video", "mpeg1video")),
    **dict.fromkeys((".ts", ".m2ts", ".mts"), ("h264", "hevc", "mpeg2video", "mpeg1video", "mpeg4")),
}
"""What is encoded for containers that FFmpeg puts other codecs into, too, but without exact times or not at all; the
first is the usual."""
_WITH_WMA = frozenset({".wmv", ".asf"})
"""Windows Media Audio is decoded from these alone: others leave out what its decoder needs to know."""
WITH_REPEATS = frozenset({".ogv", ".nut"})
"""Containers that hold the empty packets with which Theora says that a frame is like the one before."""
SILENT = frozenset({".gif"})
"""Containers that hold no sound."""
_WITHOUT_SHOWING_TIMES = frozenset({".avi", ".mxf", ".wmv"})
"""Containers from which H.264 with B-frames is read with wrong times."""
_BROADCAST = frozenset({".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".vob"})
_NOT_FOR_SOUND_ALONE = _BROADCAST | {".mxf"}
"""Containers that start their clock late, or have to have a picture."""
_UNTIMED_SOUND = frozenset({".avi"})
"""Containers that keep no times of the sound: its first packet is heard with the first frame."""
_BLOCKS = {"mp3": 1152, "mp2": 1152, "aac": 1024, "ac3": 1536, "eac3": 1536}
"""Samples in one packet."""
LEAD_INS = {"aac": 1024, "mp3": 1105, "mp2": 481, "ac3": 256, "eac3": 256, "opus": 312}
"""Samples that encoders put before the sound, with FFmpeg (MP3: with LAME), and that are decoded with it."""
_WEBM_AUDIO = frozenset({"opus", "vorbis"})
_MP4 = frozenset({".mp4", ".m4v"})
_NOT_PLAYED_IN_MP4 = frozenset({"png", "mjpeg", "jpeg2000", "ffv1", "vc1", "dirac", "tscc2"})
"""Registered for MP4, so FFmpeg writes them; but no browser, phone or desktop player shows them."""
_NOT_IN_MOV = frozenset({"av1", "vp9", "vvc", "evc", "opus", "flac", "truehd"})
"""FFmpeg writes them into MP4 alone, and says so only with the header, when SVT-AV1 then waits for itself for ever."""
_NOT_IN_FLV = frozenset({"hevc", "av1", "vp8", "vp9", "vvc", "mpeg4"})
"""Written as "enhanced" FLV, in which most players, and FFmpeg before 6.1, find no pictures; or not without being told
to leave the specification."""
_LOSSLESS_AUDIO = frozenset({"flac", "alac", "wavpack", "tta"})
_LOSSLESS_WITHOUT_ENCODER = frozenset({"truehd", "mlp", "s302m", "ape", "tak", "shorten"})
_LONG_BLOCKS = frozenset({"wavpack", "tta"})
"""Sounds of up to a second in a packet: most containers do not tell how much of it the last one has."""
_FOR_FLAC = frozenset({".mkv", ".nut"})
"""Containers of which players know FLAC beside pictures."""
_IN_WMV = frozenset({"wmav1", "wmav2", "wmapro", "wmalossless", "mp3", "mp2", "aac", "ac3"})
"""Sounds in .wmv files; FFmpeg writes others, such as FLAC, that it does not decode from them."""
_FOR_VORBIS = frozenset({".mkv", ".nut", ".ogv", ".mp4"})
_IN_FLV = frozenset({"aac", "mp3"})
"""Sounds in FLV files that players know; FFmpeg from 7.1 on writes others."""
_IN_MXF = frozenset({"pcm_s16le", "pcm_s24le"})
_EXPERIMENTAL = frozenset({"flac"})
"""Sounds that older FFmpegs put into MP4 only when told to."""

_VIDEO_ENCODERS = {
    "h264": "libx264",
    "hevc": "libx265",
    "h265": "libx265",
    "vp8": "libvpx",
    "vp9": "libvpx-vp9",
    "av1": "libsvtav1",
    "prores": "prores_ks",
    "flv1": "flv",
    "webp": "libwebp",
    "msmpeg4v3": "msmpeg4",
    "theora": "libtheora",
}
_AUDIO_ENCODERS = {"opus": "libopus", "vorbis": "libvorbis", "mp3": "libmp3lame"}
_KILOBITS_PER_CHANNEL = {"aac": 96, "libmp3lame": 96, "libopus": 80}  # where each is hard to tell from its source
_KILOBIT_STEPS = {
    "libmp3lame": (64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    "mp2": (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    "ac3": (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640),
}
"""The bit rates there are (ISO/IEC 11172-3 for 44.1 and 48 kHz; ETSI TS 102 366)."""
_BY_BIT_RATE = frozenset({"aac", "libmp3lame", "libopus", "mp2", "ac3", "eac3"})  # Vorbis is told a quality instead
_BIT_RATE_NOISE = 0.97  # how exactly a short chunk's packets tell the bit rate
_OPUS_LAYOUTS = {
    "5.1(side)": "5.1",
    "5.0(side)": "5.0",
    "quad(side)": "quad",
    "6.1(back)": "6.1",
    "7.1(wide)": "7.1",
} | {
    "2.1": "5.1",
    "3.1": "5.1",
    "4.0": "5.0",
    "4.1": "5.1",
    "7.0": "7.1",
}
"""Layouts that Opus does not take → those of Vorbis that have all of their sound (RFC 7845, section 5.1.1)."""
_OWN_ENCODERS = frozenset(  # codecs whose encoder has their name
    {"mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "ffv1", "dnxhd", "qtrle", "png", "rawvideo", "huffyuv", "ffvhuff"}
    | {"gif", "flv", "wmv1", "wmv2", "msmpeg4v2", "v210", "v308", "v408", "v410", "r210", "utvideo", "cfhd", "magicyuv"}
    | {"jpeg2000", "jpegls", "tiff", "bmp", "targa", "dvvideo", "zmbv", "cinepak", "rpza", "asv2", "snow"}
)

BESIDE_ALPHA = frozenset({".webm", ".mkv"})
"""Containers that keep the transparency of VP8 and VP9, which is a second picture beside each frame."""
_ALPHA_ENCODERS = {".mov": "prores_ks", ".webm": "libvpx-vp9", ".mkv": "ffv1", ".avi": "ffv1", ".nut": "ffv1"}
_KEEP_ALPHA = frozenset(
    {"prores", "prores_ks", "ffv1", "png", "qtrle", "utvideo", "huffyuv", "ffvhuff", "magicyuv", "tiff", "rawvideo"}
    | {"v408", "targa", "webp", "libwebp", "apng", "gif", "jpeg2000", "cfhd", "dpx", "exr", "bmp"}
)

_BY_SCALE = frozenset(
    {
        "mpeg4",
        "mpeg2video",
        "mpeg1video",
        "mjpeg",
        "flv",
        "wmv1",
        "wmv2",
        "msmpeg4",
        "msmpeg4v2",
        "h263",
        "snow",
        "asv2",
    }
)
"""Encoders whose quality is a quantiser from 1 to 31; without one they make 200 kbit/s of any picture."""
_GOOD_QUALITY = 18
"""CRF at which x264's loss is not seen by most (FFmpeg's H.264 guide calls 17 to 18 visually lossless)."""


def is_copy(codec: str) -> bool:
    """Return whether a codec option asks for nothing but copying."""
    return codec in ("", "copy")


def is_lossless_audio(codec: str) -> bool:
    """Return whether sound in this codec can be cut and joined without a gap and without a loss."""
    return codec.startswith("pcm_") or codec in _LOSSLESS_AUDIO


@cache
def fits_container(codec: str, suffix: str) -> bool:
    """Return whether FFmpeg's library puts ``codec`` into files of this suffix at all, and players look for it there.

    ``True`` is no promise: some containers take anything. ``False`` also for a suffix that is no container's.
    """
    import av

    if codec in {".mov": _NOT_IN_MOV, ".flv": _NOT_IN_FLV}.get(suffix, _NOT_PLAYED_IN_MP4 if suffix in _MP4 else ()):
        return False
    try:
        with av.open(f"any{suffix}", "w") as output:  # nothing is written before the first packet
            output.add_mux_stream(codec)
    except (ValueError, av.error.FFmpegError):
        return False
    return True


def asked_encoder(codec: str) -> str:
    """Return the encoder for ``codec``, which is the name of a codec or of an encoder."""
    return _VIDEO_ENCODERS.get(codec, codec)


def video_encoder(codec: str, suffix: str, *, alpha: bool = False) -> str:
    """Return the encoder for video of ``codec``, or of what the container wants where the codec does not fit.

    With ``alpha``, it is one that keeps transparency in files of ``suffix``, where there is any.
    """
    if alpha and suffix in _ALPHA_ENCODERS and not (fits_container(codec, suffix) and keeps_alpha(codec, suffix)):
        return _ALPHA_ENCODERS[suffix]
    if codec not in (own := _VIDEO_FOR_CONTAINER.get(suffix, (codec,))):
        codec = own[0]
    if not fits_container(codec, suffix) or (codec == "theora" and suffix not in WITH_REPEATS):
        codec = "h264" if fits_container("h264", suffix) else _default_codec(suffix)
    if codec in _OWN_ENCODERS:
        return codec
    return _VIDEO_ENCODERS.get(codec, "libx264")


def keeps_alpha(codec: str, suffix: str) -> bool:
    """Return whether ``codec`` (or the encoder of this name) keeps transparency in files of ``suffix``."""
    if any(name in codec for name in ("vp8", "vp9", "vpx")):
        return suffix in BESIDE_ALPHA
    return codec in _KEEP_ALPHA


def _default_codec(suffix: str) -> str:
    import av

    with av.open(f"any{suffix}", "w") as output:
        return output.default_video_codec


def audio_codec_for(asked: str, source: str, suffix: str, *, alone: bool = False) -> str:
    """Return the codec in which sound of ``source`` goes into a file of ``suffix``.

    It is as asked, else unchanged, where such sound can be made and found again in such a file; else the usual one of
    the file. Where the sound is ``alone``, a lossy one need not be made, but only be copied.
    """
    if suffix == ".webm":
        return next((codec for codec in (asked.removeprefix("lib"), source) if codec in _WEBM_AUDIO), "opus")
    if not is_copy(asked):
        name = codec_of(asked)
        if is_untimed(suffix) and name not in _BLOCKS and not name.startswith("pcm_"):
            return "pcm_s16le" if is_lossless_audio(name) else "mp3"
        return (
            asked if not is_encoder(audio_encoder(asked)) or makes_sound(name, suffix) else _usual_sound(name, suffix)
        )
    is_copied = alone and not is_lossless_audio(source)
    fits = copies_sound(source, suffix) and (is_copied or makes_sound(source, suffix))
    return source if fits else _usual_sound(source, suffix)


def copies_sound(codec: str, suffix: str) -> bool:
    """Return whether sound of a codec may be copied into files of this suffix."""
    if suffix == ".webm":
        return codec in _WEBM_AUDIO
    if codec.startswith("wma") or suffix in _WITH_WMA:
        return suffix in _WITH_WMA and (not codec or codec in _IN_WMV)
    fits = suffix in _PCM_CONTAINERS if codec.startswith("pcm_") else suffix not in _AUDIO_FOR_CONTAINER
    return fits and (not codec or fits_container(codec, suffix))


def makes_sound(codec: str, suffix: str) -> bool:
    """Return whether sound in a codec (or by the encoder of this name) can be made, and be found again in such a file.

    Blocking, some hundredths of a second, once for each kind.
    """
    if not codec:
        return True
    if codec.startswith("pcm_"):
        return suffix != ".mxf" or codec in _IN_MXF
    if suffix in (".mxf", ".flv"):
        return codec in _IN_FLV and suffix == ".flv"
    if suffix in _WITH_WMA and codec not in _IN_WMV:
        return False
    if codec in _LONG_BLOCKS:
        return False
    encoder = audio_encoder(codec)
    if codec in _AUDIO_ENCODERS and not is_encoder(encoder):  # FFmpeg, the program, may have it nevertheless
        return codec != "vorbis" or suffix in _FOR_VORBIS
    return makes_and_finds(encoder, suffix)


def _usual_sound(source: str, suffix: str) -> str:
    if suffix == ".mxf" and source.startswith("pcm_"):
        return "pcm_s16le" if any(depth in source for depth in ("16", "8", "law")) else "pcm_s24le"
    usual = _AUDIO_FOR_CONTAINER.get(suffix, "aac")
    is_lossless = is_lossless_audio(source) or source in _LOSSLESS_WITHOUT_ENCODER
    return "flac" if is_lossless and usual == "aac" and suffix in _FOR_FLAC else usual


def codec_of(encoder: str) -> str:
    """Return the codec of a sound's encoder, whether this FFmpeg has it or not; another name as it is."""
    return next((codec for codec, name in _AUDIO_ENCODERS.items() if name == encoder), encoder)


def muxer_options(suffix: str, room: int = 0) -> dict[str, str]:
    """Return FFmpeg's options to write a file of this suffix.

    Args:
        suffix: The suffix in small letters.
        room: Bytes to keep free at the beginning of a QuickTime or MP4 file for its index, which has to fit in there; 0
            has the whole file moved when it is complete, so that its index comes first.
    """
    if suffix in MOV_FAMILY:
        # As players know them, though ISO does not: spherical and stereoscopic pictures, Dolby Vision, FLAC, TrueHD.
        told = {"strict": "experimental"}
        return told | ({"moov_size": str(room)} if room else {"movflags": "+faststart"})
    if suffix == ".mxf":
        return {"strict": "unofficial"}  # frame rates that SMPTE has no name for
    # Microseconds that a receiver may read ahead of the clock: as the ffmpeg program's -muxdelay.
    return {"max_delay": "700000"} if suffix in _BROADCAST else {}


def sound_suffix(suffix: str, codec: str) -> str:
    """Return the suffix of a file that keeps sound alone, with its exact times, on its way into one of ``suffix``."""
    if is_untimed(suffix) and not codec.startswith("pcm_"):
        return ".mkv"
    if suffix not in _NOT_FOR_SOUND_ALONE:
        return suffix
    return ".mov" if fits_container(codec_of(codec), ".mov") else ".mp4"


def is_untimed(suffix: str) -> bool:
    """Return whether files of this suffix keep no times of the sound, so that it has to begin with the picture."""
    return suffix in _UNTIMED_SOUND


def lead_in_of(codec: str, suffix: str) -> tuple[int, int]:
    """Return what goes before sound that is encoded for a file of ``suffix``, so that it is heard in time there.

    Returns:
        Samples of silence, which with those that the encoder puts there fill whole packets; and how many packets these
        are, which the file is made without. Both are 0 where the container keeps times.
    """
    codec = codec_of(codec)
    if not is_untimed(suffix) or codec not in _BLOCKS:
        return 0, 0
    packets = math.ceil(LEAD_INS[codec] / _BLOCKS[codec])
    return packets * _BLOCKS[codec] - LEAD_INS[codec], packets


def heard_lead_in(codec: str, sample_rate: int, suffix: str) -> Fraction:
    """Return for how many seconds players of a file of ``suffix`` hear what an encoder puts before its sound.

    It is 0 where the container hides it, or keeps no times. Matroska hides it where it is told of it.
    """
    codec = codec_of(codec)
    if suffix in MOV_FAMILY or is_untimed(suffix) or codec not in _BLOCKS:
        return Fraction(0)
    return Fraction(LEAD_INS[codec], sample_rate or 48_000)


def same_audio(first: str, second: str) -> bool:
    """Return whether two names (of codecs or encoders) mean the same codec."""
    return _AUDIO_ENCODERS.get(first, first) == _AUDIO_ENCODERS.get(second, second)


def layout_for(codec: str, layout: str) -> str:
    """Return the layout that an encoder takes instead of one that it does not take; empty for its own."""
    return _OPUS_LAYOUTS.get(layout, "") if "opus" in codec else ""


def audio_encoder(codec: str) -> str:
    """Return FFmpeg's encoder for sound of ``codec``, which is the name of a codec or of an encoder."""
    return _AUDIO_ENCODERS.get(codec, codec)


def audio_options(codec: str, sound: StreamInfo, suffix: str = "") -> Mapping[str, str]:
    """Return FFmpeg's options to encode ``sound`` in ``codec``: at its own bit rate, where that is more than usual."""
    encoder = audio_encoder(codec)
    usual = _KILOBITS_PER_CHANNEL.get(encoder, 0) * sound.channels
    same = same_audio(codec, sound.codec) and encoder in _BY_BIT_RATE
    own = math.ceil(sound.bit_rate / 1000) if same else 0
    steps = _KILOBIT_STEPS.get(encoder, ())
    kilobits = max(usual, own)
    kilobits = next((step for step in steps if step >= kilobits * _BIT_RATE_NOISE), kilobits)
    options = {"c:a": encoder} | ({"b:a": f"{kilobits}k"} if kilobits else {})
    if encoder == "libmp3lame" and is_untimed(suffix):
        options["reservoir"] = "0"  # no packet needs the one before, of which the file is made without the first
    if suffix == ".mxf":
        options["ar"] = "48000"  # the only rate that it holds
    if suffix in MOV_FAMILY and codec in _EXPERIMENTAL:
        options["strict"] = "experimental"
    if encoder == "libvorbis":
        options["q:a"] = "5"  # of 10; FFmpeg's default is 3
    if encoder == "aac":
        options["aac_coder"] = "fast"  # FFmpeg's manual: better and much faster at such rates; pure tones show it
    return options


def video_options(encoder: str, quality: int | None, suffix: str) -> Mapping[str, str]:
    """Return FFmpeg's options to encode video; ``quality`` is a CRF where the encoder has such a thing."""
    options = {"c:v": encoder}
    crf = str(_GOOD_QUALITY if quality is None else quality)
    if any(name in encoder for name in ("264", "265", "hevc", "av1")):
        options["crf"] = crf
    elif "vp8" in encoder or "vp9" in encoder or "vpx" in encoder:
        options |= {"crf": crf, "b:v": "0" if "9" in encoder else "8M"}
    elif encoder in _BY_SCALE:
        options["q:v"] = str(max(2, min(31, int(crf) // 6)))
    elif encoder == "libtheora":  # of 10, the best; by a bit rate it would leave out frames
        options["q:v"] = str(max(1, min(10, 10 - int(crf) // 9)))
    if suffix in MOV_FAMILY and ("265" in encoder or "hevc" in encoder):
        options["tag:v"] = "hvc1"  # the only name QuickTime and browsers take HEVC under
    if suffix in _WITHOUT_SHOWING_TIMES and "264" in encoder:
        options["bf"] = "0"
    return options
