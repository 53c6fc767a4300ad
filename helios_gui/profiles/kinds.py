"""The kinds of profile there are, and those that are offered to people."""

from __future__ import annotations

LOCAL = "local"
AWS_LAMBDA = "aws-lambda"
CLOUD_RUN = "cloud-run"

ALL_KINDS = (LOCAL, AWS_LAMBDA, CLOUD_RUN)

OFFERED_KINDS: tuple[str, ...] = ALL_KINDS
"""The one switch: profiles of other kinds are neither read nor shown, though kept in the file."""
