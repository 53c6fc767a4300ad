"""What is left of the memory, in a container as well."""

from __future__ import annotations

from pathlib import Path

import psutil

from helios_gui.process.free_memory import free_memory

MB = 1_000_000


def group(folder: Path, limit: str, used: int, caches: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {caches}\nactive_file 7\n")


def test_the_narrowest_of_its_groups_counts(tmp_path: Path) -> None:
    groups, own = tmp_path / "groups", tmp_path / "own"
    own.write_text("0::/studio/helios\n")
    group(groups / "studio" / "helios", "max", 30 * MB, 0)
    assert free_memory(groups, own) > 15 * MB, "there is no limit"
    group(groups / "studio", str(50 * MB), 40 * MB, 5 * MB)
    assert free_memory(groups, own) == 15 * MB
    group(groups / "studio" / "helios", str(20 * MB), 20 * MB, 4 * MB)
    assert free_memory(groups, own) == 4 * MB
    own.write_text("1:memory:/old\n")
    assert free_memory(groups, own) > 15 * MB


def test_without_groups_it_is_what_the_machine_has(tmp_path: Path) -> None:
    free = free_memory(tmp_path, tmp_path / "none")
    assert abs(free - psutil.virtual_memory().available) < 0.5 * psutil.virtual_memory().total
