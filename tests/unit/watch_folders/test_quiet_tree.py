"""A page or a scene is not taken while what it needs still lands beside it."""

from __future__ import annotations

import os
from pathlib import Path

from helios_gui.watch_folders.quiet_tree import QuietTree


def test_what_lands_below_keeps_it_waiting_but_not_what_our_own_jobs_write(tmp_path: Path) -> None:
    now = [0.0]
    own = tmp_path / "part_0.mov"
    tree = QuietTree(tmp_path, ("rendered",), lambda path: path == own, 5.0, lambda: now[0])
    textures = tmp_path / "textures"
    textures.mkdir()
    (tmp_path / "rendered").mkdir()

    def looks() -> bool:
        now[0] += 3
        return tree.scan()

    assert [looks(), looks(), looks()] == [False, False, True]
    (textures / "sky.png").write_bytes(b"1")
    assert [looks(), looks()] == [False, False]
    (textures / "sky.png").write_bytes(b"12")
    assert [looks(), looks(), looks()] == [False, False, True]
    os.utime(textures / "sky.png", ns=(10**18 * 5, 10**18 * 5))  # the clock of its drive is years ahead
    assert [looks(), looks(), looks()] == [False, False, True]
    for path in (own, tmp_path / "rendered" / "film.mp4", tmp_path / ".hidden"):
        path.write_bytes(b"x") if path.name != ".hidden" else path.mkdir()
    (tmp_path / ".hidden" / "x").touch()
    assert looks()
    (textures / "sky.png").unlink()
    assert not looks()
