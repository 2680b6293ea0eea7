"""A second member of the network, asked whether it tells the same blocks with the same events.

Whoever runs the node that a city reads from could show it events that never were. So what was read there is compared
with another institution's node before it is written. Two nodes that lie alike are beyond this: then only the proof of
finality tells (network.consortium.finality).
"""

import logging
import time
from collections.abc import Collection

from citychain.chain.rpc import NodeUnavailable, Rpc, RpcError

from .errors import MembersDisagree
from .reading import Blocks, headers_of, joined

#: Seconds for the second member to know a block that the first one told; after that reading goes on without it.
PATIENCE, PAUSE = 10.0, 0.2

log = logging.getLogger(__name__)


class Witness:
    """The second member, behind `rpc`; `first` is the one that the city reads from."""

    def __init__(self, rpc: Rpc, first: Rpc) -> None:
        self._rpc, self._first = rpc, first
        self._silent = False

    def confirms(self, blocks: Blocks, addresses: Collection[str]) -> bool:
        """Whether the second member tells the same. It may be a little behind, so it is asked for PATIENCE seconds.

        False when it does not know them by then; that does not stop the city, and from then on it is not waited for
        until it knows again. Raises MembersDisagree.
        """
        deadline = time.monotonic() + (0 if self._silent else PATIENCE)
        while True:
            try:
                same, reason = self._compare(blocks, addresses), "it has another branch, which is not final"
            except (NodeUnavailable, RpcError) as problem:
                same, reason = False, str(problem)
            if same or time.monotonic() >= deadline:
                break
            time.sleep(PAUSE)
        if not same and not self._silent:
            log.warning("Block %d is not confirmed by a second member: %s", blocks[-1][0].number, reason)
        if same and self._silent:
            log.warning("The second member answers again")
        self._silent = not same
        return same

    def _compare(self, blocks: Blocks, addresses: Collection[str]) -> bool:
        """False while the two are on branches of which one is not final."""
        first, last = blocks[0][0].number, blocks[-1][0].number
        headers = headers_of(self._rpc, first, last)
        for (mine, _logs), theirs in zip(blocks, headers, strict=True):
            if mine.hash != theirs.hash:
                if min(self._first.final().number, self._rpc.final().number) < mine.number:
                    return False
                raise MembersDisagree(block=mine.number, what=f"{mine.hash}, {theirs.hash}")
            if mine != theirs:
                raise MembersDisagree(block=mine.number, what="header")
        found = joined(headers, self._rpc.logs(first, last, list(addresses)))
        if found is None:
            return False
        for mine_, theirs_ in zip(blocks, found, strict=True):
            if mine_ != theirs_:
                raise MembersDisagree(block=mine_[0].number, what="events")
        return True
