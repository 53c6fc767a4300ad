"""What the kinds of profile are called, and the pictures that stand for them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from helios_gui.profiles.kinds import AWS_LAMBDA, CLOUD_RUN, LOCAL


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind's name, what to add it for, and its icon."""

    name: str
    meaning: str
    icon: str


def kind_words(kind: str) -> KindWords:
    """The words for a kind there is."""
    return {
        LOCAL: KindWords(_tr("This machine"), _tr("Render on this computer"), "grid"),
        AWS_LAMBDA: KindWords(_tr("AWS Lambda"), _tr("Render in a Lambda function, through an S3 bucket"), "cloud"),
        CLOUD_RUN: KindWords(
            _tr("Google Cloud Run"), _tr("Render in a Cloud Run service, through a Cloud Storage bucket"), "cloud"
        ),
    }[kind]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)
