"""At most one relayer works on an outbox: it holds a lease, and a second one is told who has it.

Each taking of the lease draws the next token. Whatever a relayer writes, it writes in `writing()`, a transaction that
begins by asking whether its token is the newest: a process that slept while another took over writes nothing any more,
however late it wakes. Nothing is sent that was not written before, so it can't send anything new either.

A lease of a dead process on the same machine is taken over at once; one whose holder shows no sign of life, on this
machine or another, after LONGEST_SILENCE.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.db import transaction

from .errors import LeaseLost, RelayerHeld
from .models import Lease

#: Wall-clock seconds: how often a holder shows that it lives, and after how long without a sign it counts as dead.
RENEW_EVERY, LONGEST_SILENCE = 10, 60
#: The process id of a lease that was given back.
NOBODY = 0


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
        self._me = {
            "host": socket.gethostname(),
            "boot": _boot(),
            "pid": os.getpid(),
            "started": psutil.Process().create_time(),
        }
        self._renewed = 0.0
        self._token: int | None = None

    def hold(self) -> None:
        """Takes or renews the lease. Raises RelayerHeld while another process has it, LeaseLost when one took it."""
        if self._token is not None and time.monotonic() - self._renewed < RENEW_EVERY:
            return
        now = int(time.time())
        with transaction.atomic():
            found = self._locked(now)
            if self._token is not None:
                self._require(found)
            elif not self._is_me(found) and _alive(found, now):
                raise RelayerHeld(pid=found.pid, host=found.host)
            token = found.token + 1 if self._token is None else found.token
            Lease.objects.filter(name=self.name).update(**self._me, token=token, renewed=now)
        self._token, self._renewed = token, time.monotonic()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that is only while the lease is this process's. Raises as hold() does; then nothing is
        written."""
        self.hold()
        with transaction.atomic():
            self._require(Lease.objects.select_for_update().get(name=self.name))
            yield

    def release(self) -> None:
        """Gives the lease back, so that another process may have it while this one goes on."""
        if self._token is not None:
            Lease.objects.filter(name=self.name, token=self._token).update(pid=NOBODY)
            self._token = None

    def _locked(self, now: int) -> Lease:
        """The lease's row, made by whoever comes first."""
        nobody = {**self._me, "pid": NOBODY, "token": 0, "renewed": now}
        Lease.objects.get_or_create(name=self.name, defaults=nobody)
        return Lease.objects.select_for_update().get(name=self.name)

    def _require(self, found: Lease) -> None:
        if found.token != self._token:
            self._token = None
            raise LeaseLost()

    def _is_me(self, found: Lease) -> bool:
        return all(getattr(found, field) == value for field, value in self._me.items())


def _alive(found: Lease, now: int) -> bool:
    if found.pid == NOBODY or now - found.renewed >= LONGEST_SILENCE:
        return False
    if found.host != socket.gethostname():
        return True
    if found.boot != _boot():
        return False
    try:
        return bool(psutil.Process(found.pid).create_time() == found.started)
    except psutil.NoSuchProcess:
        return False
