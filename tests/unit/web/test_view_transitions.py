"""A page with view transitions: a browser without a limit of frames would stop at one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from helios_gui.web.page_tabs import PageSource
from helios_gui.web.render import render_pictures, render_still
from helios_gui.web.view import View

MOVING = """<div id=box></div><script>
setTimeout(() => document.startViewTransition(() => box.classList.add("moved")), 30);
</script>"""
STYLE = """#box{width:20px;height:20px;background:red;view-transition-name:box}
#box.moved{margin-left:40px;background:blue}
::view-transition-group(*), ::view-transition-old(*), ::view-transition-new(*) {animation-duration: 100ms}"""


async def test_a_view_transition_is_rendered_and_a_still_is_the_frame_of_the_whole(
    write_page: Callable[..., Path], tmp_path: Path
) -> None:
    source = PageSource(write_page(MOVING, style=STYLE), View(64, 36), Fraction(30))
    whole, still = tmp_path / "whole", tmp_path / "still.png"
    await render_pictures(source, whole / "##.png", range(6), print, lambda *_: None)
    await render_still(source, still, 3, print)
    frames = [(whole / f"{frame:02}.png").read_bytes() for frame in range(6)]
    assert len(set(frames)) >= 4
    assert still.read_bytes() == frames[3]
