"""The council's Safe: its signatures, its delay, and a bank that joins."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citychain.chain import clock, council
from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.chain.banks import NotABank, add_bank, opening
from citychain.chain.bindings import Authority, CompatibilityFallbackHandler, Forwarder, Parameters, Safe
from citychain.chain.council import administer
from citychain.chain.deploy import deploy
from citychain.chain.deployed import check_deployment
from citychain.chain.errors import NotAuthorized, RefusedInWords
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import Key
from citychain.chain.plan import Plan
from citychain.chain.rpc import Rpc, RpcError
from citychain.chain.sending import transact

from .conftest import CHAIN_ID, DEPLOYER, ETHER, GUARDIAN, OFFICERS, RECOVERY_OFFICERS, key
from .test_deploy import DyingRpc, Killed

TWO = OFFICERS[:2]
BANK_KEY = key(41)
YEAR_2100 = 4_102_444_800


@pytest.fixture
def book(rpc: Rpc, home: Path, plan: Plan) -> Iterator[AddressBook]:
    """A deployed city, in which `later` sets node and clock ahead."""
    yield deploy(plan, rpc, DEPLOYER)
    clock.simulate(None)


def later(rpc: Rpc, seconds: int) -> None:
    time = rpc.head().time + seconds
    rpc.call("evm_setNextBlockTimestamp", time)
    clock.simulate(time)


def as_council(rpc: Rpc, book: AddressBook, target: str, function: Function, officers: list[Key] = TWO) -> None:
    council.call(rpc, book.address("Council"), Act(target, function), officers=officers, carrier=DEPLOYER)


def accredit_bank(rpc: Rpc, book: AddressBook) -> int:
    contract = bindings("Institutions")
    as_council(
        rpc,
        book,
        book.address("Institutions"),
        contract.accredit(
            kind=bytes32("bank"),
            name="A bank",
            webPage="",
            validFrom=0,
            validUntil=YEAR_2100,
            firstKey=BANK_KEY.address,
        ),
    )
    bank: int = rpc.view(book.address("Institutions"), contract.lastInstitution())
    return bank


# --- signatures ----------------------------------------------------------------------------------------------------


def test_transaction_digest_is_the_safes_own(rpc: Rpc, book: AddressBook) -> None:
    safe, target, data = book.address("Council"), book.address("Parameters"), bytes(range(100))
    asked = Safe.getTransactionHash(
        to=target,
        value=0,
        data_=data,
        operation=0,
        safeTxGas=0,
        baseGas=0,
        gasPrice=0,
        gasToken=council.NOBODY,
        refundReceiver=council.NOBODY,
        nonce=7,
    )
    digest = council.transaction_digest(CHAIN_ID, safe, target, data, 7)
    assert rpc.view(safe, asked) == "0x" + digest.hex()


def test_wallet_signature_holds_for_its_safe_and_digest_alone(rpc: Rpc, book: AddressBook) -> None:
    safe, digest = book.address("Council"), bytes(range(32))
    signature = council.wallet_signature(CHAIN_ID, safe, digest, TWO)

    def holds(asked: bytes, signed: bytes) -> bool:
        question = CompatibilityFallbackHandler.isValidSignature(dataHash="0x" + asked.hex(), signature_=signed)
        try:
            return rpc.view(safe, question) == "0x1626ba7e"
        except RpcError:
            return False

    assert holds(digest, signature)
    assert not holds(bytes(32), signature)
    assert not holds(digest, council.wallet_signature(CHAIN_ID + 1, safe, digest, TWO))
    assert not holds(digest, council.wallet_signature(CHAIN_ID, safe, digest, TWO[:1]))


def test_council_signs_a_request_as_its_safe(rpc: Rpc, book: AddressBook) -> None:
    safe = book.address("Council")
    define = bindings("Institutions").describe(institution=1, name="The council", webPage="")
    request = ForwardRequest(safe, book.address("Institutions"), 300_000, 0, clock.now() + 900, define.data())
    signature = council.wallet_signature(CHAIN_ID, safe, request.digest(book.domain), OFFICERS[1:])
    carried = Forwarder.execute(
        request=Forwarder.ForwardRequestData(
            from_=safe,
            to=request.to,
            value=0,
            gas=request.gas,
            nonce=0,
            deadline=request.deadline,
            data=request.data,
            signature=signature,
        )
    )
    transact(rpc, DEPLOYER, book.address("Forwarder"), carried.data())
    record = rpc.view(book.address("Institutions"), bindings("Institutions").recordOf(institution=1))
    assert record.name == "The council"


@pytest.mark.parametrize("officers", [OFFICERS[:1], [OFFICERS[0], key(99)]])
def test_fewer_than_two_officers_are_refused(rpc: Rpc, book: AddressBook, officers: list[Key]) -> None:
    change = bindings("Institutions").describe(institution=1, name="Somebody", webPage="")
    with pytest.raises(RefusedInWords):
        as_council(rpc, book, book.address("Institutions"), change, officers)


# --- administration ------------------------------------------------------------------------------------------------


def test_administration_waits_for_its_delay(rpc: Rpc, book: AddressBook, plan: Plan) -> None:
    parameters = book.address("Parameters")
    acts = [Act(parameters, Parameters.set(name=bytes32("filing-days"), value=60))]
    ready = administer(rpc, book, acts, officers=TWO, carrier=DEPLOYER)
    assert ready == rpc.head().time + plan.council.delay
    head = rpc.head().number
    assert administer(rpc, book, acts, officers=TWO, carrier=DEPLOYER) == ready
    assert rpc.head().number == head
    later(rpc, plan.council.delay)
    assert administer(rpc, book, acts, officers=TWO, carrier=DEPLOYER) == 0
    assert rpc.view(parameters, Parameters.get(name=bytes32("filing-days"))) == 60


def test_administration_without_announcement_is_refused(rpc: Rpc, book: AddressBook) -> None:
    with pytest.raises(Exception) as refused:
        as_council(rpc, book, book.address("Parameters"), Parameters.set(name=bytes32("filing-days"), value=60))
    assert type(refused.value).__name__ in ("DelayRequired", "NotScheduled")
    with pytest.raises(NotAuthorized):
        change = Parameters.set(name=bytes32("filing-days"), value=60)
        transact(rpc, DEPLOYER, book.address("Parameters"), change.data())


def test_guardian_cancels_what_the_council_announced(rpc: Rpc, book: AddressBook, plan: Plan) -> None:
    parameters, authority = book.address("Parameters"), book.address("Authority")
    change = Parameters.set(name=bytes32("filing-days"), value=60)
    administer(rpc, book, [Act(parameters, change)], officers=TWO, carrier=DEPLOYER)
    rpc.call("anvil_setBalance", GUARDIAN.address, hex(ETHER))
    cancel = Authority.cancel(caller=book.address("Council"), target=parameters, data_=change.data())
    transact(rpc, GUARDIAN, authority, cancel.data())
    later(rpc, plan.council.delay)
    assert administer(rpc, book, [Act(parameters, change)], officers=TWO, carrier=DEPLOYER) > clock.now()
    assert rpc.view(parameters, Parameters.get(name=bytes32("filing-days"))) == 30


def test_recovery_council_removes_the_council(rpc: Rpc, book: AddressBook, plan: Plan) -> None:
    authority = book.address("Authority")
    removal = [Act(authority, Authority.revokeRole(roleId=council.ADMIN_ROLE, account=book.address("Council")))]
    recovery: dict[str, Any] = {"officers": RECOVERY_OFFICERS[:2], "carrier": DEPLOYER, "council": "RecoveryCouncil"}
    administer(rpc, book, removal, **recovery)
    later(rpc, plan.recovery.delay)
    assert administer(rpc, book, removal, **recovery) == 0
    member, _delay = rpc.view(authority, Authority.hasRole(roleId=council.ADMIN_ROLE, account=book.address("Council")))
    assert member is False


# --- banks ---------------------------------------------------------------------------------------------------------


def test_bank_joins_after_the_councils_delay_though_killed_everywhere(rpc: Rpc, book: AddressBook, plan: Plan) -> None:
    bank = accredit_bank(rpc, book)

    def join() -> int:
        while True:
            dying = DyingRpc(rpc.url, life=0, late=True)
            try:
                return add_bank(dying, bank, "A bank's yuan", "CNY-A", officers=TWO, deployer=DEPLOYER)
            except Killed:
                continue
            finally:
                dying.close()

    ready = join()
    assert ready > clock.now()
    later(rpc, plan.council.delay)
    assert join() == 0
    joined = AddressBook.load()
    deposits = joined.address(f"Deposits:{bank}")
    assert len(joined.all("Deposits")) == 1
    assert rpc.view(joined.address("Clearing"), bindings("Clearing").bankOf(deposits=deposits)) == bank
    assert rpc.view(joined.address("Authority"), Authority.isTarget(target=deposits)) is True
    assert rpc.view(deposits, bindings("Deposits").symbol()) == "CNY-A"
    check_deployment(joined, rpc)
    assert deploy(plan, rpc, DEPLOYER) == joined


def test_institution_that_is_no_bank_is_refused(rpc: Rpc, book: AddressBook) -> None:
    with pytest.raises(NotABank):
        add_bank(rpc, 1, "No bank", "CNY-N", officers=TWO, deployer=DEPLOYER)
    assert len(opening(book, council.NOBODY)) == 4
