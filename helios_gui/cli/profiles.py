"""``helios-gui profiles``: lists, shows, imports, exports and checks profiles."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.registry import KINDS, kind_names, kind_of
from helios_gui.cli.output import ExitCode, print_error, print_json, print_text, printable_line
from helios_gui.profiles.import_export import check_file, describe_imported, export_profiles, import_profiles
from helios_gui.profiles.json_entries import same_name
from helios_gui.profiles.profile_keys import profile_keys
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr
from helios_gui.types import HeliosError, NotFoundError, UserInputError
from helios_gui.utils.folders import AppFolders


def _reporting_errors(command: Callable[[], ExitCode]) -> ExitCode:
    try:
        return command()
    except HeliosError as error:
        return print_error(error)
    except OSError as error:
        return print_error(HeliosError(tr("The profiles cannot be written: {reason}.", reason=error.strerror or error)))


def _open_store(*, to_write: bool = False) -> ProfileStore:
    folders = AppFolders.default()
    return ProfileStore((folders.create() if to_write else folders).profiles)


def list_profiles(*, as_json: bool) -> ExitCode:
    """Print all profiles, and the entries that cannot be used with the reason."""

    def run() -> ExitCode:
        store = _open_store()
        cloud = store.cloud_default
        rows = [
            {
                "name": profile.name,
                "kind": profile.kind,
                "default": profile.name == store.default_name,
                "cloudDefault": cloud is not None and profile.name == cloud.name,
                "problem": "",
            }
            for profile in store.profiles()
        ]
        rows += [
            {"name": name, "kind": "", "default": False, "cloudDefault": False, "problem": reason}
            for name, reason in store.unusable()
        ]
        if as_json:
            print_json(rows, indent=2)
            return ExitCode.DONE
        for profile in store.profiles():
            print_text(_describe(profile, store))
        for name, reason in store.unusable():
            print_text(tr("{name} cannot be used: it {reason}.", name=printable_line(f"“{name}”"), reason=reason))
        return ExitCode.DONE

    return _reporting_errors(run)


def _describe(profile: Profile, store: ProfileStore) -> str:
    cloud = store.cloud_default
    marks = [tr("the default")] if profile.name == store.default_name else []
    if cloud is not None and profile.name == cloud.name:
        marks.append(tr("the default in the cloud"))
    about = [tr(kind_of(profile).title), *filter(None, [profile.upload_url]), *marks]
    return printable_line(f"{profile.name}: {', '.join(about)}")


def show_profile(name: str) -> ExitCode:
    """Print a profile as JSON, in the form that ``import`` reads."""

    def run() -> ExitCode:
        print_json(_open_store().get(name).model_dump(mode="json"), indent=2)
        return ExitCode.DONE

    return _reporting_errors(run)


def import_file(path: Path, *, agreed: bool, replace: bool) -> ExitCode:
    """Add the profiles of a file.

    Args:
        path: A file that was exported, or one that was written by hand.
        agreed: Import without asking whether the servers may have the credentials that the profiles name.
        replace: Replace profiles that have the same names; else the new ones get other names.
    """

    def run() -> ExitCode:
        store = _open_store(to_write=True)
        taken = [profile.name for profile in store.profiles()]
        found = import_profiles(path, kind_names(), () if replace else taken)
        _confirm_import(path, found, agreed=agreed)
        kept = [old for old in store.profiles() if not any(same_name(old.name, new.name) for new in found)]
        names = [profile.name for profile in (*kept, *found)]
        default = store.default_name if store.default_name in names else names[0]
        store.save((*kept, *found), default)
        for profile in found:
            print_text(tr("Imported {profile}", profile=_describe(profile, store)))
            for setting, warning in profile.warnings().items():
                print_text(f"{setting}: {warning}", error=True)
        return ExitCode.DONE

    return _reporting_errors(run)


def _confirm_import(path: Path, profiles: Sequence[Profile], *, agreed: bool) -> None:
    """Let a person agree to what the profiles send, as the window does. Raises ``UserInputError`` for a no."""
    uses = describe_imported(profiles)
    if not uses or agreed:
        return
    print_text(uses, error=True)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserInputError(
            tr("The profiles of {path} send credentials, or set variables for programs.", path=path),
            tr("If you trust their author and know these servers, import them with --yes."),
        )
    sys.stderr.write(tr("Import them? [y/N] "))
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserInputError(tr("Nothing was imported."))


def export_file(path: Path, names: Sequence[str]) -> ExitCode:
    """Write profiles to a file: those named, or all."""

    def run() -> ExitCode:
        store = _open_store()
        chosen = [store.get(name) for name in names] or store.profiles()
        export_profiles(chosen, path)
        print_text(tr("Wrote {path}: {names}.", path=path, names=", ".join(profile.name for profile in chosen)))
        return ExitCode.DONE

    return _reporting_errors(run)


def check_profiles(what: str | None, *, as_json: bool) -> ExitCode:
    """Check every entry of a profiles file, and print what is wrong with each.

    Args:
        what: A file, or the name of a profile; by default the profiles of this computer.
        as_json: Print JSON instead of lines.

    Returns:
        ``FAILED`` where an entry cannot be used.
    """

    def run() -> ExitCode:
        findings = list(_findings(what))
        failed = any(reason for _, reason, _ in findings)
        if as_json:
            entries = [
                {"name": name, "ok": not reason, "problem": reason, "warnings": warnings}
                for name, reason, warnings in findings
            ]
            print_json({"ok": not failed, "profiles": entries}, indent=2)
            return ExitCode.FAILED if failed else ExitCode.DONE
        for name, reason, warnings in findings:
            shown = printable_line(f"“{name}”")
            if reason:
                print_text(tr("{name} cannot be used: it {reason}.", name=shown, reason=reason))
            else:
                print_text(tr("{name} can be used.", name=shown))
            for setting, warning in warnings.items():
                print_text(f"  {setting}: {warning}")
        return ExitCode.FAILED if failed else ExitCode.DONE

    return _reporting_errors(run)


def _findings(what: str | None) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the name of each entry, why it cannot be used (empty: it can), and its warnings by setting."""
    if what is not None and Path(what).is_file():
        yield from check_file(Path(what), kind_names())
        return
    store = _open_store()
    chosen = [
        *((profile.name, "", dict(profile.warnings())) for profile in store.profiles()),
        *((name, reason, {}) for name, reason in store.unusable()),
    ]
    if what is not None:
        chosen = [finding for finding in chosen if same_name(finding[0], what)]
        if not chosen:
            raise NotFoundError(tr("There is no file and no profile “{name}”.", name=what))
    yield from chosen


def print_keys(kind: str | None, *, as_json: bool) -> ExitCode:
    """Print the JSON keys of the profiles of a kind, or of all kinds."""

    def run() -> ExitCode:
        if kind is not None and kind not in kind_names():
            raise NotFoundError(
                tr("There is no kind of profile “{kind}”.", kind=kind),
                tr("The kinds are: {names}.", names=", ".join(kind_names())),
            )
        chosen = [each for each in KINDS if kind in (None, each.name)]
        if as_json:
            print_json({each.name: each.profile_model.model_json_schema() for each in chosen}, indent=2)
            return ExitCode.DONE
        for each in chosen:
            print_text(f"{each.name} ({tr(each.title)})")
            for key in profile_keys(each.profile_model):
                print_text(f"  {key.name}  {key.type}, {key.default}")
        return ExitCode.DONE

    return _reporting_errors(run)
