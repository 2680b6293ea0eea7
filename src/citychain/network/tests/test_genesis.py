import json
from pathlib import Path

import pytest

from citychain.chain.forwarding import Domain, ForwardRequest
from citychain.chain.keys import Key, recover
from citychain.network.errors import GenesisRefused
from citychain.network.genesis import GAS_LIMIT, RESERVED_CHAIN_ID, draw_chain_id, load_genesis, make_genesis

ADDRESS = "0x" + "Ab" * 20


def test_genesis_holds_what_was_asked(tmp_path: Path) -> None:
    made = make_genesis(tmp_path, accounts={ADDRESS: 5}, genesis_time=1_700_000_000, chain_id=77)
    document = json.loads(made.path.read_text())
    assert (made.chain_id, made.time) == (77, 1_700_000_000)
    assert document["alloc"] == {"0x" + "ab" * 20: {"balance": "0x5"}}
    assert int(document["gasLimit"], 16) == GAS_LIMIT == 60_000_000
    assert document["config"]["osakaTime"] == 0


def test_genesis_is_written_once_and_keeps_its_chain_id(tmp_path: Path) -> None:
    first = make_genesis(tmp_path, accounts={}, genesis_time=1)
    assert make_genesis(tmp_path, accounts={ADDRESS: 1}, genesis_time=2, chain_id=3) == first == load_genesis(tmp_path)


def test_chain_id_is_drawn_in_its_range_and_never_the_reserved_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(2**20 <= draw_chain_id() < 2**31 for _ in range(1_000))
    draws = iter([RESERVED_CHAIN_ID - 2**20, 4])
    monkeypatch.setattr("citychain.network.genesis.secrets.randbelow", lambda _limit: next(draws))
    assert draw_chain_id() == 2**20 + 4


def test_signature_of_a_city_is_not_its_signers_in_the_city_after_a_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([3, 4])
    monkeypatch.setattr("citychain.network.genesis.secrets.randbelow", lambda _limit: next(draws))
    key, forwarder = Key(bytes(31) + b"\1"), ADDRESS.lower()
    request = ForwardRequest(key.address, forwarder, 1, 0, 2**40, b"")
    before, after = (
        Domain(make_genesis(tmp_path / name, accounts={}, genesis_time=1).chain_id, forwarder) for name in "ab"
    )
    signature = key.sign(request.digest(before))
    assert recover(request.digest(before), signature) == key.address != recover(request.digest(after), signature)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("accounts", {"accounts": {"0x12": 1}, "genesis_time": 1}),
        ("genesis_time", {"accounts": {}, "genesis_time": 0}),
        ("chain_id", {"accounts": {}, "genesis_time": 1, "chain_id": 2**53}),
    ],
)
def test_genesis_refuses_bad_values_and_writes_nothing(
    tmp_path: Path, field: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(GenesisRefused) as refused:
        make_genesis(tmp_path, **arguments)  # type: ignore[arg-type]
    assert refused.value.details["field"] == field
    assert list((tmp_path / "node").iterdir()) == []


def test_genesis_that_is_not_one_is_named(tmp_path: Path) -> None:
    make_genesis(tmp_path, accounts={}, genesis_time=1).path.write_text("{}")
    with pytest.raises(GenesisRefused):
        load_genesis(tmp_path)
