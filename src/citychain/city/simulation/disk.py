"""A small disk for an episode's state folder, which can be filled. Linux and root only: others go without."""

import os
import subprocess
from pathlib import Path

#: Megabytes of the disk.
SIZE = 64
CHUNK = bytes(1 << 16)


class SmallDisk:
    """Mounted at `folder`, which must be empty; `there` says whether it could be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=700", "citychain", str(folder)]
        self.there = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        """Nothing more can be written."""
        try:
            with self._ballast.open("ab", buffering=0) as file:
                while file.write(CHUNK):
                    pass
        except OSError:
            pass

    def make_room(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Everything on it is gone. Safe to call twice."""
        if self.there:
            self.there = False
            subprocess.run(["umount", "-l", str(self._folder)], check=True)
