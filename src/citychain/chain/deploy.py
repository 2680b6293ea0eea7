"""Puts a city's contracts on a chain: one command, safe to repeat, and to go on with after a kill at any point.

A deployment is a fixed list of transactions: step n is the deployer's transaction number n, and its bytes follow from
the plan, the deployer's key and the chain alone. So every address is known beforehand, the chain itself says how far a
deployment came, and sending a step twice is sending the same bytes.

Steps go in three stages, each only after all of the one before succeeded: contracts; rights; the deployer renounces.
Till the last step the deployer is Authority's administrator; from then on nobody is but the councils.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Conflict

from .abi import Function, bytes32
from .addressbook import AddressBook, Entry, NotDeployed
from .artifacts import artifact, bindings
from .bindings import Authority, Parameters, Safe, SafeProxyFactory
from .codec import encode
from .council import ADMIN_ROLE, GUARDIAN_ROLE, NOBODY
from .hashing import keccak
from .keys import Key
from .plan import Council, Plan
from .rpc import Rpc
from .sending import MAX_FEE, TIP, included, pause, receipts, send
from .transactions import SignedTransaction, create2_address, create_address, sign_1559

#: Seconds before a contract can be given another Authority, and with it another forwarder: as long as the forwarder
#: itself waits (Authority.FORWARDER_DELAY). It begins to bind five days after it is set (OpenZeppelin's minSetback).
REPLACEMENT_DELAY = 7 * 86_400
#: The clearing contract alone holds it: burn and mint across banks.
CLEARING_ROLE = 2


class DeploymentDiffers(Conflict):
    code = "deployment-differs"
    message = _(
        "Step {step} on the chain is not the plan's. Deploy with the plan that was begun, or with a new deployer."
    )


class OtherDeployment(Conflict):
    code = "other-deployment"
    message = _("The address book {path} is of another chain or another deployer. Move it away first.")


class DeploymentFailed(CityError):
    code = "deployment-failed"
    message = _("The step “{step}” failed on the chain. Correct the plan and deploy with a new deployer's key.")


class Step(msgspec.Struct, frozen=True):
    """One transaction. `to` is empty where it creates a contract; `entry` is the contract that exists afterwards."""

    name: str
    stage: int
    to: str
    data: bytes
    entry: tuple[str, str, str] | None = None

    @property
    def gas(self) -> int:
        """Fixed, so that the bytes are: enough for the code (200 gas a byte) and for what a constructor stores."""
        return 2_500_000 + 250 * len(self.data) if not self.to else 1_000_000


class _Steps:
    """Collects steps; knows the address of each contract before it is there."""

    def __init__(self, deployer: str) -> None:
        self.deployer = deployer
        self.steps: list[Step] = []

    def create(self, contract: str, *arguments: Any) -> str:
        address = create_address(self.deployer, len(self.steps))
        code = creation_code(contract, *arguments)
        self.steps.append(Step(f"create {contract}", 1, "", code, (contract, contract, address)))
        return address

    def safe(self, key: str, council: Council, factory: str, singleton: str, handler: str) -> str:
        setup = Safe.setup(
            owners=council.officers,
            threshold=council.threshold,
            to=NOBODY,
            data_=b"",
            fallbackHandler=handler,
            paymentToken=NOBODY,
            payment=0,
            paymentReceiver=NOBODY,
        ).data()
        creation = SafeProxyFactory.createProxyWithNonce(singleton=singleton, initializer=setup, saltNonce=0)
        salt = keccak(keccak(setup) + bytes(32))
        address = create2_address(factory, salt, creation_code("SafeProxy", singleton))
        self.steps.append(Step(f"create {key}", 1, factory, creation.data(), ("SafeProxy", key, address)))
        return address

    def call(self, stage: int, to: str, function: Function) -> None:
        name = f"{function.contract}.{type(function).__name__}"
        self.steps.append(Step(name, stage, to, function.data()))


def creation_code(contract: str, *arguments: Any) -> bytes:
    """What a transaction without `to` carries: the artifact's code and the constructor's arguments."""
    found = artifact(contract)
    return bytes.fromhex(found.bytecode) + encode(found.constructor, arguments)


def steps(plan: Plan, deployer: str) -> list[Step]:
    """The whole deployment, in order; step n has the deployer's nonce n."""
    plan.check()
    do = _Steps(deployer)
    factory = do.create("SafeProxyFactory")
    singleton = do.create("Safe")
    handler = do.create("CompatibilityFallbackHandler")
    council = do.safe("Council", plan.council, factory, singleton, handler)
    recovery = do.safe("RecoveryCouncil", plan.recovery, factory, singleton, handler)
    authority = do.create("Authority", deployer)
    forwarder = do.create("Forwarder", authority)
    parameters = do.create("Parameters", authority)
    kinds = [bytes32(kind) for kind in plan.kinds]
    accredited_by = [[bytes32(kind) for kind in kinds_above] for kinds_above in plan.kinds.values()]
    institutions = do.create(
        "Institutions", authority, council, plan.council_name, plan.council_web_page, kinds, accredited_by
    )
    clearing = do.create("Clearing", authority, institutions)
    titles = do.create("Titles", authority, institutions)

    do.call(2, authority, Authority.initializeForwarder(forwarder=forwarder))
    for target in (institutions, clearing, titles):
        do.call(2, authority, Authority.setTarget(target=target, registered=True))
    for target in (parameters, institutions, clearing, titles):
        do.call(2, authority, Authority.setTargetAdminDelay(target=target, newDelay=REPLACEMENT_DELAY))
    veto = "0x" + bindings("Institutions").veto.selector.hex()
    opened = Authority.setTargetFunctionRole(target=institutions, selectors=[veto], roleId=GUARDIAN_ROLE)
    do.call(2, authority, opened)
    do.call(2, authority, Authority.labelRole(roleId=CLEARING_ROLE, label="clearing"))
    do.call(2, authority, Authority.grantRole(roleId=CLEARING_ROLE, account=clearing, executionDelay=0))
    for number in plan.numbers:
        limits = {"value": number.value, "min": number.min, "max": number.max}
        do.call(2, parameters, Parameters.add(name=bytes32(number.name), unit=bytes32(number.unit), **limits))
    do.call(2, authority, Authority.grantRole(roleId=GUARDIAN_ROLE, account=plan.guardian, executionDelay=0))
    for safe, delay in ((recovery, plan.recovery.delay), (council, plan.council.delay)):
        do.call(2, authority, Authority.grantRole(roleId=ADMIN_ROLE, account=safe, executionDelay=delay))
    do.call(3, authority, Authority.renounceRole(roleId=ADMIN_ROLE, callerConfirmation=deployer))
    return do.steps


