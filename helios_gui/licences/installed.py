"""Read the components of this installation from the metadata of the installed packages."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageMetadata, PackageNotFoundError
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helios_gui import product
from helios_gui.licences.components import Component, LicenceText
from helios_gui.licences.licence_names import licence_of, metadata_field
from helios_gui.resources import resource_path

_TEXT_FILE = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
_CODE_FILE = re.compile(r"\.(py|pyc|pyi|json|gz)$")
_DEBIAN_TEXTS = Path("/usr/share/doc")
_HOMEPAGES = ("homepage", "home", "documentation", "source", "repository", "source code")


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A distribution and those of its extras that are required (canonical names)."""

    distribution: Distribution
    extras: frozenset[str]

    def requirements(self) -> list[Requirement]:
        """Return the requirements that apply on this platform with these extras."""
        requirements = [Requirement(line) for line in self.distribution.requires or ()]
        return [one for one in requirements if one.marker is None or self._applies(one.marker)]

    def _applies(self, marker: Marker) -> bool:
        return any(marker.evaluate({"extra": extra}) for extra in (self.extras or {""}))


def installed_components() -> list[Component]:
    """Return the packages that the app needs at run time and the components inside them, sorted by name."""
    packages = runtime_packages()
    found = [_component(package.distribution) for package in packages.values()]
    entries = json.loads(resource_path("licences", "inside.json").read_text(encoding="utf-8"))
    found += [_inside(entry, packages) for entry in entries if _is_carried(entry, packages)]
    return sorted(found, key=lambda component: (component.name.lower(), component.name))


def runtime_packages() -> dict[str, InstalledPackage]:
    """Return the app's direct and indirect requirements by canonical name, without those not installed."""
    found: dict[str, InstalledPackage] = {}
    waiting = app_requirements()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found and requirement.extras <= found[name].extras:
            continue
        known = found[name].extras if name in found else frozenset()
        try:
            found[name] = InstalledPackage(
                importlib.metadata.distribution(requirement.name), known.union(requirement.extras)
            )
        except PackageNotFoundError:
            continue
        waiting += found[name].requirements()
    return found


def app_requirements() -> list[Requirement]:
    """Return the app's direct requirements: from ``pyproject.toml`` in a checkout, else from its metadata."""
    project = resource_path().parent / "pyproject.toml"
    if project.is_file():
        lines = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
        return [Requirement(line) for line in lines]
    return InstalledPackage(importlib.metadata.distribution(product.PACKAGE), frozenset()).requirements()


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
    return metadata_field(metadata, "Home-page") or next((urls[label] for label in _HOMEPAGES if label in urls), "")


def _texts(distribution: Distribution, metadata: PackageMetadata) -> Iterator[LicenceText]:
    """Find the licence texts of a distribution: files that its metadata names, and files with a typical name."""
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
    """Return the paths in the distribution's RECORD.

    ``Distribution.files`` would look for each of them on the disk; Qt has thousands.
    """
    record = distribution.read_text("RECORD") or ""
    return (line.rsplit(",", 2)[0].strip('"') for line in record.splitlines())


def _standard_names(licence: str) -> list[str]:
    """Return the names of the standard texts that belong to an SPDX expression.

    LGPL 3 is written as an addition to GPL 3, so that it needs both texts.
    """
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


def _debian_texts(packages: list[str]) -> Iterator[LicenceText]:
    """Read the copyright files of Debian packages whose libraries a bundle built on Debian contains."""
    for package in packages:
        path = _DEBIAN_TEXTS / package / "copyright"
        if path.is_file():
            yield LicenceText(f"{package}/copyright", path.read_text(encoding="utf-8", errors="replace"))


def _is_carried(entry: Mapping[str, Any], packages: Mapping[str, InstalledPackage]) -> bool:
    return not entry["inside"] or canonicalize_name(entry["inside"]) in packages


def _inside(entry: Mapping[str, Any], packages: Mapping[str, InstalledPackage]) -> Component:
    carrier = packages[canonicalize_name(entry["inside"])].distribution if entry["inside"] else None
    return Component(
        name=entry["name"],
        version=_version(entry.get("version", ""), carrier),
        licence=entry["licence"],
        inside=canonicalize_name(entry["inside"]),
        homepage=entry["homepage"],
        source=entry["source"],
        notice=entry["notice"],
        texts=(*_standard_texts(entry.get("texts", [])), *_debian_texts(entry.get("debian", []))),
    )


def _version(rule: str | Mapping[str, str], carrier: Distribution | None) -> str:
    """Return the version that a rule of ``inside.json`` finds; empty if it finds none.

    Args:
        rule: ``"python"``, ``"carrier"`` (the version of the distribution) or ``{"file": PATTERN}``, whose first
            group in the path of one of the distribution's files is the version.
        carrier: The distribution that the component is part of; ``None`` for Python itself.
    """
    if carrier is None:
        return platform.python_version() if rule == "python" else ""
    if not isinstance(rule, Mapping):
        return carrier.version if rule == "carrier" else ""
    matches = (re.search(rule["file"], file) for file in _files(carrier))
    return max((match[1] for match in matches if match), key=len, default="")
