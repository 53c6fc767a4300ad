"""The page of one profile that renders with workers of one's own, over HTTP."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from helios_gui.adapters.own_worker.profile import MAX_TIME
from helios_gui.translation import tr
from helios_gui.ui.settings.cloud_form import CloudForm
from helios_gui.ui.settings.connection_check import ConnectionCheck


class OwnWorkerForm(CloudForm):
    """Edits a draft of the kind for own workers."""

    def __init__(self, check: ConnectionCheck | None = None, parent: QWidget | None = None) -> None:
        super().__init__(check, parent)
        self._form.add_section(tr("WORKER"))
        self._add_text(
            "service_url",
            tr("Address"),
            tr("Where “helios-gui worker serve” answers. http:// is accepted in a private network only."),
            "http://10.0.0.5:8080",
        )
        self._add_text(
            "worker_token",
            tr("Worker token"),
            tr(
                "Where to read the token that the worker asks for, as env:HELIOS_… or keyring:helios…/ACCOUNT. The "
                "token itself is never stored. Empty: the worker asks for none."
            ),
            "env:HELIOS_WORKER_TOKEN",
        )
        self._add_storage(
            "/mnt/renders",
            tr("s3://…, gs://…, or a folder that the worker sees under the same path."),
        )
        self._add_check()
        self._add_load(
            MAX_TIME, tr("A chunk that takes longer is stopped. Off: the worker's own timeout, at most a day.")
        )
        self._add_cost()
        self._add_advanced()
        self._add_price(
            "price_per_hour",
            tr("Price per hour"),
            tr("Of one worker, in US dollars. Your own hardware costs nothing."),
            self.advanced.form,
        )
        self._add_storage_access()
        self._form.finish()

    def _add_storage_access(self) -> None:
        """Add the fields for S3 and Cloud Storage, which only some of these workers use."""
        for setting, title, meaning, example in (
            ("aws_profile", tr("AWS profile"), tr("For s3:// storage. Empty: the default."), ""),
            ("region", tr("Region"), tr("For s3:// storage. Empty: as configured for AWS."), "eu-central-1"),
            (
                "service_account_key",
                tr("Service account key"),
                tr("For gs:// storage: the path of a key file. Empty: application default credentials."),
                "~/keys/render.json",
            ),
        ):
            self._add_text(setting, title, meaning, example, form=self.advanced.form)
        for setting, title, example in (
            ("s3_endpoint", tr("S3 endpoint"), "http://10.0.0.5:9000"),
            ("gcs_endpoint", tr("Cloud Storage endpoint"), "https://storage.googleapis.com"),
        ):
            meaning = tr("Empty: the provider's. http:// is accepted in a private network only.")
            self._add_text(setting, title, meaning, example, form=self.advanced.form)
