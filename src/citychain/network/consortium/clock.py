"""What this machine's clock is worth: a member whose clock is off proposes at the wrong time and is not listened to.

The kernel knows whether somebody keeps the clock right (chrony, systemd-timesyncd, ntpd tell it) and how far off it can
be at most (adjtimex(2)). We ask it rather than a time server of our own choice.
"""

import ctypes
import sys

import msgspec

#: Part of a slot that the clock may be off: attestations are due after a third of it.
TOLERATED = 1 / 10
_UNSYNCHRONISED = 0x0040


class Clock(msgspec.Struct, frozen=True):
    """`error` is the most that the clock can be off, in seconds; it grows while nobody corrects the clock."""

    synchronised: bool
    error: float


class _Timex(ctypes.Structure):
    """struct timex, its first fields; the kernel's has under 256 bytes."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        *[(name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")],
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    ]


def read() -> Clock | None:
    """None where the kernel can't be asked (not Linux)."""
    if sys.platform != "linux":
        return None
    asked = _Timex(modes=0)
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked)) < 0:
        return None
    return Clock(not asked.status & _UNSYNCHRONISED, asked.maxerror / 1e6)


def fault(clock: Clock | None, slot: int) -> str | None:
    """Why a member with slots of `slot` seconds should not start with this clock; None when it may."""
    if clock is None:
        return "the system can't say how right its clock is"
    if not clock.synchronised:
        return "nobody keeps this machine's clock right (start chrony or systemd-timesyncd)"
    if clock.error > slot * TOLERATED:
        return f"this machine's clock may be off by {clock.error:.3f} s, {slot * TOLERATED:.3f} s are tolerated"
    return None
