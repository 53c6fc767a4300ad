"""What becomes of each kind of chunk in each kind of file, found by really joining them: the tables of the README.

Run ``python tests/support/stitch_table.py`` to print them, and with ``--write`` to put them into the README.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import FfmpegStitcher
from helios_gui.types import StitchError, StitchOptions
from tests.support.any_ffmpeg import colours, turn
from tests.support.media_maker import media_maker
from tests.support.picture_boxes import STEREO, dolby_vision, with_boxes

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- stitch table: begin -->\n", "<!-- stitch table: end -->\n"
CONTAINERS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts")
_PATIENCE = 60.0
AS_IS, WORDS, ANEW, OPAQUE, REFUSED = "as is", "in words", "anew", "anew, opaque", "refused"

DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
HDR10 = f"log-level=none:master-display={DISPLAY}:max-cll=1000,400"
HLG = f"-x265-params log-level=none {' '.join(colours('bt2020', 'arib-std-b67', 'bt2020nc'))}"
PQ = " ".join(colours("bt2020", "smpte2084", "bt2020nc"))
GLASS = "-vf format=yuva444p,colorchannelmixer=aa=0.5"
VP9 = "-c:v libvpx-vp9 -cpu-used 8 -b:v 200k"
CODECS = {
    "H.264 with B-frames, AAC": (".mkv", "+sound -c:v libx264 -bf 2 -pix_fmt yuv420p -c:a aac"),
    "H.264, PCM": (".mov", "+sound -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le"),
    "HEVC": (".mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p"),
    "HEVC, HDR10": (".mp4", f"-c:v libx265 -preset ultrafast -x265-params {HDR10} -pix_fmt yuv420p10le {PQ}"),
    "HEVC, Dolby Vision 8.4": (".mp4", f"+dolby -c:v libx265 -preset ultrafast {HLG} -pix_fmt yuv420p10le -tag:v hvc1"),
    "AV1": (".mp4", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p"),
    "VP9, Opus": (".webm", f"+sound {VP9} -c:a libopus"),
    "VP9, transparent": (".webm", f"{GLASS} {VP9} -pix_fmt yuva420p -auto-alt-ref 0"),
    "VP8, transparent": (".webm", f"{GLASS} -c:v libvpx -b:v 200k -pix_fmt yuva420p -auto-alt-ref 0"),
    "ProRes 422": (".mov", "-c:v prores_ks -pix_fmt yuv422p10le"),
    "ProRes 4444, transparent": (".mov", f"{GLASS} -c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"),
    "QuickTime Animation, transparent": (".mov", f"{GLASS} -c:v qtrle -pix_fmt argb"),
    "PNG, transparent": (".mov", f"{GLASS} -c:v png -pix_fmt rgba"),
    "FFV1, transparent": (".mkv", f"{GLASS} -c:v ffv1 -pix_fmt yuva420p"),
    "MPEG-4": (".mp4", "-c:v mpeg4 -pix_fmt yuv420p"),
}
"""By name: the kind of file the chunks are, and how FFmpeg makes them."""

FEATURES = {
    "two sound tracks, with languages": (".mov", "+sound +sound", "-metadata:s:a:1 language=fra"),
    "subtitles (text)": (".mkv", "+subtitles", "-c:s srt"),
    "a second picture": (".mov", "+picture", ""),
    "start timecode": (".mov", "", "-timecode 01:00:00:00"),
    "chapters and a title": (".mkv", "+chapters", ""),
    "a cover picture": (".mp4", "+cover", "-disposition:v:1 attached_pic"),
    "an attached font": (".mkv", "", "-attach font.ttf -metadata:s:t mimetype=font/ttf"),
    "turned by 90°": (".mp4", "+turned", ""),
    "pixels of 16:11": (".mov", "", "-aspect 64:33"),
    "colours tagged as BT.2020 PQ": (".mov", "", PQ),
    "3D, side by side": (".mp4", "+stereo", ""),
}
"""By name: the kind of file the chunks are, what goes into them beside a picture, and how FFmpeg marks it."""

_BOXES = {"+dolby": dolby_vision(), "+stereo": STEREO}


@dataclass
class Workshop:
    """Makes chunks of three frames, and joins two of a kind."""

    folder: Path
    reader: MediaReader

    def chunks(self, name: str, suffix: str, words: list[str]) -> list[Path]:
        """Two chunks; ``words`` are FFmpeg's options, and names of what goes beside the picture."""
        inputs = ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=0.1"]
        beside = {
            "+sound": ["-f", "lavfi", "-i", "sine=r=48000:d=0.1"],
            "+picture": ["-f", "lavfi", "-i", "color=red:s=32x32:r=30:d=0.1"],
            "+subtitles": ["-i", "text.srt"],
            "+chapters": ["-i", "chapters.txt"],
            "+cover": ["-i", "cover.png"],
        }
        maps = ["-map", "0"]
        for number, word in enumerate((word for word in words if word in beside), 1):
            inputs += beside[word]
            maps += ["-map_metadata", str(number)] if word == "+chapters" else ["-map", str(number)]
        options = [word for word in words if not word.startswith("+")]
        paths = [self.folder / f"{name}_{number}{suffix}" for number in range(2)]
        for path in paths:
            self._run(*inputs, *maps, *options, path.name)
            for word, box in _BOXES.items():
                if word in words:
                    with_boxes(path, box)
            if "+turned" in words:
                turn(path.rename(path.with_name(f"plain_{path.name}")), path, 270)
        return paths

    def materials(self) -> None:
        """Make what chunks hold beside pictures and sounds."""
        (self.folder / "text.srt").write_text("1\n00:00:00,010 --> 00:00:00,090\nWords\n\n")
        (self.folder / "font.ttf").write_text("no font")
        chapter = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=100\ntitle=One\n"
        (self.folder / "chapters.txt").write_text(f";FFMETADATA1\ntitle=A film\n{chapter}")
        self._run("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", "cover.png")

    def _run(self, *words: str) -> None:
        command = [media_maker(), "-v", "error", "-nostdin", "-y", *words]
        subprocess.run(command, check=True, cwd=self.folder)

    async def outcome(self, chunks: list[Path], suffix: str) -> str:
        """What becomes of the chunks in a file of this kind."""
        output = self.folder / f"film{suffix}"
        stitcher = FfmpegStitcher(reader=self.reader)
        try:
            report = await stitcher.stitch(chunks, output, StitchOptions(frames=6))
        except StitchError:
            try:
                await self._anew(stitcher, chunks, output)
            except StitchError:
                return REFUSED
            before, after = (self.reader.probe(path).video for path in (chunks[0], output))
            assert before is not None
            assert after is not None
            return OPAQUE if before.alpha and not after.alpha else ANEW
        return WORDS if any("left out" in note or "became" in note for note in report.notes) else AS_IS

    async def _anew(self, stitcher: FfmpegStitcher, chunks: list[Path], output: Path) -> None:
        options = StitchOptions(frames=6, reencode=True)
        try:
            await asyncio.wait_for(stitcher.stitch(chunks, output, options), _PATIENCE)
        except TimeoutError:  # SVT-AV1 1.4 now and then waits for itself for ever
            await stitcher.stitch(chunks, output, options)

    async def codec_row(self, name: str) -> str:
        """The row of a codec, as Markdown."""
        suffix, words = CODECS[name]
        chunks = self.chunks("part", suffix, words.split())
        return _row([f"{name} ({suffix})", *[await self.outcome(chunks, each) for each in CONTAINERS]])

    async def feature_row(self, name: str) -> str:
        """The row of something beside or about the picture, as Markdown."""
        suffix, beside, words = FEATURES[name]
        cover = ["-c:v:1", "copy"] if "cover" in beside else []
        usual = self.chunks("part", suffix, [*beside.split(), "-c:v", "mpeg4", *words.split(), *cover])
        cells = {each: await self.outcome(usual, each) for each in CONTAINERS if each != ".webm"}
        place = suffix.replace(".mov", ".mkv" if "sound" in beside else ".mp4")  # FFmpeg puts no VP9 into .mov
        web = self.chunks("part", place, [*beside.split(), *VP9.split(), *words.split(), *cover])
        cells[".webm"] = await self.outcome(web, ".webm")
        return _row([name, *[cells[each] for each in CONTAINERS]])


def two_tables(codecs: Sequence[str], features: Sequence[str]) -> str:
    """The two tables of these rows, as Markdown."""
    return f"{_head('chunks')}{''.join(codecs)}\n{_head('beside or about the picture')}{''.join(features)}"


def _head(heading: str) -> str:
    return _row([heading, *CONTAINERS]) + _row(["---"] * (len(CONTAINERS) + 1))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


async def _tables(workshop: Workshop) -> str:
    workshop.materials()
    codecs = [await workshop.codec_row(name) for name in CODECS]
    return two_tables(codecs, [await workshop.feature_row(name) for name in FEATURES])


def documented() -> str:
    """The tables as they stand in the README."""
    return README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Print the tables, or write them into the README."""
    with tempfile.TemporaryDirectory() as folder, MediaReader() as reader:
        text = asyncio.run(_tables(Workshop(Path(folder), reader)))
    print(text)
    if "--write" in sys.argv:
        before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
        README.write_text(before + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
