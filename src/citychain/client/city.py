"""A connection to a city."""

import functools
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx
import msgspec

from citychain.chain.forwarding import CancelRequest, Domain, ForwardRequest
from citychain.chain.keys import Key

from .errors import NotEnded, Problem, Refusal, Unreachable, Untrustworthy
from .records import Account, Bank, Contract, Function, Institution, Payment, Prepared, Request, Status, Title

Row = TypeVar("Row")
#: A call that may succeed later is made so often in all, each time after what Retry-After says (at most this long).
ATTEMPTS, LONGEST_PAUSE = 4, 30.0
SECONDS_BETWEEN_LOOKS = 0.5


class City:
    """A city at `url`. `api_key` is for reading at volume; `language` is that of refusals ("en", "zh-hans").

    Every method raises Refusal and Unreachable. A call that the city is too busy for is repeated; a write carries an
    idempotency key, so that repeating it does nothing twice.
    """

    def __init__(
        self, url: str = "http://localhost:8000", *, api_key: str = "", language: str = "en", timeout: float = 20
    ) -> None:
        headers = {"Accept-Language": language, "User-Agent": "citychain-client"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url + "/api", headers=headers, timeout=timeout)

    def __enter__(self) -> "City":
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- reading ---------------------------------------------------------------------------------------------------

    def read(self, path: str, **query: Any) -> Any:
        """The whole answer of an address below /api, as JSON values."""
        return self._json("GET", path, params=query)

    def status(self) -> Status:
        return msgspec.convert(self.read("/status"), Status)

    def contracts(self) -> list[Contract]:
        return msgspec.convert(self._contracts["contracts"], list[Contract])

    def banks(self) -> Iterator[Bank]:
        return self._rows("/banks", "banks", Bank, "after")

    def institutions(self) -> Iterator[Institution]:
        return self._rows("/institutions", "institutions", Institution, "after")

    def accounts(self, holder: str) -> list[Account]:
        return msgspec.convert(self.read(f"/accounts/{holder}")["accounts"], list[Account])

    def payments(self, holder: str, **filters: Any) -> Iterator[Payment]:
        """The newest first, page after page while they are drawn; `filters` as in the API."""
        return self._rows(f"/accounts/{holder}/payments", "payments", Payment, "before", **filters)

    def titles(self, **filters: Any) -> Iterator[Title]:
        """The newest first; town, county and state as in the API."""
        return self._rows("/titles", "titles", Title, "before", **filters)

    def title(self, number: int) -> Title:
        return msgspec.convert(self.read(f"/titles/{number}")["title"], Title)

    def requests(self, signer: str) -> Iterator[Request]:
        """A signer's, the newest first."""
        return self._rows("/requests", "requests", Request, "before", signer=signer)

    def request(self, request_id: str) -> Request:
        return msgspec.convert(self.read(f"/requests/{request_id}"), Request)

    # --- writing ---------------------------------------------------------------------------------------------------

    def act(self, key: Key, contract: str, function: str, /, *, seconds: float = 60, **arguments: Any) -> Request:
        """Prepares, signs, hands in, and waits for the end, at most `seconds`. Raises as prepare() and wait() do."""
        prepared = self.prepare(key.address, contract, function, **arguments)
        return self.wait(self.submit(prepared, key.sign(prepared.digest)).id, seconds=seconds)

    def prepare(self, signer: str, contract: str, function: str, /, **arguments: Any) -> Prepared:
        """`contract` is a key of contracts() or an address; `arguments` have their Solidity names.

        Raises Untrustworthy when the city prepared a request of somebody else, to another contract or function, with
        more gas than that function takes, or for another city. The arguments are in `request.data`: whoever does not
        trust the city with them encodes the call (`Function.signature`) and compares.
        """
        wish = {"signer": signer, "contract": contract, "function": function, "arguments": arguments}
        asked = self._json("POST", "/requests/prepare", json=wish)["request"]
        data = bytes.fromhex(asked["data"][2:])
        request = ForwardRequest(asked["from"], asked["to"], asked["gas"], asked["nonce"], asked["deadline"], data)
        wanted, called = self._called(contract, function)
        if (request.sender, request.to) != (signer.lower(), wanted.address):
            raise Untrustworthy(f"prepared for {request.sender} to {request.to}")
        if data[:4].hex() != called.selector[2:] or request.gas > called.gas:
            raise Untrustworthy(f"prepared a call of 0x{data[:4].hex()} with {request.gas} gas")
        return Prepared(request, self._domain)

    def submit(self, prepared: Prepared, signature: bytes, *, once: str = "") -> Request:
        """Durable when it answers. `once` is the idempotency key; drawn at random when it is empty."""
        message = prepared.request.typed_data(prepared.domain)["message"]
        body = {"request": message, "signature": "0x" + signature.hex()}
        headers = {"Idempotency-Key": once or str(uuid.uuid4())}
        return msgspec.convert(self._json("POST", "/requests", json=body, headers=headers), Request)

    def cancel(self, key: Key, request: Request) -> Request:
        """Its nonce is spent without a call, if it was not sent yet."""
        signature = key.sign(CancelRequest(request.signer, request.nonce).digest(self._domain))
        body = {"signature": "0x" + signature.hex()}
        return msgspec.convert(self._json("POST", f"/requests/{request.id}/cancel", json=body), Request)

    def wait(self, request_id: str, *, seconds: float = 60, seen: Callable[[Request], None] | None = None) -> Request:
        """The request once it has ended: final, rejected or expired. `seen` is told each new state.

        Raises NotEnded after `seconds`; the request goes on.
        """
        deadline, state = time.monotonic() + seconds, ""
        while True:
            found = self.request(request_id)
            if seen is not None and found.state != state:
                seen(found)
            state = found.state
            if found.ended:
                return found
            if time.monotonic() > deadline:
                raise NotEnded(request_id, state)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    # --- below -----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _contracts(self) -> Any:
        return self.read("/contracts")

    @property
    def _domain(self) -> Domain:
        domain = self._contracts["domain"]
        return Domain(domain["chainId"], domain["verifyingContract"])

    def _called(self, contract: str, function: str) -> tuple[Contract, Function]:
        """Raises Untrustworthy for what the city itself does not publish."""
        for found in self.contracts():
            for entry in found.functions:
                if contract.lower() in (found.address, found.key.lower()) and entry.name == function:
                    return found, entry
        raise Untrustworthy(f"prepared {contract}.{function}, which it does not publish")

    def _rows(self, path: str, name: str, kind: type[Row], cursor: str, **query: Any) -> Iterator[Row]:
        while True:
            page = self.read(path, limit=200, **query)
            yield from msgspec.convert(page[name], list[kind])  # type: ignore[valid-type]
            if page["next"] is None:
                return
            query[cursor] = page["next"]

    def _json(self, method: str, path: str, **given: Any) -> Any:
        for left in reversed(range(ATTEMPTS)):
            try:
                answer = self._http.request(method, path, **given)
            except httpx.HTTPError as problem:
                raise Unreachable(f"{self._http.base_url}: {problem or type(problem).__name__}") from problem
            if answer.is_success:
                return _decoded(answer, Any)
            refusal = Refusal(_decoded(answer, Problem))
            if not refusal.problem.retry or not left:
                break
            time.sleep(min(float(answer.headers.get("Retry-After", 1)), LONGEST_PAUSE))
        raise refusal


def _decoded(answer: httpx.Response, kind: Any) -> Any:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError:
        raise Unreachable(f"{answer.url} answers {answer.status_code}, not as a city does") from None
