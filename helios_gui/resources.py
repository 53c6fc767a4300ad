"""The one way to the files of ``resources/``, wherever they were installed."""

from __future__ import annotations

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Return the path of a packaged resource, such as ``resource_path("icons", "play.svg")``.

    In a wheel or bundle the resources lie inside the package (``_resources``), in a checkout beside it.
    Raises ``FileNotFoundError`` naming the resource when it is in neither.
    """
    package = Path(__file__).parent
    for root in (package / "_resources", package.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"resource {'/'.join(parts)} is not part of this installation")
