"""The pages of cloud profiles, driven by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.profiles.store import ProfileStore
from helios_gui.ui.settings.cloud_form import CloudForm
from helios_gui.ui.settings.dialog import SettingsDialog
from tests.gui.settings_steps import LEFT, LOCAL, RUN, STUDIO, choose, click, shown, store_of_clouds, type_into

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return store_of_clouds(tmp_path)


@pytest.fixture
def dialog(qtbot: QtBot, store: ProfileStore) -> SettingsDialog:
    return shown(qtbot, store)


def pick(qtbot: QtBot, menu: QMenu, text: str) -> None:
    """Click an entry of an open menu."""
    action = next(action for action in menu.actions() if action.text() == text)
    qtbot.waitUntil(menu.isVisible)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def add(qtbot: QtBot, dialog: SettingsDialog, kind: str) -> None:
    click(qtbot, dialog.side.add_button)
    pick(qtbot, dialog.side.add_menu, kind)


def message(dialog: SettingsDialog, setting: str) -> str:
    return dialog.form.fields[setting].message


def cloud_form(dialog: SettingsDialog) -> CloudForm:
    assert isinstance(dialog.form, CloudForm)
    return dialog.form


def detail(dialog: SettingsDialog, name: str) -> str:
    return next(
        dialog.sidebar.item(row).toolTip()
        for row in range(dialog.sidebar.count())
        if dialog.sidebar.item(row).text() == name
    )


def test_with_only_local_profiles_offered_nothing_speaks_of_the_cloud(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = shown(qtbot, ProfileStore(tmp_path / "p.json", ["local"]))
    assert list(dialog.pages.forms) == ["local"]
    assert not dialog.side.import_button.isVisible()
    assert not dialog.side.export_button.isVisible()
    click(qtbot, dialog.side.add_button)
    assert not dialog.side.add_menu.isVisible()
    assert dialog.form.name.text() == "New profile"


def test_every_profile_is_on_the_page_of_its_kind(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose(qtbot, dialog, "studio-aws")
    assert dialog.form is dialog.pages.forms["aws-lambda"]
    assert dialog.form.line("function").text() == "render"
    assert dialog.form.line("price_per_gb_second").text() == "0.0000166667"
    assert dialog.form.spin("spend_limit").text() == "$ 20.00"
    choose(qtbot, dialog, "studio-run")
    assert dialog.form is dialog.pages.forms["cloud-run"]
    assert dialog.form.line("service_url").text() == "https://render.run.app"
    assert dialog.form.spin("memory_gib").text() == "2 GiB"
    assert dialog.form.spin("spend_limit").text() == "Off"
    assert not dialog.ok_button.isEnabled()


def test_lambda_profile_typed_from_nothing_is_saved(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    add(qtbot, dialog, "AWS Lambda")
    assert dialog.form.name.hasFocus()
    qtbot.keyClicks(dialog.form.name, "farm")
    typed = {
        "aws_profile": "studio",
        "role_arn": "arn:aws:iam::123456789012:role/render",
        "region": "eu-west-1",
        "function": "helios-worker",
        "qualifier": "live",
        "storage_url": "s3://farm/renders/",
        "price_per_gb_second": "0.00002",
        "lambda_endpoint": "http://127.0.0.1:9001",
        "s3_endpoint": "http://127.0.0.1:9002/",
        "sts_endpoint": "https://sts.eu-west-1.amazonaws.com",
    }
    click(qtbot, cloud_form(dialog).advanced.button)
    for setting, text in typed.items():
        type_into(qtbot, dialog.form.line(setting), text)
    for setting, text in {"memory_mb": "4096", "concurrency": "500", "chunk_timeout": "5 min"}.items():
        type_into(qtbot, dialog.form.spin(setting), text)
    type_into(qtbot, dialog.form.spin("spend_limit"), "7.50")
    for setting, keys in {"invocation": "As", "retention": "Ke"}.items():
        dialog.form.choice(setting).setFocus()
        qtbot.keyClicks(dialog.form.choice(setting), keys)
    click(qtbot, dialog.ok_button)
    assert store.get("farm") == AwsLambdaProfile(
        name="farm",
        aws_profile="studio",
        role_arn="arn:aws:iam::123456789012:role/render",
        region="eu-west-1",
        function="helios-worker",
        qualifier="live",
        storage_url="s3://farm/renders",
        invocation="event",
        memory_mb=4096,
        concurrency=500,
        chunk_timeout=300,
        retention="keep",
        spend_limit=7.5,
        price_per_gb_second=0.00002,
        lambda_endpoint="http://127.0.0.1:9001",
        s3_endpoint="http://127.0.0.1:9002",
        sts_endpoint="https://sts.eu-west-1.amazonaws.com",
    )
    assert ProfileStore(store.path).profiles() == store.profiles()


def test_cloud_run_profile_typed_from_nothing_is_saved(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore
) -> None:
    add(qtbot, dialog, "Google Cloud Run")
    typed = {
        "service_url": "http://127.0.0.1:8080",
        "audience": "https://render.run.app",
        "service_account_key": "/keys/render.json",
        "impersonate": "render@studio.iam.gserviceaccount.com",
        "worker_token": "env:HELIOS_RENDER_TOKEN",
        "storage_url": "gcs://farm",
        "price_per_million_requests": "0",
        "gcs_endpoint": "http://127.0.0.1:1",
        "token_endpoint": "http://127.0.0.1:2",
        "iam_credentials_endpoint": "http://127.0.0.1:3",
        "metadata_host": "127.0.0.1:4",
    }
    click(qtbot, cloud_form(dialog).advanced.button)
    for setting, text in typed.items():
        type_into(qtbot, dialog.form.line(setting), text)
    type_into(qtbot, dialog.form.spin("vcpus"), "0.5")
    type_into(qtbot, dialog.form.spin("memory_gib"), "0.125")
    click(qtbot, dialog.apply_button)
    assert store.get("New profile") == CloudRunProfile(
        name="New profile", vcpus=0.5, memory_gib=0.125, **{**typed, "storage_url": "gs://farm"}
    )


def test_own_worker_profile_is_warned_of_and_saved(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    add(qtbot, dialog, "Own worker over HTTP")
    typed = {
        "service_url": "http://10.0.0.5:8080",
        "worker_token": "env:HELIOS_RENDER_TOKEN",
        "storage_url": "/mnt/renders",
    }
    for setting, text in typed.items():
        type_into(qtbot, dialog.form.line(setting), text)
    assert message(dialog, "service_url").startswith("Not encrypted: ")
    assert not dialog.form.line("service_url").property("invalid")
    click(qtbot, dialog.apply_button)
    assert store.get("New profile") == OwnWorkerProfile(name="New profile", **typed)
    type_into(qtbot, dialog.form.line("service_url"), "http://worker.example")
    assert message(dialog, "service_url").startswith("✕ Use https://")


def test_what_is_still_to_be_filled_in_is_said_gently(qtbot: QtBot, dialog: SettingsDialog) -> None:
    add(qtbot, dialog, "AWS Lambda")
    assert not dialog.ok_button.isEnabled()
    assert "required fields are empty" in dialog.status.text()
    assert "Name the function" in message(dialog, "function")
    assert not dialog.form.line("function").property("invalid")
    type_into(qtbot, dialog.form.line("function"), "x")
    type_into(qtbot, dialog.form.line("function"), "")
    assert dialog.form.line("function").property("invalid")
    assert message(dialog, "function").startswith("✕ Name the function")
    assert "not valid" in dialog.status.text()


@pytest.mark.parametrize(
    ("profile", "setting", "bad", "words", "good"),
    [
        (STUDIO, "region", "europe", "name of a region", "us-east-1"),
        (STUDIO, "function", "arn:aws:lambda:us-east-1:123456789012:function:f", "is in us-east-1", "f"),
        (STUDIO, "storage_url", "gs://studio", "s3://my-bucket", "s3://other"),
        (STUDIO, "aws_profile", "AKIAIOSFODNN7EXAMPLE", "aws configure", "work"),
        (STUDIO, "s3_endpoint", "http://minio.example", "https://", "https://minio.example"),
        (STUDIO, "price_per_gb_second", "cheap", "such as 0.20", "0.1"),
        (RUN, "service_url", "render", "https://", "https://other.run.app"),
        (RUN, "service_account_key", "-----BEGIN PRIVATE KEY-----", "file's path", "/keys/k.json"),
        (RUN, "worker_token", "canary-0123456789-token", "not the token", "keyring:helios/studio"),
        (RUN, "metadata_host", "tokens.example", "only this computer", "127.0.0.1:80"),
    ],
)
def test_mistake_is_said_beside_the_field_while_typing(
    qtbot: QtBot, dialog: SettingsDialog, profile: Profile, setting: str, bad: str, words: str, good: str
) -> None:
    choose(qtbot, dialog, profile.name)
    line = dialog.form.line(setting)
    type_into(qtbot, line, bad)
    assert words in message(dialog, setting)
    assert words in line.accessibleDescription()
    assert line.property("invalid") is True
    assert line.isVisible(), "no mistake stays hidden in the fold"
    assert not dialog.ok_button.isEnabled()
    type_into(qtbot, line, good)
    assert words not in message(dialog, setting)
    assert dialog.ok_button.isEnabled()


def test_price_typed_back_leaves_nothing_to_save(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose(qtbot, dialog, "studio-aws")
    click(qtbot, cloud_form(dialog).advanced.button)
    type_into(qtbot, dialog.form.line("price_per_gb_second"), "1")
    assert dialog.ok_button.isEnabled()
    type_into(qtbot, dialog.form.line("price_per_gb_second"), "0.0000166667")
    assert not dialog.ok_button.isEnabled()


def test_fold_opens_and_shuts_by_keyboard(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose(qtbot, dialog, "studio-aws")
    fold = cloud_form(dialog).advanced
    assert not dialog.form.line("s3_endpoint").isVisible()
    fold.button.setFocus()
    qtbot.keyClick(fold.button, Qt.Key.Key_Space)
    assert dialog.form.line("s3_endpoint").isVisible()
    qtbot.keyClick(fold.button, Qt.Key.Key_Space)
    assert not dialog.form.line("s3_endpoint").isVisible()


def test_another_profile_becomes_the_one_for_the_cloud(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore
) -> None:
    assert "Cloud default" in detail(dialog, "studio-aws")
    choose(qtbot, dialog, "studio-aws")
    assert cloud_form(dialog).cloud_default.isChecked()
    assert not cloud_form(dialog).cloud_default.isEnabled()
    choose(qtbot, dialog, "studio-run")
    box = cloud_form(dialog).cloud_default
    assert not box.isChecked()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert "Cloud default" in detail(dialog, "studio-run")
    assert "Cloud default" not in detail(dialog, "studio-aws")
    click(qtbot, dialog.ok_button)
    assert store.cloud_default == RUN
    assert store.default == LOCAL


def test_first_cloud_profile_is_the_one_for_the_cloud(qtbot: QtBot, tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "fresh.json")
    dialog = shown(qtbot, store)
    add(qtbot, dialog, "AWS Lambda")
    assert cloud_form(dialog).cloud_default.isChecked()
    type_into(qtbot, dialog.form.line("function"), "f")
    type_into(qtbot, dialog.form.line("storage_url"), "s3://farm")
    click(qtbot, dialog.ok_button)
    assert store.cloud_default == store.get("New profile")


def test_removed_one_for_the_cloud_passes_to_another(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    choose(qtbot, dialog, "studio-aws")
    click(qtbot, dialog.side.remove_button)
    assert "Cloud default" in detail(dialog, "studio-run")
    click(qtbot, dialog.ok_button)
    assert store.cloud_default == RUN


def test_renamed_one_for_the_cloud_stays_it(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    store.save([LOCAL, STUDIO, RUN], "Local", "studio-run")
    dialog.reject()
    dialog.open()
    choose(qtbot, dialog, "studio-run")
    type_into(qtbot, dialog.form.name, "google")
    click(qtbot, dialog.ok_button)
    assert store.cloud_default == RUN.model_copy(update={"name": "google"})


def test_duplicate_of_a_cloud_profile_is_its_own(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    choose(qtbot, dialog, "studio-aws")
    click(qtbot, dialog.side.duplicate_button)
    type_into(qtbot, dialog.form.line("function"), "other")
    click(qtbot, dialog.ok_button)
    assert store.get("studio-aws") == STUDIO
    assert store.get("studio-aws copy") == STUDIO.model_copy(update={"name": "studio-aws copy", "function": "other"})


@pytest.mark.parametrize("name", ["studio-aws", "studio-run"])
def test_every_control_has_an_accessible_name(qtbot: QtBot, dialog: SettingsDialog, name: str) -> None:
    choose(qtbot, dialog, name)
    form = cloud_form(dialog)
    controls = [field.editor for field in form.fields.values()]
    controls += [form.cloud_default, form.advanced.button, dialog.side.import_button, dialog.side.export_button]
    for control in controls:
        interface = QAccessible.queryAccessibleInterface(control)
        assert interface.text(QAccessible.Text.Name), control.objectName()
    assert QApplication.focusWidget() is not None
