"""What became of asking a worker in a cloud to render: the seam between all clouds and each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from helios_gui.types import AttemptResult, FailureKind, WorkerCapabilities, WorkerRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """The worker answered how the attempt ended."""

    result: AttemptResult


@dataclass(frozen=True, slots=True)
class Accepted:
    """The worker will render, or renders already; the result will lie in storage."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was executed. ``retry_after`` is in seconds, where the service asks for patience."""

    kind: FailureKind
    message: str
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class EndedUnanswered:
    """The execution is over, with no usable answer; if it left a result, that counts more than this.

    ``time_limit`` (seconds) says that it was ended because its time was up; ``log`` holds the last it printed.
    """

    kind: FailureKind
    message: str
    time_limit: float | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The request may have reached a worker, which may still work on it; no answer came.

    ``within`` (seconds from now) is how long its result may still come, where that is less than usual.
    """

    message: str
    within: float | None = None


Outcome = Answered | Accepted | Refused | EndedUnanswered | Unanswered


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """What an execution may take, in seconds from the call.

    ``limit`` is what the worker has to be told, because it cannot know (``None``: it knows); ``longest`` is what it
    may run; after ``surely_over`` it has ended whatever happened to it.
    """

    limit: float | None
    longest: float
    surely_over: float


class Invoker(Protocol):
    """One function or service that runs our worker, or another one that speaks the same format."""

    @property
    def name(self) -> str:
        """What people know it by, such as ``the Lambda function helios-worker``."""
        ...

    async def bounds(self, timeout: float | None) -> TimeBounds:
        """Return how long an attempt can take that shall take ``timeout`` seconds at most. Raises ``StorageError``."""
        ...

    async def invoke(self, request: WorkerRequest) -> Outcome:
        """Ask once, and never twice: a second call is a second render. Cancelling it closes the connection.

        Raises ``CredentialsError`` where there are no credentials to ask with.
        """
        ...

    async def capabilities(self) -> WorkerCapabilities | None:
        """Ask the worker what it can render with; ``None`` where it does not say.

        Raises ``CredentialsError`` where there are no credentials to ask with.
        """
        ...

    async def ready(self) -> None:
        """Make sure that it can be invoked now, with credentials read anew, which are used from then on.

        Executes nothing. Raises ``StorageError`` for what is in the way.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
