"""Pure data and protocols. This package imports nothing of ours; everything else may import it."""

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
from helios_gui.types.job import JobMetadata, JobSpec, RenderChunk
from helios_gui.types.made import MadeFile, MadeVideo, Replacement
from helios_gui.types.media import Chapter, Colour, MediaInfo, StreamInfo
from helios_gui.types.options import ExecutionPolicy, JobExecutionOptions
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
from helios_gui.types.states import AttemptState, ChunkState, JobState
from helios_gui.types.status import Attempt, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.stitch import StitchOptions, StitchReport
from helios_gui.types.storage import (
    ArtifactNotFoundError,
    ArtifactStorage,
    CredentialsError,
    StorageError,
    StoredObject,
)
from helios_gui.types.wire import AttemptResult, StoredOutput, WorkerRequest
from helios_gui.types.worker import (
    BundleProgress,
    FailureKind,
    JobContext,
    StallAction,
    StallPolicy,
    UnconfirmedStops,
    WorkerJob,
    WorkerResult,
)

__all__ = [
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
    "MadeFile",
    "MadeVideo",
    "MediaInfo",
    "NotFoundError",
    "OffsiteAdapter",
    "ParticularStitcher",
    "PendingStop",
    "Problem",
    "ProfileNotice",
    "QueueReordered",
    "RecoverableAdapter",
    "RenderChunk",
    "Replacement",
    "SlowStopAdapter",
    "StallAction",
    "StallPolicy",
    "StitchError",
    "StitchOptions",
    "StitchReport",
    "StorageError",
    "StoredObject",
    "StoredOutput",
    "StreamInfo",
    "UnconfirmedStops",
    "UserInputError",
    "VerificationError",
    "VideoStitcher",
    "WorkerAdapter",
    "WorkerJob",
    "WorkerPool",
    "WorkerRequest",
    "WorkerResult",
]
