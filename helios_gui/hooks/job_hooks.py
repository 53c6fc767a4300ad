"""The hooks that a job file brings. They are told only of that job, and only where a person agreed to run it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from helios_gui.hooks.hook import Hook
from helios_gui.translation import tr
from helios_gui.types import JobSpec
from helios_gui.utils.json_files import entry_name
from helios_gui.utils.model_problems import problems_in_words

KEY = "hooks"
"""The key of a job file: a list of hooks, with the keys that the hooks of this computer have."""

_MOST = 50


@dataclass(frozen=True, slots=True)
class JobHooks:
    """The hooks of a job file, and in sentences why others of its hooks are left out."""

    hooks: tuple[Hook, ...] = ()
    problems: tuple[str, ...] = ()


def read_job_hooks(spec: JobSpec) -> JobHooks:
    """Return what a job file says about hooks.

    One that names a token is left out: whoever wrote the file could have any secret of this computer sent to a server.
    """
    entries = (spec.model_extra or {}).get(KEY)
    if entries is None:
        return JobHooks()
    if not isinstance(entries, list) or len(entries) > _MOST:
        return JobHooks(problems=(tr("The hooks of the job file are left out: they are no list of at most 50."),))
    hooks: list[Hook] = []
    problems: list[str] = []
    for entry in entries:
        try:
            hook = Hook.model_validate(entry)
        except ValidationError as error:
            reason = problems_in_words(error, 1)
        else:
            if not hook.token:
                hooks.append(hook)
                continue
            reason = tr("hooks of job files get no tokens of this computer")
        problems.append(tr("Hook {name} is left out: {reason}", name=entry_name(entry), reason=reason))
    return JobHooks(tuple(hooks), tuple(problems))
