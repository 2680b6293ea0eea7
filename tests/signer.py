"""An officer or a resident of the demonstration city who acts by API alone, with a key of their own."""

import sqlite3
import time
from typing import Any

import httpx
from eth_account import Account

from .city import City

SECONDS = 30


def index_of(city: City, persona: str, purpose: str) -> int:
    """Where the persona's account stands under the sandbox's mnemonic."""
    asked = 'SELECT "index" FROM identity_personaaccount WHERE persona_id = ? AND purpose = ?'
    with sqlite3.connect(city.home / "city.sqlite3") as rows:
        (index,) = rows.execute(asked, (persona, purpose)).fetchone()
    rows.close()
    return int(index)


class Signer:
    """Signs with eth-account what the API prepares."""

    def __init__(self, city: City, persona: str, purpose: str = "office") -> None:
        Account.enable_unaudited_hdwallet_features()
        mnemonic = (city.home / "keys" / "sandbox.mnemonic").read_text().strip()
        path = f"m/44'/60'/0'/0/{index_of(city, persona, purpose)}"
        self.account = Account.from_mnemonic(mnemonic, account_path=path)
        self.address = self.account.address.lower()
        self.http = httpx.Client(base_url=city.url + "/api", timeout=30)

    def sign(self, typed_data: dict[str, Any]) -> str:
        return "0x" + bytes(self.account.sign_typed_data(full_message=typed_data).signature).hex()

    def does(self, contract: str, function: str, **arguments: Any) -> str:
        """Hands a request in; its id."""
        asked = {"signer": self.address, "contract": contract, "function": function, "arguments": arguments}
        answer = self.http.post("/requests/prepare", json=asked)
        assert answer.status_code == 200, answer.text
        prepared = answer.json()
        body = {"request": prepared["request"], "signature": self.sign(prepared["typed_data"])}
        answer = self.http.post("/requests", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def requests(self) -> list[str]:
        """Ids of what it asked for, the newest first."""
        answer = self.http.get("/requests", params={"signer": self.address, "limit": 200}).json()
        return [row["id"] for row in answer["requests"]]

    def waits_for(self, request: str) -> dict[str, Any]:
        """The request when it is final."""
        deadline = time.monotonic() + SECONDS
        while True:
            answer: dict[str, Any] = self.http.get(f"/requests/{request}").json()
            if answer["state"] == "final":
                return answer
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)
