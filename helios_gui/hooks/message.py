"""What a hook is told about a job: as data, as variables, and as a message for a chat."""

from __future__ import annotations

from typing import Any

from helios_gui.hooks.hook import BodyFormat, HookEvent
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSummary
from helios_gui.utils.format import format_duration, format_money, shorten

_LONGEST_REASON = 1_000


def job_data(event: HookEvent, job: JobSummary) -> dict[str, Any]:
    """Return the JSON of a job; the keys are documented in ``helios-gui hooks --help``."""
    return {
        "event": event.value,
        "id": job.id,
        "name": job.name,
        "state": job.state.value,
        "reason": job.reason,
        "profile": job.profile,
        "source": None if job.source is None else str(job.source),
        "output": str(job.output),
        "frames": job.frames_total,
        "chunks": job.chunks_total,
        "chunksDone": job.chunks_done,
        "cost": job.cost,
        "started": job.started_at,
        "finished": job.finished_at,
    }


def job_variables(data: dict[str, Any]) -> dict[str, str]:
    """Return the environment variables of a command: ``HELIOS_EVENT``, ``HELIOS_JOB_NAME`` and so on."""
    names = {
        "HELIOS_EVENT": "event",
        "HELIOS_JOB_ID": "id",
        "HELIOS_JOB_NAME": "name",
        "HELIOS_JOB_STATE": "state",
        "HELIOS_JOB_REASON": "reason",
        "HELIOS_JOB_OUTPUT": "output",
        "HELIOS_JOB_FILE": "source",
        "HELIOS_JOB_PROFILE": "profile",
    }
    return {name: str(data[key] or "").replace("\0", "") for name, key in names.items()}


def message_text(event: HookEvent, job: JobSummary) -> str:
    """Return one or two lines for people."""
    if event is HookEvent.STARTED:
        frames = tr_count("{number} frame", "{number} frames", job.frames_total)
        return tr("“{name}” has started: {frames}", name=job.name, frames=frames)
    if event is HookEvent.DONE:
        took = format_duration(job.work_seconds)
        return tr("“{name}” is done after {time}", name=job.name, time=took) + f"\n{job.output}"
    if event is HookEvent.WAITS:
        return tr("“{name}” waits for you", name=job.name) + f"\n{shorten(job.reason, _LONGEST_REASON)}"
    if event is HookEvent.HELD_UP:
        return tr("“{name}” is held up", name=job.name) + f"\n{shorten(job.reason, _LONGEST_REASON)}"
    return tr("“{name}” has failed", name=job.name) + f"\n{shorten(job.reason, _LONGEST_REASON)}"


def message_details(job: JobSummary) -> list[tuple[str, str]]:
    """Return what else there is to say of a job, as names and values: where there is room for it."""
    details = [(tr("Job"), job.name), (tr("Profile"), job.profile)]
    if job.source is not None:
        details.append((tr("Job file"), str(job.source)))
    details.append((tr("Output"), str(job.output)))
    done = tr("{done} of {total}", done=job.chunks_done, total=job.chunks_total)
    details.append((tr("Chunks"), done))
    if job.cost:
        details.append((tr("Cost"), format_money(job.cost)))
    return details


def message_body(form: BodyFormat, event: HookEvent, job: JobSummary) -> dict[str, Any]:
    """Return what is posted, in the form that the service documents.

    Markup and mentions in names are shown as they are written: a job's name is somebody else's text.
    """
    text = message_text(event, job)
    match form:
        case BodyFormat.SLACK:  # https://docs.slack.dev/messaging/formatting-message-text: three characters are escaped
            escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            return {"text": escaped, "mrkdwn": False}
        case BodyFormat.DISCORD:  # https://discord.com/developers/docs/resources/message: at most 2,000 characters
            return {"content": text[:2_000], "allowed_mentions": {"parse": []}}
        case BodyFormat.TEAMS:  # https://learn.microsoft.com/connectors/teams: an adaptive card in a message
            lines = [{"type": "TextBlock", "text": _plain_for_teams(line), "wrap": True} for line in text.split("\n")]
            card = {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": lines,
            }
            content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
            return {"type": "message", "attachments": [content]}
        case BodyFormat.JSON:
            return job_data(event, job)


def _plain_for_teams(text: str) -> str:
    """Return a text without the signs of Markdown, which a text block renders."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#" else sign for sign in text)
