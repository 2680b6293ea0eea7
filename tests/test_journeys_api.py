"""What six people do in the browser, done by API and command alone: the same acts, the same record."""

import json
import secrets
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import pytest
from eth_account import Account

from citychain.chain.codec import encode
from citychain.chain.hashing import keccak
from citychain.client import City as Client
from citychain.client import Key
from citychain.identity.tests.device import Device
from citychain.identity.webauthn import assertion

from .city import City
from .signer import SECONDS, Signer
from .test_journeys import Hanging

#: Homes that one registration takes.
BATCH = 20


def _node(city: City, method: str, *params: Any) -> Any:
    url = f"http://127.0.0.1:{city.environment['CITYCHAIN_RPC_PORT']}"
    asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return httpx.post(url, json=asked, timeout=30).json()["result"]


@pytest.fixture
def teller(city: City) -> Iterator[Signer]:
    signer = Signer(city, "lake-bank")
    yield signer
    signer.http.close()


def _bank(teller: Signer) -> str:
    banks = teller.http.get("/banks").json()["banks"]
    return str(next(bank["address"] for bank in banks if "Baiyangdian" in bank["name"]))


def _open_and_credit(teller: Signer, holder: str, fen: int) -> str:
    """The bank officer's journey; returns the bank's contract."""
    bank = _bank(teller)
    teller.waits_for(teller.does(bank, "openAccounts", holders=[holder]))
    teller.waits_for(teller.does(bank, "mint", to=holder, amount=fen, ref="0x" + secrets.token_hex(32)))
    return bank


def test_bank_officer_opens_credits_and_a_resident_with_a_key_sends(city: City, teller: Signer) -> None:
    key, other = Key(secrets.token_bytes(32)), Account.create().address.lower()
    bank = _open_and_credit(teller, key.address, 500_00)
    teller.waits_for(teller.does(bank, "openAccounts", holders=[other]))
    with Client(city.url) as client:
        ended = client.act(key, bank, "transferWithReference", to=other, amount=4_56, ref="0x" + secrets.token_hex(32))
        assert ended.state == "final"
        assert [account.balance_fen for account in client.accounts(other)] == [4_56]
        assert [payment.change_fen for payment in client.payments(key.address)] == [-4_56, 500_00]


def test_resident_with_a_passkey_sends(city: City, teller: Signer) -> None:
    device = Device(secrets.token_hex(8), city.url)
    contracts = {row["contract"]: row["address"] for row in teller.http.get("/contracts").json()["contracts"]}
    point = encode(("bytes32", "bytes32"), (device.x, device.y))
    asked = {"to": contracts["Passkeys"], "data": "0x" + (keccak(b"accountOf(bytes32,bytes32)")[:4] + point).hex()}
    account = "0x" + _node(city, "eth_call", asked, "latest")[-40:]
    teller.waits_for(teller.does("Passkeys", "open", qx=device.x, qy=device.y))
    bank = _open_and_credit(teller, account, 300_00)
    other = Account.create().address.lower()
    teller.waits_for(teller.does(bank, "openAccounts", holders=[other]))
    with Client(city.url) as client:
        prepared = client.prepare(account, bank, "transfer", to=other, value=4_56)
        signature = assertion(device.sign(prepared.digest), prepared.digest, city.url).encoded()
        assert client.wait(client.submit(prepared, signature).id).state == "final"
        assert [account.balance_fen for account in client.accounts(other)] == [4_56]


def test_registrar_registers_two_hundred_homes(city: City) -> None:
    registrar, owner = Signer(city, "registry-xiong"), Account.create().address.lower()
    village = {"village": "130638100001", "use": "住宅"}
    deeds = [
        {**village, "area": 60_00 + row, "address": f"{row}号楼", "number": f"接口第{row}号"} for row in range(200)
    ]
    homes = [{"deed": deed, "owners": [{"account": owner, "share": 10_000}]} for deed in deeds]
    requests = []
    for first in range(0, len(homes), BATCH):
        body = {"signer": registrar.address, "homes": homes[first : first + BATCH]}
        answer = registrar.http.post("/deeds/registrations/prepare", json=body)
        assert answer.status_code == 200, answer.text
        asked = answer.json()
        answer = registrar.http.post(
            "/deeds",
            json={
                "deeds": asked["deeds"],
                "document_signature": registrar.sign(asked["document"]),
                "request": asked["request"],
                "signature": registrar.sign(asked["typed_data"]),
            },
        )
        assert answer.status_code == 202, answer.text
        requests.append(answer.json()["id"])
    for request in requests:
        assert registrar.waits_for(request)["reason_code"] == ""
    with Client(city.url) as client:
        newest = list(islice(client.titles(county=130638), len(homes)))
    assert [title.holder for title in newest] == [owner] * len(homes)
    registrar.http.close()


def test_auditor_compares_files_record_and_chain(city: City) -> None:
    with httpx.Client(base_url=city.url, timeout=60) as http:
        lines = http.get("/exports/payments.ndjson", params={"fields": "id,amount,block,tx"}).text.splitlines()
    payment = json.loads(lines[len(lines) // 2])
    receipt = _node(city, "eth_getTransactionReceipt", payment["tx"])
    assert int(receipt["blockNumber"], 16) == payment["block"]
    assert payment["amount"] in [int(log["data"], 16) for log in receipt["logs"] if len(log["data"]) == 66]
    with Client(city.url) as client:
        assert client.read(f"/blocks/{payment['block']}")["hash"] == receipt["blockHash"]
    assert city.json("rebuild", "--check")["same"] is True


def test_operator_meets_an_indexer_that_hangs(city: City) -> None:
    assert city.json("status")["well"] is True
    with Hanging(city, "indexer"):
        stopped = city.command("status", "--json")
        assert (stopped.returncode, json.loads(stopped.stdout)["well"]) == (1, False)
    deadline = time.monotonic() + SECONDS
    while city.command("status").returncode != 0:
        assert time.monotonic() < deadline
        time.sleep(0.5)
