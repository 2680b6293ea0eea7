"""A wall clock that can be stepped, shared by all processes of an episode.

The offset in seconds is one number in a file that every process maps into its memory. Only the wall clock is stepped,
as on a real machine: what waits for a number of seconds (time.monotonic) does not notice.
"""

import mmap
import struct
import time
from pathlib import Path

_NUMBER = struct.Struct("d")
_real = time.time


class Clock:
    """The clock whose offset is in `path`; the file is made when it is missing."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_NUMBER.pack(0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _NUMBER.size)

    def now(self) -> float:
        """UTC seconds."""
        offset: float = _NUMBER.unpack_from(self._shared)[0]
        return _real() + offset

    def step(self, seconds: float) -> None:
        """Every process sees the clock jump."""
        _NUMBER.pack_into(self._shared, 0, _NUMBER.unpack_from(self._shared)[0] + seconds)

    def rule(self) -> None:
        """This clock is time.time() in this process from now on."""
        time.time = self.now
