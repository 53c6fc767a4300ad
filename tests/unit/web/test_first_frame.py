"""The first frame of a page that begins a moment after its script: it waits for time, or for what it draws with."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(64, 36)
CANVAS = "<canvas id=canvas width=64 height=36></canvas>"
LIMITED = """<script>
const pen = canvas.getContext("2d");
let [then, drawn] = [CLOCK(), 0];
requestAnimationFrame(function loop() {
  requestAnimationFrame(loop);
  if (CLOCK() - then < PAUSE - 5) return;
  then = CLOCK();
  pen.fillStyle = `rgb(${++drawn * 20} 0 99)`;
  pen.fillRect(0, 0, 64, 36);
  console.log(drawn);
});
</script>"""
"""As p5.js does: it draws when enough time has passed since its script ran."""
COMPILED_LATER = """<script>
const pen = canvas.getContext("webgl");
let [program, calls] = [null, 0];
const prepare = () => {
  program = pen.createProgram();
  for (const [kind, text] of [
    [pen.VERTEX_SHADER, "void main(){gl_Position=vec4(0,0,0,1);gl_PointSize=99.;}"],
    [pen.FRAGMENT_SHADER, "void main(){gl_FragColor=vec4(1,0,0,1);}"],
  ]) {
    const shader = pen.createShader(kind);
    pen.shaderSource(shader, text);
    pen.compileShader(shader);
    pen.attachShader(program, shader);
  }
  pen.linkProgram(program);
  pen.useProgram(program);
};
requestAnimationFrame(function loop() {
  requestAnimationFrame(loop);
  pen.clear(pen.COLOR_BUFFER_BIT);
  if (program) pen.drawArrays(pen.POINTS, 0, 1);
  else Promise.resolve().then(prepare);
  console.log(++calls, Boolean(program));
});
</script>"""
"""As Babylon.js does: what the first frame needs is there after it."""
COUNTING = """<script>
canvas.getContext("2d").fillRect(0, 0, 9, 9);
let calls = 0;
requestAnimationFrame(function loop() {
  requestAnimationFrame(loop);
  console.log(++calls, Math.round(performance.now()));
});
</script>"""
WAITING = COUNTING.replace('canvas.getContext("2d").fillRect(0, 0, 9, 9);', "")


async def told(page: Path, frames: int, running: str) -> list[str]:
    """Return what a page prints at its first frames."""
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running) as shown:
        await shown.pass_frames(0, frames)
    return [line.removeprefix("[page] ") for line in lines]


@pytest.mark.parametrize(
    ("clock", "pause", "drawn"), [("performance.now", 1000 / 60, 4), ("Date.now", 1000 / 60, 4), ("Date.now", 100, 2)]
)
async def test_a_page_that_waits_for_time_draws_its_first_frame(
    clock: str, pause: float, drawn: int, write_page: WritePage, running: str
) -> None:
    page = write_page(CANVAS + LIMITED.replace("CLOCK", clock).replace("PAUSE", str(pause)))
    assert await told(page, 1, running) == ["1"]
    assert await told(page, 4, running) == [str(count + 1) for count in range(drawn)]


async def test_a_page_draws_what_is_ready_after_its_first_frame(write_page: WritePage, running: str) -> None:
    page = write_page(CANVAS + COMPILED_LATER)
    assert await told(page, 2, running) == ["1 false", "2 true", "3 true"]
    first, second, third = await pictures(PageSource(page, SMALL, FPS), range(3), running)
    assert first == second == third


async def test_a_page_that_has_drawn_or_waits_for_something_else_keeps_its_time(
    write_page: WritePage, running: str
) -> None:
    assert await told(write_page(CANVAS + COUNTING), 3, running) == ["1 0", "2 33", "3 67"]
    assert (await told(write_page(CANVAS + WAITING), 3, running))[-2:] == ["8 33", "9 67"]
