"""Pure data and protocols. Everything else may import this package; of ours it imports only ``translation``.

A module of it is imported when one of its names is asked for: most of these classes check what they hold, which makes
them costly to import, and the window's frame is shown before that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helios_gui.types.checks import CheckLine
    from helios_gui.types.errors import (
        HeliosError,
        JobFileError,
        NotFoundError,
        Problem,
        StitchError,
        UserInputError,
        VerificationError,
    )
    from helios_gui.types.events import (
        ChunkChanged,
        EngineProblem,
        Event,
        JobAdded,
        JobChanged,
        JobRemoved,
        ProfileNotice,
        QueueReordered,
    )
    from helios_gui.types.job import FrameEncoding, JobMetadata, JobSpec, RenderChunk, TracksFrom
    from helios_gui.types.made import KnownOutput, MadeFile, MadeVideo, ReplacedFiles, Replacement
    from helios_gui.types.media import Chapter, Colour, MediaInfo, StreamInfo
    from helios_gui.types.options import ExecutionPolicy, JobExecutionOptions
    from helios_gui.types.priority import Priority
    from helios_gui.types.protocols import (
        FrameEncoder,
        FrameVerifier,
        OffsiteAdapter,
        ParticularStitcher,
        PendingStop,
        RecoverableAdapter,
        SlowStopAdapter,
        VideoStitcher,
        WorkerAdapter,
        WorkerPool,
    )
    from helios_gui.types.sequences import FramePattern, FrameSequence
    from helios_gui.types.standing import Standing
    from helios_gui.types.states import AttemptState, ChunkState, JobState
    from helios_gui.types.status import Attempt, ChunkStatus, JobStatus, JobSummary
    from helios_gui.types.stitch import SourceTracks, StitchOptions, StitchReport
    from helios_gui.types.storage import (
        ArtifactNotFoundError,
        ArtifactStorage,
        CredentialsError,
        StorageError,
        StoredObject,
    )
    from helios_gui.types.wire import (
        CAPABILITIES_QUESTION,
        AttemptResult,
        StoredOutput,
        WorkerCapabilities,
        WorkerRequest,
    )
    from helios_gui.types.worker import (
        BundleProgress,
        FailureKind,
        JobContext,
        ProcessLimits,
        RendererPriority,
        StallAction,
        StallPolicy,
        UnconfirmedStops,
        WorkerJob,
        WorkerResult,
    )

__all__ = [
    "CAPABILITIES_QUESTION",
    "ArtifactNotFoundError",
    "ArtifactStorage",
    "Attempt",
    "AttemptResult",
    "AttemptState",
    "BundleProgress",
    "Chapter",
    "CheckLine",
    "ChunkChanged",
    "ChunkState",
    "ChunkStatus",
    "Colour",
    "CredentialsError",
    "EngineProblem",
    "Event",
    "ExecutionPolicy",
    "FailureKind",
    "FrameEncoder",
    "FrameEncoding",
    "FramePattern",
    "FrameSequence",
    "FrameVerifier",
    "HeliosError",
    "JobAdded",
    "JobChanged",
    "JobContext",
    "JobExecutionOptions",
    "JobFileError",
    "JobMetadata",
    "JobRemoved",
    "JobSpec",
    "JobState",
    "JobStatus",
    "JobSummary",
    "KnownOutput",
    "MadeFile",
    "MadeVideo",
    "MediaInfo",
    "NotFoundError",
    "OffsiteAdapter",
    "ParticularStitcher",
    "PendingStop",
    "Priority",
    "Problem",
    "ProcessLimits",
    "ProfileNotice",
    "QueueReordered",
    "RecoverableAdapter",
    "RenderChunk",
    "RendererPriority",
    "ReplacedFiles",
    "Replacement",
    "SlowStopAdapter",
    "SourceTracks",
    "StallAction",
    "StallPolicy",
    "Standing",
    "StitchError",
    "StitchOptions",
    "StitchReport",
    "StorageError",
    "StoredObject",
    "StoredOutput",
    "StreamInfo",
    "TracksFrom",
    "UnconfirmedStops",
    "UserInputError",
    "VerificationError",
    "VideoStitcher",
    "WorkerAdapter",
    "WorkerCapabilities",
    "WorkerJob",
    "WorkerPool",
    "WorkerRequest",
    "WorkerResult",
]

_HOMES = {
    "CheckLine": "checks",
    "HeliosError": "errors",
    "JobFileError": "errors",
    "NotFoundError": "errors",
    "Problem": "errors",
    "StitchError": "errors",
    "UserInputError": "errors",
    "VerificationError": "errors",
    "ChunkChanged": "events",
    "EngineProblem": "events",
    "Event": "events",
    "JobAdded": "events",
    "JobChanged": "events",
    "JobRemoved": "events",
    "ProfileNotice": "events",
    "QueueReordered": "events",
    "FrameEncoding": "job",
    "JobMetadata": "job",
    "JobSpec": "job",
    "RenderChunk": "job",
    "TracksFrom": "job",
    "MadeFile": "made",
    "MadeVideo": "made",
    "KnownOutput": "made",
    "ReplacedFiles": "made",
    "Replacement": "made",
    "Chapter": "media",
    "Colour": "media",
    "MediaInfo": "media",
    "StreamInfo": "media",
    "ExecutionPolicy": "options",
    "JobExecutionOptions": "options",
    "FrameEncoder": "protocols",
    "FrameVerifier": "protocols",
    "OffsiteAdapter": "protocols",
    "ParticularStitcher": "protocols",
    "PendingStop": "protocols",
    "RecoverableAdapter": "protocols",
    "SlowStopAdapter": "protocols",
    "VideoStitcher": "protocols",
    "WorkerAdapter": "protocols",
    "WorkerPool": "protocols",
    "FramePattern": "sequences",
    "FrameSequence": "sequences",
    "Priority": "priority",
    "Standing": "standing",
    "AttemptState": "states",
    "ChunkState": "states",
    "JobState": "states",
    "Attempt": "status",
    "ChunkStatus": "status",
    "JobStatus": "status",
    "JobSummary": "status",
    "SourceTracks": "stitch",
    "StitchOptions": "stitch",
    "StitchReport": "stitch",
    "ArtifactNotFoundError": "storage",
    "ArtifactStorage": "storage",
    "CredentialsError": "storage",
    "StorageError": "storage",
    "StoredObject": "storage",
    "CAPABILITIES_QUESTION": "wire",
    "AttemptResult": "wire",
    "StoredOutput": "wire",
    "WorkerCapabilities": "wire",
    "WorkerRequest": "wire",
    "BundleProgress": "worker",
    "FailureKind": "worker",
    "JobContext": "worker",
    "ProcessLimits": "worker",
    "RendererPriority": "worker",
    "StallAction": "worker",
    "StallPolicy": "worker",
    "UnconfirmedStops": "worker",
    "WorkerJob": "worker",
    "WorkerResult": "worker",
}
"""Name → module of this package."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
