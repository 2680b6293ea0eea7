"""The chain of a journal as it was: to be read, or to be carried to another network (carrying.py)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from citychain.network import published
from citychain.network.anvil import Anvil
from citychain.network.errors import JournalDamaged
from citychain.network.genesis import folder, load_genesis
from citychain.network.journal import GenesisRecord, read
from citychain.network.published import Final, Running
from citychain.network.replay import check_genesis, header, replay


def remake(home: Path) -> tuple[Anvil, GenesisRecord, Final]:
    """A node of our own with the chain of the journal in `home`, mined again from genesis up to its last whole
    block, to be stopped by the caller. Raises JournalDamaged, FileNotFoundError."""
    known = published.read_final(home)
    records = read(home / "node" / "journal", known.number if known else 0)
    genesis, first = load_genesis(home), next(records, None)
    if not isinstance(first, GenesisRecord):
        raise JournalDamaged(block=0, reason="it does not begin with a genesis record")
    node = Anvil(genesis)
    try:
        check_genesis(node.rpc, genesis, first)
        replay(node, records, 0)
        head = header(node.rpc, "latest")
        number = int(head["number"], 16)
        if known and number == known.number and head["hash"] != known.hash:
            raise JournalDamaged(block=number, reason=f"the block called final was {known.hash}")
    except BaseException:
        node.stop()
        raise
    return node, first, Final(number, head["hash"], int(head["timestamp"], 16), number)


@contextmanager
def past(home: Path) -> Iterator[Path]:
    """A folder that a gate can serve (with rules.READING). The journal may be a copy, or one that goes on. Raises what
    remake() raises."""
    node, first, final = remake(home)
    try:
        with tempfile.TemporaryDirectory(prefix="citychain-past-") as place:
            folder(Path(place))
            published.publish(Path(place), Running(node.pid, str(node.socket), first.chain_id, first.hash))
            published.publish(Path(place), final)
            yield Path(place)
    finally:
        node.stop()
