"""What WebGL draws on a canvas is drawn on an empty one at each frame, also where the frame before was not shown."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from html import escape
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.browsers import require_headless_shell
from tests.unit.web.test_frame_capture import pixels

WritePage = Callable[..., Path]
FPS = Fraction(20)
SMALL = View(160, 90)
FIRST, END = 4, 7
"""Frames of a chunk, and of a run that began at the first one."""

CANVAS = "<canvas id=c width=160 height=90></canvas>"
STYLE = "canvas{display:block}"
PROGRAM = """
const program=gl.createProgram();
const add=(kind,text)=>{
  const shader=gl.createShader(kind);gl.shaderSource(shader,text);gl.compileShader(shader);
  gl.attachShader(program,shader)
};
add(gl.VERTEX_SHADER,`attribute vec2 p;uniform float a;
  void main(){gl_Position=vec4(cos(a)*p.x-sin(a)*p.y,sin(a)*p.x+cos(a)*p.y,0.,1.);}`);
add(gl.FRAGMENT_SHADER,"void main(){gl_FragColor=vec4(.2,.3,.8,1.);}");
gl.bindAttribLocation(program,0,"p");gl.linkProgram(program);gl.useProgram(program);
gl.bindBuffer(gl.ARRAY_BUFFER,gl.createBuffer());
gl.bufferData(gl.ARRAY_BUFFER,new Float32Array([-.8,-.5,.8,-.5,0,.9]),gl.STATIC_DRAW);
gl.enableVertexAttribArray(0);gl.vertexAttribPointer(0,2,gl.FLOAT,false,0,0);
const angle=gl.getUniformLocation(program,"a");
"""
DRAW = "gl.drawArrays(gl.TRIANGLES,0,3)"
CLEAR = "gl.clear(gl.COLOR_BUFFER_BIT)"


def drawn(at_each_frame: str = DRAW, *, once: str = "", settings: str = "{}", kind: str = "webgl") -> str:
    """Return a script that draws a triangle, which turns, on the canvas ``c``."""
    return (
        f"<script>let n=0;const gl=c.getContext('{kind}',{settings});{PROGRAM};{once};"
        f"(function next(){{n++;gl.uniform1f(angle,n*.2);{at_each_frame};requestAnimationFrame(next)}})()</script>"
    )


COPIED = ";q.clearRect(0,0,160,90);q.drawImage(c,0,0)"
STENCIL = "gl.enable(gl.STENCIL_TEST);gl.stencilFunc(gl.EQUAL,0,255);gl.stencilOp(gl.KEEP,gl.KEEP,gl.INCR);"
HINDERED = "gl.enable(gl.SCISSOR_TEST);gl.scissor(0,0,99,50);gl.clearColor(1,0,0,1);gl.colorMask(true,false,true,true)"
PAGES: dict[str, str] = {
    "nothing is cleared": CANVAS + drawn(),
    "depths are not cleared": CANVAS + drawn(f"{CLEAR};{DRAW}", once="gl.enable(gl.DEPTH_TEST)"),
    "stencils are not cleared": CANVAS + drawn(f"{CLEAR};{DRAW}", once=STENCIL, settings="{stencil:true}"),
    "few frames draw": CANVAS + drawn(f"if(n%3==1){DRAW}"),
    "the page clears a part": CANVAS + drawn(f"{CLEAR};{DRAW}", once=HINDERED),
    "instances": CANVAS + drawn("more.drawArraysInstancedANGLE(gl.TRIANGLES,0,3,1)",
                                once="const more=gl.getExtension('ANGLE_instanced_arrays')"),
    "WebGL 2 draws nothing for a while": CANVAS + drawn(
        f"gl.drawBuffers([gl.BACK]);{DRAW};gl.drawBuffers([gl.NONE])", kind="webgl2", once="gl.drawBuffers([gl.NONE])"
    ),
    "a framebuffer": CANVAS + drawn(
        f"gl.bindFramebuffer(gl.FRAMEBUFFER,n%2?null:f);{DRAW}",
        once="const t=gl.createTexture(),f=gl.createFramebuffer();gl.bindTexture(gl.TEXTURE_2D,t);"
        "gl.texImage2D(gl.TEXTURE_2D,0,gl.RGBA,8,8,0,gl.RGBA,gl.UNSIGNED_BYTE,null);gl.bindFramebuffer(gl.FRAMEBUFFER,f);"
        "gl.framebufferTexture2D(gl.FRAMEBUFFER,gl.COLOR_ATTACHMENT0,gl.TEXTURE_2D,t,0)",
    ),
    "everything is kept": CANVAS + drawn(settings="{preserveDrawingBuffer:true}"),
    "nobody sees the canvas": "<canvas id=s width=160 height=90></canvas><script>const c="
    "document.createElement('canvas');c.width=160;c.height=90;const q=s.getContext('2d')</script>"
    + drawn(DRAW + COPIED),
    "it is in a frame": f"<iframe width=160 height=90 srcdoc='{escape(CANVAS + drawn())}'></iframe>",
    "timers draw, too": CANVAS + drawn(f"{DRAW};if(n==1)setInterval(()=>{{gl.uniform1f(angle,n);{DRAW}}},33)"),
}  # fmt: skip


BY_ITSELF = ["nothing is cleared", "nobody sees the canvas", "timers draw, too"]
"""What is rendered with a browser that draws by itself, too."""


async def chunk(page: Path, first: int) -> list[bytes]:
    """Return the pictures from a frame on, up to ``END``, of a page that nobody has seen before that frame."""
    async with open_page(PageSource(page, SMALL, FPS), print, end=END, on_command=True) as shown:
        await shown.pass_frames(0, first)
        return [pixels(await shown.capture(frame)) for frame in range(first, END)]


async def check_chunk(page: Path) -> None:
    whole = await chunk(page, 0)
    assert len(set(whole)) >= END // 3, "nothing moves"
    assert await chunk(page, FIRST) == whole[FIRST:]


@pytest.mark.parametrize("what", PAGES)
async def test_a_chunk_shows_what_a_run_from_the_first_frame_shows(
    what: str, write_page: WritePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_BROWSER", require_headless_shell())
    await check_chunk(write_page(PAGES[what], style=STYLE))


@pytest.mark.parametrize("what", BY_ITSELF)
async def test_so_does_a_browser_that_draws_by_itself(what: str, write_page: WritePage) -> None:
    await check_chunk(write_page(PAGES[what], style=STYLE))


async def test_a_page_that_clears_nothing_looks_like_one_that_does(write_page: WritePage) -> None:
    cleared = await chunk(write_page(CANVAS + drawn(f"{CLEAR};{DRAW}"), style=STYLE), 0)
    assert await chunk(write_page(CANVAS + drawn(), style=STYLE), 0) == cleared
    kept = CANVAS + drawn(settings="{preserveDrawingBuffer:true}")
    assert (await chunk(write_page(kept, style=STYLE), 0))[1:] != cleared[1:]


async def test_the_page_finds_its_settings_as_it_has_made_them(write_page: WritePage, running: str) -> None:
    names = "['COLOR_CLEAR_VALUE','COLOR_WRITEMASK','DEPTH_WRITEMASK','STENCIL_WRITEMASK','SCISSOR_BOX']"
    page = write_page(
        "<canvas id=d></canvas>"
        + CANVAS
        + drawn(once=f"{HINDERED};gl.depthMask(false);gl.stencilMask(3)", settings="{antialias:false}")
        + "<script>const more=d.getContext('webgl2',{preserveDrawingBuffer:true}).getContextAttributes();"
        "setTimeout(()=>{const {antialias,preserveDrawingBuffer}=gl.getContextAttributes();"
        f"console.log({names}.map((name)=>[...[gl.getParameter(gl[name])].flat()].join()).join(' '),"
        "gl.isEnabled(gl.SCISSOR_TEST),gl.getError(),antialias,preserveDrawingBuffer,more.preserveDrawingBuffer)},120)"
        "</script>",
        style=STYLE,
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running) as shown:
        for frame in range(4):
            await shown.capture(frame)
    assert lines == ["[page] 1,0,0,1 true,false,true,true false 3 0,0,99,50 true 0 false false true"]
