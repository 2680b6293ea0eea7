"""People and institutions with their own keys: they prepare, sign and hand in requests over HTTP, and some only read.

A client never gives up and never guesses: when an answer does not come, it hands in the same signed bytes again, under
the same idempotency key, until it is told that the request was stored or refused.
"""

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any, NamedTuple

import httpx
import msgspec

from citychain.chain.council import wallet_signature
from citychain.chain.forwarding import Domain, ForwardRequest
from citychain.chain.keys import Key

from .acts import Act

#: Seconds for an answer, and between tries.
PATIENCE, PAUSE = 8.0, 0.1
#: How often a signer whose nonce was taken meanwhile signs anew.
NEW_NONCES = 5
#: Answers after which the same is asked again.
AGAIN = (500, 502, 503, 504)


class Accepted(NamedTuple):
    """The city said that it has stored this."""

    id: str
    digest: str
    act: Act
    deadline: int


class Signers:
    """Who can sign: keys by address, and the council, a Safe, by its officers."""

    def __init__(self, keys: Mapping[str, Key], council: str, officers: list[Key], domain: Domain) -> None:
        self._keys, self._council, self._officers, self.domain = keys, council, officers, domain

    def sign(self, request: ForwardRequest) -> bytes:
        digest = request.digest(self.domain)
        if request.sender == self._council:
            return wallet_signature(self.domain.chain_id, self._council, digest, self._officers)
        return self._keys[request.sender].sign(digest)


class Client(threading.Thread):
    """Hands in acts one after the other. `refused` has digests that the city said it did not keep, with the reason;
    `broken` what it answered with HTTP 500."""

    def __init__(self, url: str, signers: Signers, addresses: Mapping[str, str], now: Callable[[], float]) -> None:
        super().__init__(daemon=True, name="client")
        self.accepted: list[Accepted] = []
        self.refused: dict[str, str] = {}
        self.reasons: Counter[str] = Counter()
        self.broken: list[str] = []
        self._url, self._signers, self._addresses, self._now = url, signers, addresses, now
        self._acts: SimpleQueue[Act | None] = SimpleQueue()

    def put(self, act: Act) -> None:
        self._acts.put(act)

    def finish(self) -> None:
        """It ends once all that was put is answered."""
        self._acts.put(None)

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=PATIENCE) as http:
            while (act := self._acts.get()) is not None:
                for _ in range(NEW_NONCES):
                    if self._submit(http, act):
                        break

    def _submit(self, http: httpx.Client, act: Act) -> bool:
        """Whether it is over; False where another request took the nonce."""
        prepared = self._ask(http, "/api/requests/prepare", self._question(act))
        if prepared.status_code != 200:
            self.reasons[_code(prepared)] += 1
            return True
        message = prepared.json()["request"]
        to, gas, nonce = self._addresses[act.contract], message["gas"], message["nonce"]
        deadline = int(self._now()) + act.seconds
        request = ForwardRequest(act.signer, to, gas, nonce, deadline, act.function.data())
        signature = "0x" + self._signers.sign(request).hex()
        body = {"request": {**message, "deadline": deadline, "data": "0x" + request.data.hex()}, "signature": signature}
        digest = "0x" + request.digest(self._signers.domain).hex()
        answer = self._ask(http, "/api/requests", body, {"Idempotency-Key": digest})
        if answer.status_code == 202:
            self.accepted.append(Accepted(answer.json()["id"], digest, act, deadline))
            return True
        self.refused[digest] = _code(answer)
        self.reasons[_code(answer)] += 1
        return answer.status_code != 409

    def _question(self, act: Act) -> dict[str, Any]:
        return {
            "signer": act.signer,
            "contract": act.contract,
            "function": type(act.function).__name__,
            "arguments": plain(act.function),
        }

    def _ask(self, http: httpx.Client, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """Until there is an answer that is one."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = http.post(path, json=body, headers=headers)
                if answer.status_code == 500:
                    self.broken.append(f"POST {path}: {answer.text[:300]}")
                if answer.status_code not in AGAIN:
                    return answer
            time.sleep(PAUSE)


class Reader(threading.Thread):
    """Reads pages and the API as fast as it is told to; only an HTTP 500 is wrong, whatever is broken."""

    def __init__(self, url: str, seed: int, paths: list[str]) -> None:
        super().__init__(daemon=True, name="reader")
        self.statuses: Counter[int] = Counter()
        self.broken: list[str] = []
        self._url, self._paths, self._chance = url, paths, random.Random(seed)
        self._stopping = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=PATIENCE) as http:
            while not self._stopping.wait(PAUSE):
                path = self._chance.choice(self._paths)
                try:
                    answer = http.get(path)
                except httpx.HTTPError:
                    self.statuses[0] += 1
                    continue
                self.statuses[answer.status_code] += 1
                if answer.status_code == 500:
                    self.broken.append(f"GET {path}: {answer.text[-300:]}")

    def finish(self) -> None:
        self._stopping.set()
        self.join()


def _code(answer: httpx.Response) -> str:
    """The problem's code."""
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError):
        return f"HTTP {answer.status_code}"


def plain(function: Any) -> dict[str, Any]:
    """A call's arguments as JSON."""
    return {name.rstrip("_"): value for name, value in msgspec.to_builtins(function).items()}
