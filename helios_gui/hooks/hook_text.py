"""What the window calls hooks, their events and the forms of what they send."""

from __future__ import annotations

from urllib.parse import urlsplit

from helios_gui.hooks.hook import BodyFormat, Hook, HookEvent
from helios_gui.translation import tr


def event_names() -> dict[HookEvent, str]:
    """Return what each event is called in a list of choices."""
    return {
        HookEvent.STARTED: tr("starts"),
        HookEvent.DONE: tr("is done"),
        HookEvent.FAILED: tr("fails"),
        HookEvent.WAITS: tr("waits for you"),
    }


def format_names() -> dict[BodyFormat, str]:
    """Return what each form of a posted body is called."""
    return {
        BodyFormat.SLACK: "Slack",
        BodyFormat.DISCORD: "Discord",
        BodyFormat.TEAMS: "Microsoft Teams",
        BodyFormat.JSON: "JSON",
    }


def hook_summary(hook: Hook) -> str:
    """Return in a line what a hook does and when. An address is shortened to its server: the rest may be secret."""
    if hook.command:
        what = tr("runs {command}", command=hook.command)
    elif hook.email:
        what = tr("writes to {addresses}", addresses=", ".join(hook.email))
    else:
        what = tr("posts to {server} ({format})", server=server_of(hook.url), format=format_names()[hook.format])
    names = event_names()
    when = tr("when a job {events}", events=", ".join(names[event] for event in HookEvent if event in hook.events))
    parts = [what, when, ", ".join(hook.profiles)]
    if not hook.enabled:
        parts.insert(0, tr("Off"))
    return " · ".join(filter(None, parts))


def server_of(url: str) -> str:
    """Return the server of a web address; a reference to where one is kept stays as it is."""
    return urlsplit(url).hostname or url
