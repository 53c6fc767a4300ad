"""The components of this installation, read from the metadata of what is installed."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageMetadata, PackageNotFoundError
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helios_gui import product
from helios_gui.utils.licence_names import field, licence_of
from helios_gui.utils.licences import Component, LicenceText
from helios_gui.utils.resources import resource_path

_TEXT_FILE = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
_CODE_FILE = re.compile(r"\.(py|pyc|pyi|json|gz)$")
_HOMEPAGES = ("homepage", "home", "documentation", "source", "repository", "source code")


def installed_components() -> list[Component]:
    """What this app needs at run time and what comes inside that, by name."""
    distributions = runtime_distributions()
    found = [_component(distribution) for distribution in distributions.values()]
    entries = json.loads(resource_path("licences", "inside.json").read_text(encoding="utf-8"))
    found += [_inside(entry, distributions) for entry in entries if _is_carried(entry, distributions)]
    return sorted(found, key=lambda component: (component.name.lower(), component.name))


def runtime_distributions() -> dict[str, Distribution]:
    """What the app requires, and what that requires, by canonical name; what is not installed is left out."""
    found: dict[str, Distribution] = {}
    extras: dict[str, set[str]] = {}
    waiting = [Requirement(line) for line in app_requirements()]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        known = extras.setdefault(name, set())
        if name in found and requirement.extras <= known:
            continue
        known |= requirement.extras
        try:
            found[name] = importlib.metadata.distribution(requirement.name)
        except PackageNotFoundError:
            continue
        waiting += _needed(found[name], known)
    return found


def app_requirements() -> list[str]:
    """What the app requires in order to run: as its project file says in a checkout, else as it was installed."""
    project = resource_path().parent / "pyproject.toml"
    if project.is_file():
        return list(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"])
    needed = _needed(importlib.metadata.distribution(product.PACKAGE), set())
    return [str(requirement) for requirement in needed]


def _needed(distribution: Distribution, extras: set[str]) -> list[Requirement]:
    requirements = [Requirement(line) for line in distribution.requires or ()]
    return [one for one in requirements if one.marker is None or _applies(one, extras)]


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    assert requirement.marker is not None
    return any(requirement.marker.evaluate({"extra": extra}) for extra in (extras or {""}))


def _component(distribution: Distribution) -> Component:
    metadata = distribution.metadata
    licence = licence_of(metadata["Name"], metadata)
    return Component(
        name=metadata["Name"],
        version=metadata["Version"],
        licence=licence,
        package=canonicalize_name(metadata["Name"]),
        homepage=_homepage(metadata),
        texts=tuple(_texts(distribution, metadata)) or tuple(_standard_texts(_standard_names(licence))),
    )


def _homepage(metadata: PackageMetadata) -> str:
    urls = {}
    for line in metadata.get_all("Project-URL") or ():
        label, _, url = line.partition(",")
        urls[label.strip().lower()] = url.strip()
    return field(metadata, "Home-page") or next((urls[label] for label in _HOMEPAGES if label in urls), "")


def _texts(distribution: Distribution, metadata: PackageMetadata) -> Iterator[LicenceText]:
    """The texts among a distribution's files: those that its metadata names, else what is called like one."""
    declared = set(metadata.get_all("License-File") or ())
    for file in sorted(_files(distribution)):
        folder, _, inner = file.partition("/")
        in_metadata = folder.endswith(".dist-info")
        name = inner.removeprefix("licenses/") if in_metadata else file
        if _CODE_FILE.search(name) or not (_TEXT_FILE.search(name) or (in_metadata and name in declared)):
            continue
        path = Path(str(distribution.locate_file(file)))
        if path.is_file():
            yield LicenceText(name, path.read_text(encoding="utf-8", errors="replace"))


def _files(distribution: Distribution) -> Iterator[str]:
    """Its files as its record has them; ``Distribution.files`` looks for each on the disk, thousands for Qt."""
    record = distribution.read_text("RECORD") or ""
    return (line.rsplit(",", 2)[0].strip('"') for line in record.splitlines())


def _standard_names(licence: str) -> list[str]:
    """The texts of ours that an expression asks for. Version 3 of the LGPL only adds to the GPL, so it brings both."""
    names = [re.sub(r"-(only|or-later)$", "", word) for word in re.findall(r"[\w.-]+", licence)]
    if "LGPL-3.0" in names:
        names = ["LGPL-3.0", "GPL-3.0", *names]
    return list(dict.fromkeys(names))


def _standard_texts(names: list[str]) -> Iterator[LicenceText]:
    folder = resource_path("licences")
    for name in names:
        path = folder / f"{name}.txt"
        if path.is_file():
            yield LicenceText(name, path.read_text(encoding="utf-8"))


def _is_carried(entry: Mapping[str, Any], distributions: Mapping[str, Distribution]) -> bool:
    return not entry["inside"] or canonicalize_name(entry["inside"]) in distributions


def _inside(entry: Mapping[str, Any], distributions: Mapping[str, Distribution]) -> Component:
    carrier = distributions[canonicalize_name(entry["inside"])] if entry["inside"] else None
    return Component(
        name=entry["name"],
        version=_version(entry.get("version", ""), carrier),
        licence=entry["licence"],
        homepage=entry["homepage"],
        source=entry["source"],
        notice=entry["notice"],
        texts=tuple(_standard_texts(entry.get("texts", []))),
    )


def _version(rule: str | Mapping[str, str], carrier: Distribution | None) -> str:
    """``"python"``, ``"carrier"`` (the same as the distribution's), or a pattern that a file's name has to match."""
    if carrier is None:
        return platform.python_version() if rule == "python" else ""
    if not isinstance(rule, Mapping):
        return carrier.version if rule == "carrier" else ""
    matches = (re.search(rule["file"], file) for file in _files(carrier))
    return max((match[1] for match in matches if match), key=len, default="")
