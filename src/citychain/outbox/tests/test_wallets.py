"""What a contract may answer when it is asked whether it signed, and what the node may."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from citychain.chain.rpc import NodeUnavailable, Rpc
from citychain.outbox import checks

from .city import City

WALLET = "0x" + "5a" * 20
#: Runtime code: says yes, reverts, burns all gas, answers too little, answers with dirt behind the four bytes.
YES = "0x631626ba7e60e01b60005260206000f3"
REVERTS, BURNS, SHORT, DIRTY = (
    "0x60006000fd",
    "0x5b600056",
    "0x631626ba7e60e01b60005260046000f3",
    "0x" + ("7f1626ba7e" + "00" * 27 + "01" + "60005260206000f3"),
)


@contextlib.contextmanager
def failing(error: int) -> Iterator[Rpc]:
    """A node that has only this error."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = {"jsonrpc": "2.0", "id": body["id"], "error": {"code": error, "message": "database is gone"}}
            text = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        rpc = Rpc(f"http://127.0.0.1:{listening.server_address[1]}")
        try:
            yield rpc
        finally:
            rpc.close()
            listening.shutdown()


def test_contract_has_signed_when_it_answers_exactly_yes(chain: City) -> None:
    answers = []
    for code in (YES, REVERTS, BURNS, SHORT, DIRTY, "0x"):
        chain.rpc.call("anvil_setCode", WALLET, code)
        answers += checks.signed_by_wallet(chain.rpc, [(WALLET, bytes(32), b"signature")])
    assert answers == [True, False, False, False, False, False]


@pytest.mark.parametrize("error", [-32603, -32000])
def test_error_of_the_node_is_not_a_refused_signature(error: int) -> None:
    with failing(error) as rpc, pytest.raises(NodeUnavailable):
        checks.signed_by_wallet(rpc, [(WALLET, bytes(32), b"signature")])
