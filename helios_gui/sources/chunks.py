"""The chunks of jobs that are made of sources: how many there are, and the command of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helios_gui import product
from helios_gui.jobfile.command_line import join_command

_FOR_EACH_PROCESSOR = 2


@dataclass(frozen=True, slots=True)
class ChunkBounds:
    """Frames of an automatic chunk.

    Attributes:
        fewest: Below it, starting the renderer costs more than a small chunk gains.
        most: Above it, a chunk takes long to render again where it fails.
    """

    fewest: int
    most: int

    def chunk_count(self, total: int, processors: int) -> int:
        """Return the automatic number of chunks: two for each processor, where there are enough frames."""
        wanted = max(_FOR_EACH_PROCESSOR * processors, -(-total // self.most))
        return max(1, min(wanted, total // self.fewest))


def command_template(command: str, arguments: Sequence[str], *, has_step: bool = False) -> str:
    """Return the template of the chunks' commands.

    Args:
        command: A command of this program that renders frames, such as ``web``.
        arguments: What each chunk is told besides its frames; braces in them are no placeholders.
        has_step: Whether a chunk may leave out frames.
    """
    frames = ["-o", "{output}", "--start", "{start}", "--count", "{count}"]
    frames += ["--step", "{step}"] if has_step else []
    return join_command([product.COMMAND, command, "{input}", *frames, *map(without_placeholders, arguments)])


def without_placeholders(text: str) -> str:
    """Return a text that stands for itself in a template."""
    return text.replace("{", "{{").replace("}", "}}")
