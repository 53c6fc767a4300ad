"""The page of one profile that renders in an AWS Lambda function."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from helios_gui.adapters.aws_lambda.profile import MAX_MEMORY, MAX_TIME, MIN_MEMORY
from helios_gui.translation import tr
from helios_gui.ui.settings.cloud_form import CloudForm
from helios_gui.ui.settings.connection_check import ConnectionCheck


class AwsLambdaForm(CloudForm):
    """Edits a draft of the AWS Lambda kind."""

    def __init__(self, check: ConnectionCheck | None = None, parent: QWidget | None = None) -> None:
        super().__init__(check, parent)
        self._add_account()
        self._add_function()
        self._add_storage(
            "s3://my-bucket/renders",
            tr("An S3 bucket that you and the function can write to, ideally in the same region."),
        )
        self._add_check()
        self._add_load(
            MAX_TIME, tr("A chunk that takes longer is stopped. Off: the function's own timeout, at most 15 min.")
        )
        self._add_cost()
        self._add_prices()
        self._form.finish()

    def _add_account(self) -> None:
        self._form.add_section(tr("ACCOUNT"))
        self._add_text(
            "aws_profile",
            tr("AWS profile"),
            tr("A named profile of the AWS configuration on this computer. Empty: the AWS CLI's default."),
            "studio",
        )
        self._add_text(
            "role_arn",
            tr("Role ARN"),
            tr("An IAM role to assume with that profile. Empty: none."),
            "arn:aws:iam::123456789012:role/render",
        )
        self._add_text(
            "region",
            tr("Region"),
            tr("The function's region. Empty: the region of the AWS profile."),
            "eu-central-1",
        )

    def _add_function(self) -> None:
        self._form.add_section(tr("FUNCTION"))
        self._add_text("function", tr("Function"), tr("Function name or ARN."), "helios-worker")
        self._add_text(
            "qualifier",
            tr("Version or alias"),
            tr("Empty: $LATEST, the code that was deployed last."),
            "live",
        )
        self._add_choice(
            "invocation",
            tr("Invocation"),
            (
                ("auto", tr("Automatic")),
                ("wait", tr("Synchronous")),
                ("event", tr("Asynchronous")),
            ),
            tr(
                "Synchronous waits for the function's response, asynchronous polls the bucket for the result. "
                "Automatic: synchronous for short timeouts, asynchronous for long ones."
            ),
        )
        self._add_count(
            "memory_mb",
            tr("Memory"),
            (MIN_MEMORY, MAX_MEMORY),
            tr("The function's memory size, used to estimate costs."),
            suffix=tr(" MB"),
        )

    def _add_prices(self) -> None:
        self._add_advanced()
        source = tr("In US dollars. The preset is AWS's list price for x86 in us-east-1.")
        self._add_price("price_per_gb_second", tr("Price per GB-second"), source, self.advanced.form)
        self._add_price("price_per_million_requests", tr("Per million requests"), source, self.advanced.form)
        self._add_endpoint("lambda_endpoint", tr("Lambda endpoint"), "https://lambda.eu-central-1.amazonaws.com")
        self._add_endpoint("s3_endpoint", tr("S3 endpoint"), "https://s3.eu-central-1.amazonaws.com")
        self._add_endpoint("sts_endpoint", tr("STS endpoint"), "https://sts.eu-central-1.amazonaws.com")
