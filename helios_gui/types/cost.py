"""What a render may come to before it has begun, and what that is based on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderSpeed:
    """What workers took for the chunks of one job that succeeded through one profile.

    ``seconds`` are those the attempts were charged for, together; ``frames`` what they rendered. ``is_same_job``
    tells the job that was asked about (or another one of its file) from others.
    """

    job_id: str
    chunks: int
    frames: int
    seconds: float
    is_same_job: bool = False

    @property
    def seconds_per_frame(self) -> float:
        """Start-up included, as it is charged for too."""
        return self.seconds / self.frames


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What rendering ``chunks`` (of ``frames`` together) through a profile may cost, in US dollars.

    ``low`` and ``high`` are the same where one figure is known, and ``None`` where none is. ``headline`` says the
    figures in words, ``basis`` what they come from or why there are none, ``warning`` what the job's spend limit
    means for it (empty: nothing). ``seconds_per_frame`` is the measured range, where it matters.
    """

    profile: str
    chunks: int
    frames: int
    low: float | None
    high: float | None
    headline: str
    basis: str
    warning: str = ""
    seconds_per_frame: tuple[float, float] | None = None
    spend_limit: float | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.headline}.", self.basis, self.warning)))


@dataclass(frozen=True, slots=True)
class RenderPace:
    """What the frames of a job took where they were tried.

    Attributes:
        start: Seconds from the start of a chunk to its first frame.
        frame: Seconds per frame.
        memory: Bytes that the processes of one chunk hold at most; 0 where it was not measured.
        processors: How many processors one chunk keeps busy.
        profile: The profile whose workers rendered them; empty for this computer.
    """

    start: float
    frame: float
    memory: int = 0
    processors: float = 1.0
    profile: str = ""


@dataclass(frozen=True, slots=True)
class RenderForecast:
    """How long a planned job may take through a profile, and what it may cost.

    Attributes:
        profile: The profile's name.
        seconds: The least and the most seconds from start to end; ``None`` where nothing was measured.
        cost: The least and the most US dollars; ``None`` where that is unknown.
        basis: One sentence: what the figures come from, or why there are none.
        warnings: Sentences about what may go wrong, such as a chunk that takes longer than it may.
    """

    profile: str
    seconds: tuple[float, float] | None
    cost: tuple[float, float] | None
    basis: str
    warnings: tuple[str, ...] = ()
