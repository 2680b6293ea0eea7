"""Starts anvil where no web page can reach it. A program of its own: ``python launch.py PARENT PROGRAM ARGUMENT...``

anvil always listens on a TCP port, and accepts a WebSocket there from any page of any site, cheat methods included
(--no-cors covers only HTTP). It has no switch to close the port. So, before anvil starts:
- Linux, where user namespaces are allowed: a network namespace of its own without any interface. Nothing can connect;
  we speak to it over its Unix socket, which a network namespace does not hide.
- Linux otherwise: a random address in 127.0.0.0/8 and a port that the kernel picks: 2**38 pairs to guess.
- Elsewhere: 127.0.0.1 and a port that the kernel picks. A page that scans all ports can find it: docs/security.md.
On Linux anvil also dies with its parent, however the parent dies.
"""

import ctypes
import os
import secrets
import signal
import sys

CLONE_NEWUSER, CLONE_NEWNET, PR_SET_PDEATHSIG = 0x10000000, 0x40000000, 1


def main() -> None:
    parent, program, *arguments = sys.argv[1:]
    host = "127.0.0.1"
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        closed = libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
        host = "0.0.0.0" if closed else "127." + ".".join(str(1 + secrets.randbelow(254)) for _ in range(3))
        # After unshare: a change of credentials clears it.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != int(parent):
            raise SystemExit(1)
    os.execv(program, [program, "--host", host, "--port", "0", *arguments])


if __name__ == "__main__":
    main()
