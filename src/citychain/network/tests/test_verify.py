import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from citychain.network import published
from citychain.network.embedded import EmbeddedNode
from citychain.network.genesis import load_genesis
from citychain.network.journal import BlockRecord, GenesisRecord, Journal, read
from citychain.network.tests.conftest import send
from citychain.network.verify import verify

Open = Callable[..., EmbeddedNode]


def rewrite(home: Path, change: Callable[[BlockRecord], BlockRecord]) -> None:
    """A journal with sound checksums whose blocks are changed."""
    path = home / "node" / "journal"
    genesis, *blocks = list(read(path, 0))
    assert isinstance(genesis, GenesisRecord)
    path.unlink()
    journal = Journal.create(path, genesis)
    for block in blocks:
        assert isinstance(block, BlockRecord)
        journal.append(change(block))
    journal.close()


def test_verify_mines_every_block_again_while_the_node_runs(node: EmbeddedNode) -> None:
    send(node, 2, 0)
    for _ in range(3):
        node.mine()
    told: list[tuple[int, int]] = []
    verdict = verify(node.home, lambda done, of: told.append((done, of)))
    assert (verdict.good, verdict.blocks, verdict.transactions) == (True, 3, 10)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (verdict.head, verdict.head_hash) == (3, node.head.hash)
    assert (verdict.chain_id, verdict.error) == (load_genesis(node.home).chain_id, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda block: BlockRecord(block.number, block.time + 1, block.hash, block.transactions),
        lambda block: BlockRecord(block.number, block.time, "0x" + "00" * 32, block.transactions),
        lambda block: BlockRecord(block.number, block.time, block.hash, block.transactions[1:]),
        lambda block: BlockRecord(block.number, block.time, block.hash, block.transactions[::-1]),
        lambda block: BlockRecord(block.number, block.time, block.hash, [b"\x02not a transaction"]),
    ],
    ids=["time", "hash", "left out", "order", "nonsense"],
)
def test_verify_names_a_block_that_was_rewritten(open_node: Open, change: Callable[[BlockRecord], BlockRecord]) -> None:
    node = open_node()
    for nonce in range(3):
        send(node, 1, nonce)
        node.mine()
    node.stop()
    rewrite(node.home, lambda block: change(block) if block.number == 2 else block)
    verdict = verify(node.home)
    assert (verdict.good, verdict.head) == (False, 1)
    assert verdict.error is not None and " 2" in verdict.error


def test_verify_compares_the_block_that_was_called_final(open_node: Open) -> None:
    node = open_node()
    node.mine()
    node.stop()
    published.publish(node.home, published.Final(1, "0x" + "00" * 32, 1, 1))
    assert verify(node.home).good is False


def test_verify_command_says_it_by_exit_status(
    open_node: Open, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    node = open_node()
    settings.CITYCHAIN_HOME = node.home  # type: ignore[attr-defined]
    node.mine()
    node.stop()

    def status(*arguments: str) -> object:
        with pytest.raises(SystemExit) as left:
            call_command("journal", *arguments)
        return left.value.code

    assert status("verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["blocks"] == 1
    path = node.home / "node" / "journal"
    path.write_bytes(path.read_bytes()[:-40] + bytes(40))
    assert status("verify") == 1
    path.unlink()
    assert status("verify") == 2
    with pytest.raises(CommandError):
        call_command("journal", "nothing")
