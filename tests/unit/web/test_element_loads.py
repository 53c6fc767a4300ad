"""What a page loads, unpacks or sends to itself takes none of its time, wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]
BLOB = "URL.createObjectURL(new Blob([{}],{{type:{}}}))"
LONG = "'/*'+'x'.repeat(300000)+'*/'"
STARTS = {
    "a picture of a data address in no document": (
        "const c=document.createElement('canvas');c.width=c.height=900;const x=c.getContext('2d');"
        "for(let i=0;i<900;i++){x.fillStyle=`hsl(${i*9} 80% 50%)`;x.fillRect(Math.random()*900,i,90,9)}"
        "const i=new Image();i.onload=tell;i.src=c.toDataURL()"
    ),
    "a picture of SVG": (
        "const i=document.createElement('img');i.onload=tell;i.setAttribute('src','data:image/svg+xml,'"
        "+encodeURIComponent('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'));"
    ),
    "a picture in HTML": "d.innerHTML='<img src=dot.svg>';d.firstChild.onload=tell",
    "a picture in a shadow root": (
        "const r=d.attachShadow({mode:'open'});r.innerHTML='<img src=dot.svg?shadow>';r.firstChild.onload=tell"
    ),
    "a script of a blob": (
        f"const s=document.createElement('script');s.onload=tell;s.src={BLOB.format(LONG, repr('text/javascript'))};"
        "document.head.append(s);s.remove()"
    ),
    "a style sheet": (
        "const l=document.createElement('link');l.rel='stylesheet';l.onload=tell;l.href='data:text/css,p{}';"
        "document.head.append(l)"
    ),
    "a frame of a blob": (
        f"const f=document.createElement('iframe');f.onload=tell;f.src={BLOB.format(repr('<p>'), repr('text/html'))};"
        "document.body.append(f)"
    ),
    "a request of a blob": (
        f"const r=new XMLHttpRequest();r.onload=tell;r.open('GET',{BLOB.format(LONG, repr(''))});r.send()"
    ),
    "a file": "fetch('dot.svg').then((answer)=>answer.text()).then(tell)",
    "what is unpacked bit by bit": (
        "const packed=new Blob(['z'.repeat(3e6)]).stream().pipeThrough(new CompressionStream('gzip'));"
        "const reader=packed.pipeThrough(new DecompressionStream('gzip')).getReader();"
        "(async()=>{while(!(await reader.read()).done);tell()})()"
    ),
    "a pair of keys": (
        "crypto.subtle.generateKey({name:'RSA-OAEP',modulusLength:1024,publicExponent:new Uint8Array([1,0,1]),"
        "hash:'SHA-256'},true,['encrypt','decrypt']).then(tell)"
    ),
    "sound that is rendered ahead": "new OfflineAudioContext(1,480000,48000).startRendering().then(tell)",
    "a message of a channel": (
        "const [a,b]=[new BroadcastChannel('x'),new BroadcastChannel('x')];b.onmessage=tell;a.postMessage(1)"
    ),
    "a step back in the history": "history.pushState(1,'','?later');addEventListener('popstate',tell);history.back()",
}
NOTHING = (
    "for(const s of ['<iframe></iframe>','<iframe src=about:blank></iframe>','<link rel=icon href=data:,>',"
    "'<script type=text/template src=data:,></'+'script>','<img loading=lazy src=dot.svg?lazy>'])"
    "d.insertAdjacentHTML('beforeend',s);const i=new Image();i.src='dot.svg?gone';i.removeAttribute('src');"
    "setTimeout(tell)"
)


@pytest.mark.parametrize("what", STARTS)
async def test_it_is_there_at_the_time_at_which_the_page_wants_it(
    what: str, write_page: WritePage, running: str
) -> None:
    assert await told(STARTS[what], write_page, running) == ["[page] 120"]


@pytest.mark.timeout(60)
async def test_what_loads_nothing_keeps_nobody_waiting(write_page: WritePage, running: str) -> None:
    assert await told(NOTHING, write_page, running) == ["[page] 120"]


NEVER = {
    "a script of innerHTML": "d.innerHTML='<script src=data:,></'+'script>'",
    "a script that has run": "d.append(document.querySelector('script[src]'))",
    "a script for old browsers": "const s=document.createElement('script');s.noModule=true;s.src='data:,';d.append(s)",
    "a picture of a document that is not shown": (
        "const i=document.implementation.createHTMLDocument('').createElement('img');i.src='data:,'+performance.now()"
    ),
}


@pytest.mark.timeout(40)  # what is waited for in vain is given up after 10 s, in each frame
@pytest.mark.parametrize("what", NEVER)
async def test_what_never_loads_is_not_waited_for(what: str, write_page: WritePage, running: str) -> None:
    page = write_page(
        f"<div id=d></div><script src=data:,></script><script>setInterval(()=>{{{NEVER[what]}}},100)</script>"
    )
    async with open_page(PageSource(page, View(64, 36), Fraction(10)), print, running) as shown:
        for frame in range(6):
            await shown.show(frame)


async def told(start: str, write_page: WritePage, running: str) -> list[str]:
    """Return what a page prints that begins something at 120 ms, up to its frame at 400 ms."""
    tell = "const tell=()=>console.log(Math.round(performance.now()))"
    page = write_page(f"<div id=d></div><script>{tell};setTimeout(()=>{{{start}}},120)</script>")
    (page.parent / "dot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(10)), lines.append, running) as shown:
        for frame in range(5):
            await shown.show(frame)
    return lines
