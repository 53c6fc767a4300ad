"""What hooks, their events and the forms of what they send are called."""

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
        HookEvent.HELD_UP: tr("is held up"),
    }


def format_names() -> dict[BodyFormat, str]:
    """Return what each form of a posted body is called."""
    return {
        BodyFormat.SLACK: "Slack",
        BodyFormat.DISCORD: "Discord",
        BodyFormat.TEAMS: "Teams",
        BodyFormat.JSON: "JSON",
    }


def hook_summary(hook: Hook) -> str:
    """Return in a line what a hook does and when. An address is shortened to its server: the rest may be secret."""
    parts = [hook_action(hook, urlsplit(hook.url).hostname or hook.url), hook_occasion(hook), ", ".join(hook.profiles)]
    if not hook.enabled:
        parts.insert(0, tr("Off"))
    return " · ".join(filter(None, parts))


def hook_action(hook: Hook, place: str) -> str:
    """Return what a hook does; ``place`` is what is shown of its web address."""
    if hook.command:
        return tr("runs {command}", command=hook.command)
    if hook.email:
        return tr("writes to {addresses}", addresses=", ".join(hook.email))
    return tr("posts to {server} ({format})", server=place, format=format_names()[hook.format])


def hook_occasion(hook: Hook) -> str:
    """Return when a hook is told."""
    names = event_names()
    return tr("when a job {events}", events=", ".join(names[event] for event in HookEvent if event in hook.events))
