"""The source of a project is no page: who drops it is told what to take instead."""

from __future__ import annotations

from fractions import Fraction

import pytest

from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.unit.web.test_render import WritePage

SCRIPTS = {
    "src/main.tsx": (
        '<script type=module src="/src/main.tsx"></script>',
        r"the script /src/main\.tsx, which is none that a browser runs\.",
    ),
    "src/App.vue": (
        '<script type=module>import App from "./src/App.vue"</script>',
        r"the script /src/App\.vue, which is none that a browser runs\.",
    ),
    "main.js": (
        "<script type=module src=main.js></script>",
        r'The page threw an error: .*Failed to resolve module specifier "vue"',
    ),
}


@pytest.mark.parametrize("built", ["", "dist", "build"])
@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_page_that_has_to_be_built_says_so(name: str, built: str, write_page: WritePage, running: str) -> None:
    body, words = SCRIPTS[name]
    page = write_page(f"<div id=root></div>{body}")
    script = page.parent / name
    script.parent.mkdir(exist_ok=True)
    script.write_text('import {createApp} from "vue"; createApp()', encoding="utf-8")
    if built:
        (page.parent / built).mkdir()
        (page.parent / built / "index.html").touch()
    advice = (
        rf"Take {built}/index\.html, which was built of it" if built else "build it, for example with “npm run build”"
    )
    with pytest.raises(PageError, match=rf"{words}.* It is the source of a project[.:] {advice}"):
        async with open_page(PageSource(page, View(64, 36), Fraction(30)), print, running):
            pass
