"""What the chunk grid remembers: one byte per cell, so that 100,000 of them cost nothing to hold or to draw.

A byte is ``state << 4 | level`` with the progress as a level of 0 to 15; its top bit says "selected". A slice of
the bytes is at once the pixels of an indexed image. Where cells are coloured by something else than their states
(``heat.py``), a second byte per cell says by what. No Qt here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import compress

from helios_gui.types import ChunkState, ChunkStatus

STATES: tuple[ChunkState, ...] = tuple(ChunkState)
LEVELS = 16
SELECTED = 0x80

_STATE_CODES = {state: code * LEVELS for code, state in enumerate(STATES)}
_SELECT = bytes(code | SELECTED for code in range(256))
_DESELECT = bytes(code & ~SELECTED for code in range(256))
_STATES_ALONE = bytes((code & ~SELECTED) // LEVELS for code in range(256))
_SELECTION = bytes(code & SELECTED for code in range(256))


def encode_cell(chunk: ChunkStatus) -> int:
    """Return a cell's byte, not selected; the last progress level is used for finished chunks only."""
    code = _STATE_CODES[chunk.state]
    if not chunk.frames_done and chunk.state is not ChunkState.COMPLETED:  # by far most of a new job's
        return code
    return code + int(chunk.progress * (LEVELS - 1))


def decode_cell(code: int) -> tuple[ChunkState, int]:
    """Return the state and the progress level (0 to 15) of a byte, whether selected or not."""
    index, level = divmod(code & ~SELECTED, LEVELS)
    return STATES[index], level


@cache
def _selected_codes(states: frozenset[ChunkState]) -> bytes:
    """Return a translation table that maps the bytes of selected cells in these states to 1, all others to 0."""
    wanted = {_STATE_CODES[state] | SELECTED | level for state in states for level in range(LEVELS)}
    return bytes(code in wanted for code in range(256))


@cache
def _codes_in(states: frozenset[ChunkState]) -> bytes:
    """Return a translation table that maps the bytes of cells in these states to 1, all others to 0."""
    wanted = {_STATE_CODES[state] | level for state in states for level in range(LEVELS)}
    return bytes((code & ~SELECTED) in wanted for code in range(256))


class Cells:
    """The chunks of one job in playing order, with the selection. Indexes count from 0, ids are the job's.

    ``heat`` has what each cell is coloured by, less than ``SELECTED``; ``None``: the state.
    """

    def __init__(self, chunks: Sequence[ChunkStatus] = (), codes: Iterable[int] | None = None) -> None:
        self.codes = bytearray(map(encode_cell, chunks) if codes is None else codes)
        self.heat: bytearray | None = None
        self._chunks = list(chunks)
        self._index_of = {chunk.id: index for index, chunk in enumerate(chunks)}

    def __len__(self) -> int:
        return len(self._chunks)

    def __getitem__(self, index: int) -> ChunkStatus:
        return self._chunks[index]

    def __iter__(self) -> Iterator[ChunkStatus]:
        return iter(self._chunks)

    def only(self, states: frozenset[ChunkState]) -> Cells:
        """Return the cells that are in one of these states now, with their selection."""
        wanted = self.codes.translate(_codes_in(states))
        return Cells(list(compress(self._chunks, wanted)), compress(self.codes, wanted))

    def next_in(self, states: frozenset[ChunkState], index: int, step: int) -> int:
        """Return the next cell after ``index`` (before it, if ``step`` is negative) in one of these states, or -1."""
        wanted = self.codes.translate(_codes_in(states))
        return wanted.find(1, index + 1) if step > 0 else wanted.rfind(1, 0, max(0, index))

    def pixels(self, first: int, last: int) -> bytes:
        """Return what is painted of the cells from ``first`` to before ``last``, a byte each."""
        codes = self.codes[first:last]
        if self.heat is None:
            return bytes(codes)
        selection = int.from_bytes(codes.translate(_SELECTION))
        return (selection | int.from_bytes(self.heat[first:last])).to_bytes(len(codes))

    def states(self) -> bytes:
        """Return a byte for each cell: where its state is in ``STATES``."""
        return bytes(self.codes.translate(_STATES_ALONE))

    def count(self, states: frozenset[ChunkState]) -> int:
        """Return how many cells are in one of these states."""
        return self.codes.translate(_codes_in(states)).count(1)

    def index_of(self, chunk_id: int) -> int:
        """Return the index of a chunk, or -1 if there is none of that id."""
        return self._index_of.get(chunk_id, -1)

    def update(self, chunks: Iterable[ChunkStatus]) -> list[int]:
        """Take newer statuses; the indexes of the cells that look different now. Unknown ids are ignored."""
        touched = []
        for chunk in chunks:
            index = self._index_of.get(chunk.id, -1)
            if index < 0:
                continue
            old = self._chunks[index]
            self._chunks[index] = chunk
            if old.state is not chunk.state or old.frames_done != chunk.frames_done:
                self.codes[index] = encode_cell(chunk) | (self.codes[index] & SELECTED)
                touched.append(index)
        return touched

    def is_selected(self, index: int) -> bool:
        """Return whether the cell is in the selection."""
        return bool(self.codes[index] & SELECTED)

    def select_range(self, first: int, last: int, *, selected: bool = True) -> None:
        """Add the cells from ``first`` to ``last`` (both included, in either order) or take them out."""
        low, high = min(first, last), max(first, last) + 1
        self.codes[low:high] = self.codes[low:high].translate(_SELECT if selected else _DESELECT)

    def select_all(self, *, selected: bool = True) -> None:
        """Select every cell, or none."""
        self.codes = self.codes.translate(_SELECT if selected else _DESELECT)

    def selection_mask(self) -> bytes:
        """Return which cells are selected, to be brought back by ``restore_selection``."""
        return bytes(self.codes.translate(_SELECTION))

    def restore_selection(self, mask: bytes) -> None:
        """Select the cells that were selected when ``selection_mask`` was asked for, and no others."""
        codes = int.from_bytes(self.codes.translate(_DESELECT))
        self.codes = bytearray((codes | int.from_bytes(mask)).to_bytes(len(self.codes)))

    def select_ids(self, chunk_ids: Iterable[int]) -> None:
        """Add chunks to the selection; unknown ids are ignored."""
        for chunk_id in chunk_ids:
            index = self.index_of(chunk_id)
            if index >= 0:
                self.codes[index] |= SELECTED

    def selected(self) -> Iterator[ChunkStatus]:
        """Return the selected chunks in playing order."""
        return (self._chunks[index] for index, code in enumerate(self.codes) if code & SELECTED)

    def count_selected(self, states: frozenset[ChunkState] = frozenset(STATES)) -> int:
        """Return how many selected chunks are in one of these states; fast enough to ask with every picture."""
        return self.codes.translate(_selected_codes(states)).count(1)
