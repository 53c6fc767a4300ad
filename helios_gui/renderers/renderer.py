"""What is known about one renderer: how to recognise its program and the lines that it prints."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinePattern:
    """A kind of output line.

    Attributes:
        expression: Searched for in the line. It must take linear time on any text: no quantifier may contain or
            follow another one that matches the same characters.
        hint: Text that every such line contains. Looking for it first is far cheaper than the expression.
    """

    expression: re.Pattern[str]
    hint: str = ""

    def search(self, line: str, longest: int) -> re.Match[str] | None:
        """Return the first match within the first ``longest`` characters of ``line``; ``None`` if there is none."""
        return self.expression.search(line, 0, longest) if self.hint in line else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """A renderer and the lines that it prints.

    Attributes:
        name: The name people know.
        programs: File names of its programs in lower case, without ``.exe``.
        progress: Lines that tell how far a chunk is. Groups: ``done`` (frames of this chunk that are done), with
            ``total`` if ``done`` is a share of it; or ``scene_frame`` (the scene's number of the frame in work).
        errors: Lines that explain a failure. They are looked for only in the output of ``programs``.
        folded: Lines that are printed again and again, and that the log therefore shows once. Progress lines are
            folded too and need not be repeated here.
        uninformative: Other lines that never explain a failure: summaries, stack frames, closing words.
    """

    name: str
    programs: tuple[str, ...] = ()
    progress: tuple[LinePattern, ...] = ()
    errors: tuple[LinePattern, ...] = ()
    folded: tuple[LinePattern, ...] = ()
    uninformative: tuple[LinePattern, ...] = ()
