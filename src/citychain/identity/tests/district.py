"""A city with every kind of institution on a real anvil: two banks that clear, a court, a registrar, a supervisor.

Direct calls (`act`) are for what a test stands on; what it tests about requests goes through the outbox.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from citychain.chain.abi import Function, bytes32
from citychain.chain.artifacts import artifact, bindings
from citychain.chain.bindings import Authority
from citychain.chain.deploy import CLEARING_ROLE
from citychain.chain.joining import creation_arguments, joining_contracts, opening
from citychain.chain.keys import Key
from citychain.chain.rpc import Rpc
from citychain.identity.bindings import Institutions
from citychain.indexer.engine import Indexer
from citychain.indexer.rows import Log
from citychain.outbox.tests.city import BANK, COUNCIL, CUSTOMERS, DEPLOYER, City, key

OTHER_BANK, COURT, REGISTRAR, SUPERVISOR = (key(name) for name in ("other bank", "court", "registrar", "supervisor"))
#: Ids follow the order of accreditation.
COUNCIL_ID, BANK_ID, OTHER_BANK_ID, COURT_ID, REGISTRAR_ID, SUPERVISOR_ID = range(1, 7)
KINDS = {"supervisor": ["council"], "bank": ["council", "supervisor"], "court": ["council"], "registrar": ["council"]}
FOREVER = 2**48 - 1
LIMIT = 500_000


class District(City):
    """Customers 0 to 9 have accounts at the other bank too. `book` knows the banks as "Deposits" and "Deposits:3"."""

    #: Far enough that all that a test does can still be undone by a reorg.
    lag = 120

    def __init__(self, rpc: Rpc) -> None:
        super().__init__(rpc)
        self.institutions = self.book.address("Institutions")
        for kind, above in KINDS.items():
            self.act(DEPLOYER, self.institutions, Institutions.defineKind(bytes32(kind), [bytes32(a) for a in above]))
        self.accredit(COUNCIL, "bank", "Other Bank", OTHER_BANK)
        self.accredit(COUNCIL, "court", "Court", COURT)
        self.accredit(COUNCIL, "registrar", "Registrar", REGISTRAR)
        self.accredit(COUNCIL, "supervisor", "Supervisor", SUPERVISOR)
        shared = (self.authority, self.institutions)
        self.other_deposits = self._deploy("Deposits", *shared, OTHER_BANK_ID, "Other Bank", "O", key="Deposits:3")
        self.clearing = self._deploy("Clearing", *shared)
        self.titles = self._deploy("Titles", *shared)
        self.parameters = self._deploy("Parameters", self.authority)
        for target in (self.other_deposits, self.clearing, self.titles):
            self.act(DEPLOYER, self.authority, Authority.setTarget(target=target, registered=True))
        joined = [self._deploy(name, *creation_arguments(self.book, name)) for name in joining_contracts()]
        acts = [act for target in joined for act in opening(self.book, target)]
        # in one block, which is faster
        hashes = [self.send(DEPLOYER, act.target, act.function.data()) for act in acts]
        self.mine()
        assert all((self.rpc.receipt(tx) or {}).get("status") == "0x1" for tx in hashes)
        self._open_clearing()
        holders = [customer.address for customer in CUSTOMERS[:10]]
        self.done(OTHER_BANK, self.other_deposits, self.deposits_abi.openAccounts(holders=holders))

    def _open_clearing(self) -> None:
        role = Authority.grantRole(roleId=CLEARING_ROLE, account=self.clearing, executionDelay=0)
        self.act(DEPLOYER, self.authority, role)
        clearing, deposits = bindings("Clearing"), self.deposits_abi
        selectors = ["0x" + function.selector.hex() for function in (deposits.clearingBurn, deposits.clearingMint)]
        for target in (self.deposits, self.other_deposits):
            opening = Authority.setTargetFunctionRole(target=target, selectors=selectors, roleId=CLEARING_ROLE)
            self.act(DEPLOYER, self.authority, opening)
            self.act(DEPLOYER, self.clearing, clearing.registerBank(deposits=target))
        self.act(BANK, self.clearing, clearing.setLimit(BANK_ID, OTHER_BANK_ID, LIMIT))
        self.done(OTHER_BANK, self.clearing, clearing.setLimit(OTHER_BANK_ID, BANK_ID, LIMIT))

    # --- doing and asking --------------------------------------------------------------------------------------------

    def accredit(
        self, by: Key, kind: str, name: str, first: Key, *, valid_from: int = 1, valid_until: int = FOREVER
    ) -> Log:
        """A new institution without a web page, whose first key is `first`."""
        call = Institutions.accredit(bytes32(kind), name, "", valid_from, valid_until, first.address)
        return self.done(by, self.institutions, call)

    def done(self, by: Key, to: str, function: Function) -> Log:
        """Calls a contract directly, in a block of its own, and returns where its first event stands."""
        self.rpc.call("anvil_setBalance", by.address, hex(10**24))
        receipt = self.act(by, to, function)
        header = self.rpc.header(int(receipt["blockNumber"], 16))
        assert header is not None
        first = int(receipt["logs"][0]["logIndex"], 16)
        return Log(header.number, header.time, receipt["transactionHash"], first, to, function.contract, "")

    @property
    def now(self) -> int:
        """The head's time."""
        return self.rpc.head().time

    def ask(self, to: str, function: Function[Any]) -> Any:
        return self.rpc.view(to, function)

    def emitted(self, contract: str) -> set[str]:
        """Names of the events that contracts of this name have emitted since the beginning."""
        names = {getattr(bindings(contract), name).topic: name for name in events_of(contract)}
        addresses = [entry.address for entry in self.book.all(contract)]
        return {names[raw.topics[0]] for raw in self.rpc.logs(0, self.rpc.head().number, addresses)}

    def read(self, alias: str = "readmodel", until: int | None = None) -> None:
        """Reads the chain into a database."""
        indexer = Indexer(self.rpc, self.book, alias, until=until)
        while indexer.step():
            pass


def rows(models: Sequence[type[Model]], alias: str = "readmodel") -> dict[str, list[dict[str, Any]]]:
    """Every row of these models."""
    return {model._meta.label: list(model._default_manager.using(alias).order_by("pk").values()) for model in models}


def since(model: type[Model], block: int) -> list[dict[str, Any]]:
    """Rows that logs of `block` and later blocks made."""
    return list(model._default_manager.filter(pk__gte=block << 20).order_by("pk").values())


def events_of(contract: str) -> list[str]:
    """Names of the events that a contract can emit."""
    return [entry["name"] for entry in artifact(contract).abi if entry["type"] == "event"]
