"""A video encoded anew as a person does it: planned, each chunk rendered by its command, stitched."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helios_gui.cli import main
from helios_gui.jobfile.command_line import parse_command
from helios_gui.media.media_reader import MediaReader
from helios_gui.sources.video import VideoFacts, VideoKind, VideoRequest
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import JobSpec, MediaInfo, SourceTracks, StitchOptions, StitchReport


@dataclass(frozen=True)
class Transcoded:
    """What came of it."""

    facts: VideoFacts
    spec: JobSpec
    report: StitchReport
    info: MediaInfo
    path: Path


async def transcoded(request: VideoRequest, reader: MediaReader) -> Transcoded:
    """Read the source of a request, plan its job, run all commands in this process, and stitch the chunks."""
    kind = VideoKind()
    facts = await kind.read(request, lambda line: None)
    folder = request.source.parent
    spec = kind.plan(request, facts, folder / f"{request.source.stem}.helios.json")
    with _inside(folder):
        for chunk in spec.chunks:
            arguments = parse_command(chunk.command)[1:]
            assert await asyncio.to_thread(main, arguments) == 0
    assert spec.output_file is not None
    tracks = spec.tracks_from
    source = tracks and SourceTracks(
        folder / tracks.file, spec.chunks[0].start_frame, tracks.audio_codec, tracks.audio_bit_rate
    )
    metadata = spec.metadata
    options = StitchOptions(
        frames=metadata.total_frames,
        rate=metadata.rate,
        width=metadata.width,
        height=metadata.height,
        tracks_from=source,
    )
    output = folder / spec.output_file
    report = await FfmpegStitcher(reader=reader).stitch(
        [folder / chunk.output_file for chunk in spec.chunks], output, options
    )
    return Transcoded(facts, spec, report, probe(output), output)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
