"""Somebody who forges, replays and alters requests, and sends what is no request at all, to a city that is breaking."""

import json
import random
import threading
from collections import Counter
from typing import Any

import httpx
import msgspec

from citychain.chain.forwarding import Domain, ForwardRequest
from citychain.chain.keys import Key
from citychain.money.bindings import Deposits

from .actors import BANK, RESIDENTS, STRANGERS

#: Seconds for an answer, and between attacks.
PATIENCE, PAUSE = 8.0, 0.05
#: The order of secp256k1: s and ORDER - s sign the same.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
#: What a field may be instead of what it should be.
STRANGE: tuple[Any, ...] = (
    None, True, -1, 2**64, 1e400, "", "0x", "0x" + "0" * 39, "0X" + "1" * 40, "\x00", "名", "0x" + "f" * 20_002, [], {},
)  # fmt: skip
#: Statuses of a refusal; 0 stands for no answer.
REFUSED = {0, 400, 403, 404, 405, 409, 413, 415, 422, 502, 503}


class Vandal(threading.Thread):
    """`attacks` counts by kind and status; `broken` are answers that are neither a refusal nor the request stored
    before."""

    def __init__(self, url: str, seed: int, domain: Domain) -> None:
        super().__init__(daemon=True, name="vandal")
        self.attacks: Counter[str] = Counter()
        self.broken: list[str] = []
        self._url, self._chance, self._domain = url, random.Random(seed), domain
        self._stopping = threading.Event()

    def finish(self) -> None:
        self._stopping.set()
        self.join()

    def run(self) -> None:
        attacks = {
            "forged": self._forged,
            "other chain": self._other_chain,
            "high s": self._high_s,
            "altered": self._altered,
            "field": self._field,
        }
        with httpx.Client(base_url=self._url, timeout=PATIENCE) as http:
            while not self._stopping.wait(PAUSE):
                name = self._chance.choice([*attacks, "bytes", "address"])
                if name == "bytes":
                    self._try(http, name, "POST", "/api/requests", self._bytes())
                elif name == "address":
                    self._try(http, name, "GET", self._address(), None)
                elif (message := self._prepared(http)) is not None:
                    body = attacks[name](_request(message))
                    self._try(http, name, "POST", "/api/requests", json.dumps(body).encode())

    def _try(self, http: httpx.Client, name: str, method: str, path: str, content: bytes | None) -> None:
        try:
            answer = http.request(method, path, content=content, headers={"content-type": "application/json"})
            status, words = answer.status_code, answer.text[:300]
        except (httpx.HTTPError, httpx.InvalidURL):
            status, words = 0, ""
        self.attacks[name] += 1
        if status not in REFUSED and not (method == "GET" and status < 400):
            self.broken.append(f"{name} at {path} was answered {status}: {words}")

    def _prepared(self, http: httpx.Client) -> dict[str, Any] | None:
        """The message of a payment that a resident could make now."""
        resident = self._chance.choice(RESIDENTS).address
        arguments = {"to": self._chance.choice(RESIDENTS).address, "value": 1}
        body = {"signer": resident, "contract": f"Deposits:{BANK}", "function": "transfer", "arguments": arguments}
        try:
            answer = http.post("/api/requests/prepare", json=body)
            return answer.json()["request"] if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None

    # --- signatures -------------------------------------------------------------------------------------------------

    def _key(self, request: ForwardRequest) -> Key:
        return next(resident for resident in RESIDENTS if resident.address == request.sender)

    def _forged(self, request: ForwardRequest) -> dict[str, Any]:
        """By somebody else."""
        thief = self._chance.choice(STRANGERS)
        return _body(request, thief.sign(request.digest(self._domain)))

    def _other_chain(self, request: ForwardRequest) -> dict[str, Any]:
        other = Domain(self._domain.chain_id + 1, self._domain.forwarder)
        return _body(request, self._key(request).sign(request.digest(other)))

    def _high_s(self, request: ForwardRequest) -> dict[str, Any]:
        """The malleable twin of a good signature (EIP-2)."""
        good = self._key(request).sign(request.digest(self._domain))
        twin = (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
        return _body(request, good[:32] + twin + bytes([55 - good[64]]))

    def _altered(self, request: ForwardRequest) -> dict[str, Any]:
        """More money than was signed for, or another nonce or deadline."""
        signature = self._key(request).sign(request.digest(self._domain))
        changes: list[dict[str, Any]] = [
            {"data": Deposits.transfer(to=STRANGERS[0].address, value=50_000).data()},
            {"gas": request.gas - 1},
            {"deadline": request.deadline + 1},
            {"sender": self._chance.choice(STRANGERS).address},
        ]
        return _body(msgspec.structs.replace(request, **self._chance.choice(changes)), signature)

    # --- what is no request -----------------------------------------------------------------------------------------

    def _field(self, request: ForwardRequest) -> dict[str, Any]:
        """One field is not what it should be."""
        body = _body(request, bytes(65))
        message = body["request"]
        name = self._chance.choice([*message, "signature", "request", "extra"])
        where = message if name in message else body
        where[name] = self._chance.choice(STRANGE)
        return body

    def _bytes(self) -> bytes:
        whole = json.dumps({"request": {}, "signature": "0x"}).encode()
        return self._chance.choice(
            (
                b"",
                b"{",
                b"[" * 20_000,
                b'{"request":' * 5_000,
                b"\xff\xfe",
                b"nul",
                b"1" * 5_000,
                b"x" * 1_200_000,
                whole,
            )
        )

    def _address(self) -> str:
        word = self._chance.choice(("-1", "9" * 40, "%00", "..%2f", "0x", "x" * 3_000, "1e9", "٣", "null"))
        return self._chance.choice(("/api/titles/", "/api/blocks/", "/api/requests/", "/titles/", "/requests/")) + word


def _request(message: dict[str, Any]) -> ForwardRequest:
    fields = {name: message[name] for name in ("to", "gas", "nonce", "deadline")}
    return ForwardRequest(sender=message["from"], data=bytes.fromhex(message["data"][2:]), **fields)


def _body(request: ForwardRequest, signature: bytes) -> dict[str, Any]:
    message = {
        "from": request.sender,
        "to": request.to,
        "value": 0,
        "gas": request.gas,
        "nonce": request.nonce,
        "deadline": request.deadline,
        "data": "0x" + request.data.hex(),
    }
    return {"request": message, "signature": "0x" + signature.hex()}
