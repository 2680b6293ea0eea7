"""A small city on a real anvil: one bank, customers with accounts and money, one wallet that two officers hold."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from citychain.chain.abi import Function, bytes32
from citychain.chain.addressbook import AddressBook, Entry
from citychain.chain.artifacts import artifact, bindings
from citychain.chain.bindings import Authority, Forwarder, Safe
from citychain.chain.codec import encode
from citychain.chain.council import wallet_signature
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.chain.rpc import NodeUnavailable, Rpc
from citychain.chain.sending import transact
from citychain.chain.transactions import create_address, sign_1559
from citychain.network.anvil import program
from citychain.outbox import services

FIRST_BALANCE = 1_000_000
#: Blocks between head and final: anvil calls the head minus two epochs final.
LAG = 2
NOBODY = "0x" + "00" * 20
GAS = 150_000
#: Seconds that the chain begins before now. A block is at least a second later than the one before, and these come
#: faster: without it what is built before the first test would leave the chain ahead of the clock.
BUILDING = 3_600


def key(name: str) -> Key:
    return Key(keccak(name.encode()))


SERVERS = [key(name) for name in ("deployer", "council", "bank", "relayer", "stranger", "relayer 2")]
DEPLOYER, COUNCIL, BANK, RELAYER, STRANGER, RELAYER_2 = SERVERS
OFFICERS = [key("officer 1"), key("officer 2")]
CUSTOMERS = [key(f"customer {number}") for number in range(20)]


class City:
    """The chain's side: blocks are mined by hand."""

    #: Blocks between head and final.
    lag = LAG

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.book = AddressBook(rpc.chain_id(), DEPLOYER.address, [])
        self.fund()
        self.authority = self._deploy("Authority", DEPLOYER.address)
        self.forwarder = self._deploy("Forwarder", self.authority)
        self.act(DEPLOYER, self.authority, Authority.initializeForwarder(forwarder=self.forwarder))
        kinds = [[bytes32("bank")], [[bytes32("council")]]]
        institutions = self._deploy("Institutions", self.authority, COUNCIL.address, "Council", "", *kinds)
        accredit = bindings("Institutions").accredit(bytes32("bank"), "Bank", "", 1, 2**48 - 1, BANK.address)
        self.act(COUNCIL, institutions, accredit)
        self.deposits = self._deploy("Deposits", self.authority, institutions, 2, "Bank", "B")
        for target in (institutions, self.deposits):
            self.act(DEPLOYER, self.authority, Authority.setTarget(target=target, registered=True))
        self.wallet = self._wallet()
        holders = [*(customer.address for customer in CUSTOMERS), self.wallet]
        self.deposits_abi = bindings("Deposits")
        self.act(BANK, self.deposits, self.deposits_abi.openAccounts(holders=holders))
        for number, holder in enumerate(holders):
            self.act(BANK, self.deposits, self.deposits_abi.mint(holder, FIRST_BALANCE, bytes32(f"mint {number}")))

    def fund(self) -> None:
        """Ether for everybody who sends transactions."""
        for account in SERVERS:
            self.rpc.call("anvil_setBalance", account.address, hex(10**24))

    def _deploy(self, name: str, *arguments: Any, key: str = "") -> str:
        compiled = artifact(name)
        nonce = self.rpc.nonce(DEPLOYER.address, "latest")
        tx = self.send(DEPLOYER, "", bytes.fromhex(compiled.bytecode) + encode(compiled.constructor, arguments))
        self.mine()
        receipt = self.rpc.receipt(tx)
        assert receipt is not None and receipt["status"] == "0x1", name
        address = create_address(DEPLOYER.address, nonce)
        entry = Entry(name, key or name, address, int(receipt["blockNumber"], 16), "0x", "0x")
        self.book = self.book.with_entry(entry)
        return address

    def send(self, sender: Key, to: str, data: bytes) -> str:
        """A transaction by `sender` that waits for the next block; its hash."""
        nonce = self.rpc.nonce(sender.address)
        fields: dict[str, Any] = {"gas": 15_000_000, "max_fee": 10**11, "tip": 1, "nonce": nonce}
        signed = sign_1559(sender, chain_id=self.book.chain_id, to=to, data=data, **fields)
        self.rpc.send_raw([signed.raw])
        return signed.hash

    def act(self, sender: Key, to: str, function: Function) -> dict[str, Any]:
        return transact(self.rpc, sender, to, function.data(), self.mine)

    def _wallet(self) -> str:
        """A Safe that both officers must sign for."""
        singleton = self._deploy("Safe")
        handler = self._deploy("CompatibilityFallbackHandler")
        proxy = self._deploy("SafeProxy", singleton)
        owners = [officer.address for officer in OFFICERS]
        self.act(DEPLOYER, proxy, Safe.setup(owners, 2, NOBODY, b"", handler, NOBODY, 0, NOBODY))
        return proxy

    # --- blocks ------------------------------------------------------------------------------------------------------

    def mine(self, blocks: int = 1, *, time: int | None = None) -> None:
        """Blocks of what waits; `time` is the first one's, UTC seconds."""
        for number in range(blocks):
            self.rpc.call("evm_mine", *([{"timestamp": time}] if time and not number else []))

    def set_clock(self) -> None:
        """Back to the machine's time, wherever a test has moved the chain's to."""
        self.rpc.call("evm_setTime", int(time.time()))

    def finalise(self) -> None:
        """What is in a block is final then."""
        self.mine(self.lag)

    # --- requests ----------------------------------------------------------------------------------------------------

    def transfer(self, value: int = 1, to: Key = CUSTOMERS[-1]) -> Function:
        function: Function = self.deposits_abi.transfer(to=to.address, value=value)
        return function

    def request(self, signer: str, function: Function | None = None, **changes: Any) -> ForwardRequest:
        """A transfer, or another function of Deposits, with the next nonce."""
        values: dict[str, Any] = {"nonce": changes.pop("nonce", None)}
        if values["nonce"] is None:
            values["nonce"] = services.prepare(signer, self.deposits, self.transfer()).request.nonce
        values |= {"gas": GAS, "deadline": int(time.time()) + 900, "to": self.deposits, **changes}
        return ForwardRequest(sender=signer, data=(function or self.transfer()).data(), **values)

    def sign(self, request: ForwardRequest, by: Key) -> bytes:
        return by.sign(request.digest(self.book.domain))

    def signed(self, by: Key, function: Function | None = None, **changes: Any) -> tuple[ForwardRequest, bytes]:
        request = self.request(by.address, function, **changes)
        return request, self.sign(request, by)

    def signed_by_wallet(self, function: Function | None = None, **changes: Any) -> tuple[ForwardRequest, bytes]:
        request = self.request(self.wallet, function, **changes)
        digest = request.digest(self.book.domain)
        return request, wallet_signature(self.book.chain_id, self.wallet, digest, OFFICERS)

    def balance(self, address: str) -> int:
        balance: int = self.rpc.view(self.deposits, self.deposits_abi.balanceOf(address))
        return balance

    def spent(self, address: str) -> int:
        """Nonces of a signer that are spent."""
        return self.rpc.view(self.forwarder, Forwarder.nonces(owner=address))

    def execute(self, sender: Key, *signed: tuple[ForwardRequest, bytes]) -> None:
        """Anybody submits requests without the outbox."""
        requests = [
            Forwarder.ForwardRequestData(
                request.sender, request.to, 0, request.gas, request.nonce, request.deadline, request.data, signature
            )
            for request, signature in signed
        ]
        self.send(sender, self.forwarder, Forwarder.executeBatch(requests=requests).data())
        self.mine()


