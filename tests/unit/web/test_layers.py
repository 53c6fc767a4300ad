"""A picture shows a page as it is at its frame: nothing in it comes of what the browser has drawn before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.browsers import require_headless_shell

WritePage = Callable[..., Path]
FPS = Fraction(20)
SMALL = View(320, 180)
FIRST, END = 17, 22
"""Frames of a chunk, and of a run that began at the first one."""

BOX = "<div id=box>Sharp text<br>and <b>more</b></div>"
AT = "position:absolute;left:20.3px;top:20.4px;width:120.5px;height:60.5px;color:#fff;background:#c33"
STYLE = f"#box{{{AT};font:14px sans-serif}}"
MOVED = "`translate(${n*1.37}px,${n*.61}px)`"
IN_3D = "`translate3d(${n*1.37}px,${n*.61}px,0)`"


def script(at_each_frame: str) -> str:
    return f"<script>let n=0;(function next(){{n++;{at_each_frame};requestAnimationFrame(next)}})()</script>"


HINTED = f"if(n>9){{box.style.willChange='transform';box.style.transform={MOVED}}}"
PAGES: dict[str, tuple[str, str]] = {
    "an animation begins late": (
        BOX,
        f"{STYLE}#box{{animation:move 2s .43s linear}}@keyframes move{{to{{transform:translate(133.7px,41.3px)}}}}",
    ),
    "will-change comes with what changes": (BOX + script(HINTED), STYLE),
    "what is hinted at is scaled": (
        BOX + script("if(n>9){box.style.willChange='transform';box.style.transform=`scale(${3-n*.05})`}"),
        STYLE,
    ),
    "the page has its own adopted styles": (
        f"{BOX}<script>const own=new CSSStyleSheet();own.replaceSync('#box{{color:yellow}}');"
        f"document.adoptedStyleSheets=[own]</script>{script(HINTED)}",
        STYLE,
    ),
    "in a shadow": (
        "<div id=host></div><script>const root=host.attachShadow({mode:'closed'});"
        f"root.innerHTML=`<p style='{AT}'>Text`;const box=root.firstChild</script>"
        + script(f"if(n>9)box.style.transform={IN_3D}"),
        "",
    ),
    "in a frame": (
        f"<iframe width=300 height=150 srcdoc=\"<div id=box style='{AT}'>Text</div>{script(HINTED)}\"></iframe>",
        "",
    ),
    "moved in 3D late": (BOX + script(f"if(n>9)box.style.transform={IN_3D}"), STYLE),
    "in 3D by its style": (
        BOX + script("box.style.setProperty('--x',n*1.37+'px')"),
        f"{STYLE}@media all{{#box{{transform:translate3d(var(--x),3.3px,0)}}}}",
    ),
    "in 3D by keyframes": (
        BOX,
        f"{STYLE}#box{{animation:move 2s linear}}@keyframes move{{to{{transform:translate3d(133.7px,41.3px,2px)}}}}",
    ),
    "in 3D by an animation of a script": (
        f"{BOX}<script>box.animate({{translate:['0 0 1px','133.7px 41.3px 1px']}},2000)</script>",
        STYLE,
    ),
    "a rule is changed where it is": (
        BOX + script(f"document.styleSheets[0].cssRules[1].style.transform=n>9?{IN_3D}:'none'"),
        STYLE,
    ),
    "a rule in a rule is changed": (
        f"{BOX}<script>const kept=document.styleSheets[0].cssRules[2].cssRules[0].styleMap</script>"
        + script(f"kept.set('transform',{IN_3D})"),
        STYLE + "@media all{#box{color:#ffe}}",
    ),
    "a rule comes for another one": (
        BOX
        + script(
            "const s=document.styleSheets[0];if(n>9){s.deleteRule(2);s.insertRule(`#box{transform:${"
            + IN_3D
            + "}}`,2)}"
        ),
        STYLE + "p{color:red}",
    ),
    "its place has three values, by its attribute": (
        BOX + script("if(n>9)box.setAttribute('style',`translate:${n*1.37}px ${n*.61}px 1px`)"),
        STYLE,
    ),
    "its back is hidden, by its attribute": (
        BOX + script("box.setAttribute('style',`backface-visibility:hidden;transform:translate(${n*1.37}px,9.3px)`)"),
        STYLE,
    ),
    "its place has three values": (BOX + script("if(n>9)box.style.translate=`${n*1.37}px ${n*.61}px 1px`"), STYLE),
    "a picture grows and shrinks in 3D": (
        "<img id=box src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='280' height='240'>"
        "<circle cx='140' cy='120' r='100'/></svg>\" width=140 height=120>"
        + script("box.style.transform=`translate3d(60px,20px,0) scale(${.05+Math.abs(Math.sin(n*.3))})`"),
        "",
    ),
    "what is inside moves in 3D": (
        f"<div id=outer>{BOX}</div>" + script(f"outer.style.transform={IN_3D}"),
        STYLE,
    ),
    "backs are hidden": (
        "<div class=row><p style='background:red'>1<p style='background:#3c3'>2<p style='background:blue'>3</div>"
        + script("for(const one of document.querySelectorAll('p'))one.style.transform=`translate(${-n*17.37}px,0)`"),
        ".row{display:flex;overflow:hidden}p{margin:0;min-width:320px;height:160px;backface-visibility:hidden}",
    ),
}


async def chunk(page: Path, first: int) -> list[bytes]:
    """Return the pictures from a frame on, up to ``END``, of a page that nobody has seen before that frame."""
    source = PageSource(page, SMALL, FPS)
    async with open_page(source, print, end=END, on_command=True) as shown:
        await shown.pass_frames(0, first)
        return [await shown.capture(frame) for frame in range(first, END)]


@pytest.mark.parametrize("what", PAGES)
@pytest.mark.parametrize("browser", ["by itself", "on command"])
async def test_a_chunk_shows_what_a_run_from_the_first_frame_shows(
    browser: str, what: str, write_page: WritePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = require_headless_shell() if browser == "on command" else shutil.which("chromium")
    if found:
        monkeypatch.setenv("HELIOS_BROWSER", found)
    body, style = PAGES[what]
    page = write_page(body, style=style)
    whole = (await chunk(page, 0))[FIRST:]
    assert len(set(whole)) == END - FIRST, "the page does not move"
    assert await chunk(page, FIRST) == whole


async def test_what_is_moved_looks_as_it_would(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<button id=one>One</button><button id=two style='transform:translate3d(1px,0,0)'>One</button>"
        "<p id=three style='transform:translateZ(0)'>3<p id=four style='transform:translateZ(0)'>4<p id=five>5"
        "<script>const radius=(one)=>getComputedStyle(one).borderRadius;"
        "const tell=()=>console.log(radius(one)===radius(two),...[three,four,five].map(radius));"
        "requestAnimationFrame(()=>requestAnimationFrame(tell))</script>",
        style="#three{border-radius:5px}",
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running) as shown:
        for frame in range(3):
            await shown.capture(frame)
    assert lines == ["[page] true 5px 0.01px 0px"]
