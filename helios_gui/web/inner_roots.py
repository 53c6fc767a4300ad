"""The shadow roots of which a browser builds elements such as <details> or <progress>, and which no script is given.

Pages animate what is in them by pseudo-elements such as ``::details-content``: no document tells of those animations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helios_gui.web.devtools import DevTools

_GROUP = "helios-inner-roots"
_ADD = "function(element){__heliosClock.addInnerRoot(element,this)}"


async def add_inner_roots(tools: DevTools, context: int) -> None:
    """Give the clock of a document the inner roots of the elements that are new in it.

    Args:
        tools: The connection to the page.
        context: The document's.

    Raises:
        PageLostError: The page is gone.
        HeliosError: The document is gone.
    """
    answer = await tools.send(
        "Runtime.evaluate", expression="__heliosClock.takeUnknownElements()", contextId=context, objectGroup=_GROUP
    )
    elements = await tools.send("Runtime.getProperties", objectId=answer["result"]["objectId"], ownProperties=True)
    for item in elements["result"]:
        if item["name"].isdecimal():
            await _add_roots_of(tools, context, item["value"]["objectId"])
    await tools.send("Runtime.releaseObjectGroup", objectGroup=_GROUP)
    await tools.send("Runtime.evaluate", expression="__heliosClock.pinAnimations()", contextId=context)


async def _add_roots_of(tools: DevTools, context: int, element: str) -> None:
    described = await tools.send("DOM.describeNode", objectId=element, depth=-1, pierce=True)
    for node in _inner_roots(described["node"]):
        root = await tools.send("DOM.resolveNode", backendNodeId=node, executionContextId=context, objectGroup=_GROUP)
        await tools.send(
            "Runtime.callFunctionOn",
            objectId=root["object"]["objectId"],
            functionDeclaration=_ADD,
            arguments=[{"objectId": element}],
        )


def _inner_roots(node: dict[str, Any]) -> Iterator[int]:
    """Iterate over the ids of the roots that the browser has made in a node, and in those."""
    for root in node.get("shadowRoots", ()):
        if root["shadowRootType"] == "user-agent":
            yield root["backendNodeId"]
            for child in root.get("children", ()):
                yield from _inner_roots(child)
