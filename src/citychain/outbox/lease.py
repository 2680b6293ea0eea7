"""At most one relayer works on an outbox: it holds a lease, and a second one is told who has it.

Two at once would lose nothing and run nothing twice (the Forwarder's nonces see to that); they would only be in each
other's way. So a lease of a dead process on the same machine is taken over at once, one of another machine after
LONGEST_SILENCE.
"""

import os
import socket
import time
from pathlib import Path

import psutil
from django.db import transaction

from .errors import LeaseLost, RelayerHeld
from .models import Lease

#: Wall-clock seconds: how often a holder shows that it lives, and after how long one on another machine counts as dead.
RENEW_EVERY, LONGEST_SILENCE = 10, 60


def _boot() -> str:
    """Identifies the machine's present boot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(int(psutil.boot_time()))


class Holder:
    """This process as a holder of the lease `name`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._row = {
            "host": socket.gethostname(),
            "boot": _boot(),
            "pid": os.getpid(),
            "started": psutil.Process().create_time(),
        }
        self._renewed = 0.0
        self._held = False

    def hold(self) -> None:
        """Takes or renews the lease. Raises RelayerHeld while another process has it, LeaseLost when one took it."""
        if self._held and time.monotonic() - self._renewed < RENEW_EVERY:
            return
        now = int(time.time())
        with transaction.atomic():
            found = Lease.objects.select_for_update().filter(name=self.name).first()
            if found is not None and not self._is_me(found):
                if self._held:
                    raise LeaseLost()
                if _alive(found, now):
                    raise RelayerHeld(pid=found.pid, host=found.host)
            Lease.objects.update_or_create(name=self.name, defaults={**self._row, "renewed": now})
        self._held, self._renewed = True, time.monotonic()

    def release(self) -> None:
        """Gives the lease back, so that another process may have it while this one goes on."""
        if self._held:
            self._held = False
            Lease.objects.filter(name=self.name, **self._row).delete()

    def _is_me(self, found: Lease) -> bool:
        return all(getattr(found, field) == value for field, value in self._row.items())


def _alive(found: Lease, now: int) -> bool:
    if found.host != socket.gethostname():
        return now - found.renewed < LONGEST_SILENCE
    if found.boot != _boot():
        return False
    try:
        return bool(psutil.Process(found.pid).create_time() == found.started)
    except psutil.NoSuchProcess:
        return False