Kind = TypeVar("Kind", bound=City)


@contextlib.contextmanager
def running(kind: type[Kind]) -> Iterator[Kind]:
    """A city of its own on a new node."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [
        "--port",
        str(port),
        "--no-mining",
        "--quiet",
        "--slots-in-an-epoch",
        str(kind.lag // 2),
        "--order",
        "fifo",
        "--timestamp",
        str(int(time.time()) - BUILDING),
    ]
    arguments += ["--hardfork", "osaka", "--gas-limit", "60000000", "--accounts", "0", "--max-transactions", "100000"]
    # A test may ask for the state of any block, and blocks that were undone count: 500 fit into memory.
    states = tempfile.TemporaryDirectory(prefix="citychain-states-", ignore_cleanup_errors=True)
    arguments += ["--max-persisted-states", "100000", "--cache-path", states.name]
    process = subprocess.Popen([program(), *arguments], stdout=subprocess.DEVNULL)
    rpc = Rpc(f"http://127.0.0.1:{port}")
    try:
        for _ in range(200):
            with contextlib.suppress(NodeUnavailable):
                rpc.chain_id()
                break
            time.sleep(0.05)
        city = kind(rpc)
        city.set_clock()
        city.mine()
        yield city
    finally:
        rpc.close()
        process.kill()
        process.wait()
        states.cleanup()


def environment(home: Path, rpc: Rpc) -> dict[str, str]:
    """For a process of its own on the state folder `home`."""
    return {
        **os.environ,
        "CITYCHAIN_HOME": str(home),
        "CITYCHAIN_RPC_URL": rpc.url,
        "DJANGO_SETTINGS_MODULE": "citychain.settings",
    }