def deploy(
    plan: Plan,
    rpc: Rpc,
    deployer: Key,
    *,
    wait: Callable[[], None] = pause,
    say: Callable[[int, int, str], None] = lambda done, of, name: None,
) -> AddressBook:
    """Deploys what is missing, saves the address book and returns it. `deployer` must be a fresh account with ether.

    `wait` is called while blocks are awaited, `say` before each stage with how many steps are done, of how many, and
    the next one's name. Raises PlanInvalid, OtherDeployment, DeploymentDiffers, DeploymentFailed, NodeUnavailable,
    NotIncluded, RpcError.
    """
    plan_steps = steps(plan, deployer.address)
    chain_id = rpc.chain_id()
    others = _entries_so_far(chain_id, deployer.address)
    signed = [sign(step, deployer, chain_id, nonce) for nonce, step in enumerate(plan_steps)]
    blocks: list[int] = []
    for first, last in _stages(plan_steps):
        say(first, len(plan_steps), plan_steps[first].name)
        blocks += _run(rpc, deployer.address, plan_steps[first:last], signed[first:last], first, wait)
    entries = [entry(rpc, *step.entry, block) for step, block in zip(plan_steps, blocks, strict=True) if step.entry]
    keys = {entry.key for entry in entries}
    book = AddressBook(chain_id, deployer.address, entries + [entry for entry in others if entry.key not in keys])
    book.save()
    return book


def _entries_so_far(chain_id: int, deployer: str) -> list[Entry]:
    """What the address book has, contracts of banks that joined since among it."""
    try:
        book = AddressBook.load()
    except NotDeployed:
        return []
    if (book.chain_id, book.deployer) != (chain_id, deployer):
        raise OtherDeployment(path=AddressBook.path())
    return book.entries


def sign(step: Step, deployer: Key, chain_id: int, nonce: int) -> SignedTransaction:
    """The step's transaction; always the same bytes."""
    return sign_1559(
        deployer, chain_id=chain_id, nonce=nonce, to=step.to, data=step.data, gas=step.gas, max_fee=MAX_FEE, tip=TIP
    )


def entry(rpc: Rpc, contract: str, key: str, address: str, block: int) -> Entry:
    """An address book's row from the code that is on the chain."""
    code = rpc.code(address)
    masked = artifact(contract).masked(code)
    return Entry(contract, key, address, block, "0x" + keccak(code).hex(), "0x" + keccak(masked).hex())


def _stages(plan_steps: list[Step]) -> Iterator[tuple[int, int]]:
    first = 0
    for at, step in enumerate(plan_steps):
        if step.stage != plan_steps[first].stage:
            yield first, at
            first = at
    yield first, len(plan_steps)


def _run(
    rpc: Rpc,
    deployer: str,
    stage: list[Step],
    signed: list[SignedTransaction],
    first: int,
    wait: Callable[[], None],
) -> list[int]:
    """Sends what the chain does not have yet and returns the block of each step."""
    hashes = [transaction.hash for transaction in signed]
    done = rpc.nonce(deployer, "latest") - first
    for step, receipt in zip(stage[: max(done, 0)], receipts(rpc, hashes[: max(done, 0)]), strict=True):
        if receipt is None:
            raise DeploymentDiffers(step=step.name)
    for transaction in signed[max(done, 0) :]:
        send(rpc, transaction)
    found = included(rpc, hashes, wait)
    for step, receipt in zip(stage, found, strict=True):
        if receipt["status"] != "0x1" and not _made_by_another(rpc, step):
            raise DeploymentFailed(step=step.name)
    return [int(receipt["blockNumber"], 16) for receipt in found]


def _made_by_another(rpc: Rpc, step: Step) -> bool:
    """Whether somebody else created this Safe before us; at this address it has our owners and threshold (CREATE2)."""
    return bool(step.to and step.entry and rpc.code(step.entry[2]))
