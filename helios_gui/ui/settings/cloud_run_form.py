"""The page of one profile that renders in a Google Cloud Run service."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from helios_gui.adapters.cloud_run.profile import MAX_MEMORY, MAX_TIME, MAX_VCPUS, MIN_MEMORY, MIN_VCPUS
from helios_gui.translation import tr
from helios_gui.ui.settings.cloud_form import CloudForm
from helios_gui.ui.settings.connection_check import ConnectionCheck
from helios_gui.ui.settings.fields import DecimalSpin


class CloudRunForm(CloudForm):
    """Edits a draft of the Cloud Run kind."""

    def __init__(self, check: ConnectionCheck | None = None, parent: QWidget | None = None) -> None:
        super().__init__(check, parent)
        self._add_service()
        self._add_account()
        self._add_storage(
            "gs://my-bucket/renders",
            tr("A Cloud Storage bucket that you and the service can write to, ideally in the same region."),
        )
        self._add_check()
        self._add_load(
            MAX_TIME, tr("A chunk that takes longer is stopped. Off: the service's own timeout, at most 1 h.")
        )
        self._add_cost()
        self._add_prices()
        self._form.finish()

    def _add_service(self) -> None:
        self._form.add_section(tr("SERVICE"))
        self._add_text(
            "service_url",
            tr("Service URL"),
            tr("Shown at the top of the service's page in the Cloud console."),
            "https://helios-worker-abc123-ew.a.run.app",
        )
        self._add_text("audience", tr("Audience"), tr("Audience of the ID tokens. Empty: the service URL."), "")
        self._add_decimal("vcpus", tr("vCPUs"), (MIN_VCPUS, MAX_VCPUS), "")
        self._add_decimal("memory_gib", tr("Memory"), (MIN_MEMORY, MAX_MEMORY), tr(" GiB"))

    def _add_account(self) -> None:
        self._form.add_section(tr("ACCOUNT"))
        self._add_text(
            "service_account_key",
            tr("Service account key"),
            tr("The path of a JSON key file; only the path is stored. Empty: application default credentials."),
            "~/keys/render.json",
        )
        self._add_text(
            "impersonate",
            tr("Impersonate"),
            tr(
                "A service account to impersonate. Needed without a key file: user credentials cannot call a "
                "Cloud Run service."
            ),
            "render@my-project.iam.gserviceaccount.com",
        )
        self._add_text(
            "worker_token",
            tr("Worker token"),
            tr(
                "For a worker outside Cloud Run that requires a shared token: where to read it, as env:HELIOS_… or "
                "keyring:helios…/ACCOUNT. The token itself is never stored. Empty: sign in as above."
            ),
            "env:HELIOS_WORKER_TOKEN",
        )

    def _add_decimal(self, setting: str, title: str, bounds: tuple[float, float], unit: str) -> None:
        spin = DecimalSpin()
        spin.setRange(*bounds)
        spin.setSuffix(unit)
        self._add_spin(setting, title, spin, tr("Of one instance, used to estimate costs."))

    def _add_prices(self) -> None:
        self._add_advanced()
        source = tr("In US dollars. The preset is Google's list price in a tier 1 region, billed per request.")
        prices = (
            ("price_per_vcpu_second", tr("Price per vCPU-second")),
            ("price_per_gib_second", tr("Per GiB-second")),
            ("price_per_million_requests", tr("Per million requests")),
        )
        for setting, title in prices:
            self._add_price(setting, title, source, self.advanced.form)
        self._add_endpoint("gcs_endpoint", tr("Cloud Storage endpoint"), "https://storage.googleapis.com")
        self._add_endpoint("token_endpoint", tr("Token endpoint"), "https://oauth2.googleapis.com/token")
        self._add_endpoint("iam_credentials_endpoint", tr("IAM Credentials"), "https://iamcredentials.googleapis.com")
        self._add_text(
            "metadata_host",
            tr("Metadata server"),
            tr("Host and port of the server that issues tokens. Empty: Google's default."),
            "metadata.google.internal",
            form=self.advanced.form,
        )
