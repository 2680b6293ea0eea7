"""One writer of the read model at a time."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from django.db import connections

from .errors import IndexerRunning


@contextlib.contextmanager
def writing(alias: str) -> Iterator[None]:
    """Held while this process writes the read database; freed also by kill -9. Raises IndexerRunning."""
    path = Path(f"{connections[alias].settings_dict['NAME']}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexerRunning from None
        yield
