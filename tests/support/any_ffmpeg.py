"""What versions of FFmpeg are told in different ways, told so that all from 5.1 on understand it."""

from __future__ import annotations

from pathlib import Path

import av

OWN_TIMES = ("-fps_mode", "passthrough")
"""Options with which frames keep the times they have; FFmpeg 9 knows no ``-vsync``."""

_OF_FRAMES = {"": "unknown", "gamma28": "bt470bg"}


def colours(
    primaries: str = "", transfer: str = "", matrix: str = "", values: str = "", *, filters: str = ""
) -> tuple[str, ...]:
    """Return options of an output with these colours: up to 7.0 encoders tell what they say, then what frames tell.

    Args:
        primaries: FFmpeg's name; empty for untold, as the others.
        transfer: The same.
        matrix: The same.
        values: ``tv`` or ``pc``; empty for those that the frames have.
        filters: What is done to the frames before they tell.
    """
    said = {"color_primaries": primaries, "color_trc": transfer, "colorspace": matrix}
    told = {name: _OF_FRAMES.get(value, value) for name, value in said.items()} | ({"range": values} if values else {})
    frames = "setparams=" + ":".join(f"{name}={value}" for name, value in told.items())
    options = {name: value for name, value in (said | {"color_range": values}).items() if value}
    words = (word for name, value in options.items() for word in (f"-{name}", value))
    return ("-vf", f"{filters},{frames}" if filters else frames, *words)


def turn(source: Path, target: Path, degrees: int, timecode: str = "") -> Path:
    """Copy the packets of a video into one that is shown turned; FFmpeg 5 and later ones do so in different ways.

    Args:
        source: A video.
        target: The one that is made.
        degrees: By how much; players turn it back.
        timecode: That of its first frame.
    """
    with av.open(str(source)) as before, av.open(str(target), "w") as after:
        streams = {}
        for each in before.streams:
            streams[each.index] = made = after.add_stream_from_template(each)
            if each.type == "video":
                made.set_display_rotation(degrees)
                if timecode:
                    made.metadata["timecode"] = timecode
        for packet in before.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                after.mux(packet)
    return target
