"""Render frames of a page to a video or a picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar

from helios_gui.media.ffmpeg import find_ffmpeg_for, has_decoder
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.types.sequences import frame_files
from helios_gui.utils.programs import NO_WINDOW
from helios_gui.web.camera import DrawsByItselfError, DrawsSteadilyError
from helios_gui.web.encoding import Codec, check_pictures, check_size, codec_of, encoder_arguments
from helios_gui.web.ffmpeg_call import KEPT_LOG
from helios_gui.web.frame_capture import begin_capture
from helios_gui.web.one_color import OneColor
from helios_gui.web.page import Report
from helios_gui.web.page_tabs import PageSource, check_view, open_page, open_tabs
from helios_gui.web.sound import add_sound

if TYPE_CHECKING:
    from helios_gui.media.presets import Preset

T = TypeVar("T")


class _Drawing(TypedDict, total=False):
    """How the browser draws: arguments of ``open_tabs``."""

    on_command: bool
    steadily: bool


Progress = Callable[[int, int], None]
"""Is called with the number of frames that are done, and how many there are."""


async def render_video(
    source: PageSource,
    output: Path,
    start: int,
    count: int,
    codec: str,
    report: Report,
    progress: Progress,
    *,
    step: int = 1,
    preset: Preset | None = None,
) -> None:
    """Render ``count`` frames from ``start`` on to a video.

    Args:
        source: The page.
        output: The video.
        start: The first frame, counted from 0.
        count: Number of frames.
        codec: A name in ``encoding.CODECS``; empty for what the suffix of the output says.
        report: Is called with each line for the log.
        progress: Is called after each frame.
        step: From one frame to the next; a video that leaves frames out has no sound.
        preset: How the video is encoded, instead of ``codec``.

    Raises:
        UserInputError: Something asked for is not possible; nothing was rendered.
        HeliosError: The page or FFmpeg failed.
    """
    view = source.view
    chosen = codec_of(output, codec, preset, transparent=view.transparent)
    check_view(view)
    check_size(chosen, *view.pixels)
    frames = range(start, start + (count - 1) * step + 1, step)

    async def capture(drawing: _Drawing) -> None:
        await _film_video(source, output, frames, chosen, report, progress, drawing)

    await _as_it_can_be_drawn(capture)


async def _film_video(
    source: PageSource,
    output: Path,
    frames: range,
    codec: Codec,
    report: Report,
    progress: Progress,
    drawing: _Drawing,
) -> None:
    view, fps = source.view, source.fps
    done = 0
    content = OneColor()

    async def deliver(picture: bytes) -> None:
        nonlocal done
        content.add(picture)
        await encoder.write(picture)
        done += 1
        progress(done, len(frames))

    async with open_tabs(source, end=frames.stop, **drawing) as tabs:
        page, ffmpeg = await asyncio.gather(tabs.open_page(report), asyncio.to_thread(find_ffmpeg_for, [codec.encoder]))
        await page.pass_frames(0, frames.start)
        capture = await begin_capture(tabs, page, frames, reads_qoi=has_decoder(ffmpeg, "qoi"))
        await page.report_missing_glyphs()
        arguments = encoder_arguments(
            codec, output, fps, width=view.pixels[0], transparent=view.transparent, pictures=capture.codec
        )
        async with _encoder(ffmpeg, arguments) as encoder:
            await capture.run(deliver)
            await encoder.finish()
        await page.report_missing_glyphs()
        await _report_content(content, report)
        if frames.step == 1:
            await add_sound(page, source.sound, output, frames.start, len(frames))


async def _as_it_can_be_drawn(render: Callable[[_Drawing], Awaitable[T]]) -> T:
    """Render in the fastest way in which the browser can draw the page."""
    try:
        try:
            return await render({"on_command": True})
        except DrawsByItselfError:
            return await render({})
    except DrawsSteadilyError:
        return await render({"steadily": True})


async def render_pictures(source: PageSource, output: Path, frames: range, report: Report, progress: Progress) -> None:
    """Render frames to PNG pictures.

    Args:
        source: The page.
        output: The pictures; the name is a pattern (see ``types.sequences``).
        frames: The frames, whose numbers are in the names of the pictures.
        report: Is called with each line for the log.
        progress: Is called after each frame.

    Raises:
        UserInputError: Something asked for is not possible; nothing was rendered.
        HeliosError: The page failed, or a picture cannot be written.
    """
    check_pictures(output)
    check_view(source.view)

    async def capture(drawing: _Drawing) -> None:
        await _film_pictures(source, output, frames, report, progress, drawing)

    await asyncio.to_thread(output.parent.mkdir, parents=True, exist_ok=True)
    await _as_it_can_be_drawn(capture)


async def _film_pictures(
    source: PageSource, output: Path, frames: range, report: Report, progress: Progress, drawing: _Drawing
) -> None:
    files = iter(frame_files(output, frames))
    done = 0
    content = OneColor()

    async def deliver(picture: bytes) -> None:
        nonlocal done
        content.add(picture)
        try:
            await asyncio.to_thread(next(files).write_bytes, picture)
        except OSError as error:
            raise HeliosError(
                tr("{path} cannot be written: {reason}.", path=output, reason=error.strerror or error)
            ) from error
        done += 1
        progress(done, len(frames))

    frames = range(frames[0], frames[-1] + 1, frames.step)
    async with open_tabs(source, end=frames.stop, **drawing) as tabs:
        page = await tabs.open_page(report)
        await page.pass_frames(0, frames.start)
        capture = await begin_capture(tabs, page, frames, reads_qoi=False)
        await page.report_missing_glyphs()
        await capture.run(deliver)
        await page.report_missing_glyphs()
    await _report_content(content, report)


async def _report_content(content: OneColor, report: Report) -> None:
    if remark := await asyncio.to_thread(content.remark):
        report(remark)


async def render_still(source: PageSource, output: Path, frame: int, report: Report) -> None:
    """Render one frame to a PNG picture.

    Raises:
        UserInputError: Something asked for is not possible.
        HeliosError: The page failed.
    """
    if output.suffix.lower() != ".png":
        raise UserInputError(tr("A still is a PNG picture, not {name}.", name=output.name), tr("Name it .png."))

    async def capture(drawing: _Drawing) -> bytes:
        async with open_page(source, report, end=frame + 1, **drawing) as page:
            await page.pass_frames(0, frame)
            picture = await page.capture(frame)
            await page.report_missing_glyphs()
        return picture

    picture = await _as_it_can_be_drawn(capture)
    content = OneColor()
    content.add(picture)
    await _report_content(content, report)
    await asyncio.to_thread(output.write_bytes, picture)


class _Encoder:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stderr is not None
        self._process = process
        self._input = process.stdin
        self._log = asyncio.create_task(process.stderr.read(), name="ffmpeg-log")

    async def write(self, picture: bytes) -> None:
        try:
            self._input.write(picture)
            await self._input.drain()
        except ConnectionError:
            await self.finish()

    async def finish(self) -> None:
        """End the video. Raises ``HeliosError`` where FFmpeg failed."""
        self._input.close()
        log = (await self._log).decode("utf-8", "replace").strip()
        if await self._process.wait() != 0:
            raise HeliosError(tr("FFmpeg could not encode the frames: {words}", words=log[-KEPT_LOG:]))

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._log
        await self._process.wait()


@asynccontextmanager
async def _encoder(ffmpeg: Path, arguments: list[str]) -> AsyncIterator[_Encoder]:
    process = await asyncio.create_subprocess_exec(
        ffmpeg, *arguments, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        creationflags=NO_WINDOW,
    )  # fmt: skip
    encoder = _Encoder(process)
    try:
        yield encoder
    finally:
        await encoder.stop()
