"""What the settings show of each kind of adapter: its label, its icon and the form that edits its profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helios_gui.adapters.registry import find_kind
from helios_gui.translation import tr
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.settings.aws_lambda_form import AwsLambdaForm
from helios_gui.ui.settings.cloud_run_form import CloudRunForm
from helios_gui.ui.settings.connection_check import ConnectionCheck, ConnectionChecks
from helios_gui.ui.settings.local_form import LocalForm
from helios_gui.ui.settings.own_worker_form import OwnWorkerForm
from helios_gui.ui.settings.profile_form import ProfileForm


@dataclass(frozen=True, slots=True)
class KindForm:
    """The form of one kind of adapter.

    ``label`` returns the kind's name and ``purpose`` what to add a profile of it for, translated. ``make`` makes the
    form, with what tests a connection (``None``: no connection can be tested).
    """

    icon: str
    label: Callable[[], str]
    purpose: Callable[[], str]
    make: Callable[[ConnectionCheck | None], ProfileForm]


KIND_FORMS: dict[str, KindForm] = {
    "local": KindForm(
        "grid",
        lambda: tr("This machine"),
        lambda: tr("Render on this computer"),
        lambda check: LocalForm(),
    ),
    "aws-lambda": KindForm(
        "cloud",
        lambda: tr("AWS Lambda"),
        lambda: tr("Render in a Lambda function, through an S3 bucket"),
        AwsLambdaForm,
    ),
    "cloud-run": KindForm(
        "cloud",
        lambda: tr("Google Cloud Run"),
        lambda: tr("Render in a Cloud Run service, through a Cloud Storage bucket"),
        CloudRunForm,
    ),
    "own-worker": KindForm(
        "cloud",
        lambda: tr("Own worker over HTTP"),
        lambda: tr("Render with “helios-gui worker serve” on a host of your own, through any storage"),
        OwnWorkerForm,
    ),
}
"""The form of each kind, by its name in the registry of adapters."""


def find_form(kind: str) -> KindForm:
    """Return the form of a kind. Raises ``KeyError`` for a kind without one."""
    return KIND_FORMS[kind]


def make_form(kind: str, checks: ConnectionChecks | None, run: RunTask) -> ProfileForm:
    """Make the form of a kind, with ``checks`` that are started by ``run`` to test a connection."""
    check = ConnectionCheck(checks, run) if checks is not None and find_kind(kind).check_connection else None
    return find_form(kind).make(check)
