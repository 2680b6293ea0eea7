"""Deployment, interrupted everywhere, and the check at start-up."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from citychain.chain import deploy as deployment
from citychain.chain.abi import bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.chain.bindings import Authority, Parameters, Safe
from citychain.chain.council import ADMIN_ROLE, GUARDIAN_ROLE, NOBODY
from citychain.chain.deploy import CLEARING_ROLE, DeploymentDiffers, OtherDeployment, deploy, steps
from citychain.chain.deployed import (
    ArtifactDiffers,
    AuthorityDiffers,
    Checked,
    CodeDiffers,
    CouncilWithoutDelay,
    DeployerHasRole,
    WrongChain,
    check_deployment,
)
from citychain.chain.hashing import keccak
from citychain.chain.plan import MOST_RECOVERY_DELAY, Council, Plan, PlanInvalid
from citychain.chain.rpc import Rpc, RpcError
from citychain.chain.sending import pause, transact

from .conftest import CHAIN_ID, DEPLOYER, ETHER, GUARDIAN, OFFICERS, key


class Killed(BaseException):
    pass


class DyingRpc(Rpc):
    """Sends `life` transactions; the next one dies before it is sent, or, `late`, after."""

    def __init__(self, url: str, life: int, late: bool) -> None:
        super().__init__(url)
        self.life, self.late = life, late

    def send_raw(self, raws: Sequence[bytes]) -> list[str | RpcError]:
        if self.life == 0:
            if self.late:
                super().send_raw(raws)
            raise Killed
        self.life -= 1
        return super().send_raw(raws)


def await_sent(rpc: Rpc) -> None:
    """What was sent before a kill is still on its way."""
    while rpc.nonce(DEPLOYER.address, "latest") < rpc.nonce(DEPLOYER.address):
        pause()


def test_deployment_gives_the_councils_everything_and_the_deployer_nothing(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    authority = book.address("Authority")

    def has(role: int, account: str) -> tuple[bool, int]:
        return rpc.view(authority, Authority.hasRole(roleId=role, account=account))

    assert has(ADMIN_ROLE, book.address("Council")) == (True, plan.council.delay)
    assert has(ADMIN_ROLE, book.address("RecoveryCouncil")) == (True, plan.recovery.delay)
    assert has(GUARDIAN_ROLE, GUARDIAN.address) == (True, 0)
    assert has(CLEARING_ROLE, book.address("Clearing")) == (True, 0)
    for role in (ADMIN_ROLE, GUARDIAN_ROLE, CLEARING_ROLE):
        assert has(role, DEPLOYER.address) == (False, 0)
    assert rpc.view(book.address("Council"), Safe.getOwners()) == [officer.address for officer in OFFICERS]
    assert rpc.view(book.address("Council"), Safe.getThreshold()) == 2
    assert rpc.view(authority, Authority.trustedForwarder()) == book.address("Forwarder")
    for target in ("Institutions", "Clearing", "Titles"):
        assert rpc.view(authority, Authority.isTarget(target=book.address(target))) is True
    assert rpc.view(book.address("Parameters"), Parameters.get(name=bytes32("filing-days"))) == 30
    institutions = bindings("Institutions")
    assert rpc.view(book.address("Institutions"), institutions.institutionOf(account=book.address("Council"))) == 1
    veto = (book.address("Institutions"), "0x" + institutions.veto.selector.hex())
    assert rpc.view(authority, Authority.canCall(GUARDIAN.address, *veto)) == (True, 0)
    assert rpc.view(authority, Authority.canCall(book.address("Council"), *veto)) == (False, 0)
    check_deployment(book, rpc)


def test_deployment_again_changes_nothing(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    head = rpc.head().number
    assert deploy(plan, rpc, DEPLOYER) == book == AddressBook.load()
    assert rpc.head().number == head


@pytest.mark.parametrize("late", [False, True])
def test_deployment_killed_at_every_step_goes_on_to_the_same_city(rpc: Rpc, home: Path, plan: Plan, late: bool) -> None:
    lives = 0
    while True:
        dying = DyingRpc(rpc.url, life=1, late=late)
        try:
            book = deploy(plan, dying, DEPLOYER)
            break
        except Killed:
            lives += 1
            assert not AddressBook.path().exists()
        finally:
            dying.close()
        await_sent(rpc)
    planned = steps(plan, DEPLOYER.address)
    assert rpc.nonce(DEPLOYER.address) == len(planned)
    assert lives == (len(planned) // 2 if late else len(planned) - 1)
    assert [(e.contract, e.key, e.address) for e in book.entries] == [s.entry for s in planned if s.entry]
    check_deployment(book, rpc)


def test_deployment_goes_on_though_a_stranger_creates_the_councils_safe_first(rpc: Rpc, home: Path, plan: Plan) -> None:
    planned = steps(plan, DEPLOYER.address)
    first = next(number for number, step in enumerate(planned) if step.name == "create Council")
    dying = DyingRpc(rpc.url, life=first, late=False)
    with pytest.raises(Killed):
        deploy(plan, dying, DEPLOYER)
    dying.close()
    made = [step.entry[2] for step in planned[:first] if step.entry]
    while not all(rpc.code(address) for address in made):
        pause()  # what was sent before the kill is still on its way
    rpc.call("anvil_setBalance", GUARDIAN.address, hex(ETHER))
    transact(rpc, GUARDIAN, planned[first].to, planned[first].data)
    book = deploy(plan, rpc, DEPLOYER)
    assert rpc.view(book.address("Council"), Safe.getOwners()) == [officer.address for officer in OFFICERS]
    check_deployment(book, rpc)


def test_deployment_with_another_plan_midway_is_refused(rpc: Rpc, home: Path, plan: Plan) -> None:
    dying = DyingRpc(rpc.url, life=9, late=False)
    with pytest.raises(Killed):
        deploy(plan, dying, DEPLOYER)
    dying.close()
    await_sent(rpc)
    with pytest.raises(DeploymentDiffers):
        deploy(msgspec.structs.replace(plan, council_name="Another council"), rpc, DEPLOYER)


def test_deployment_beside_another_address_book_is_refused(rpc: Rpc, home: Path, plan: Plan) -> None:
    AddressBook(CHAIN_ID + 1, DEPLOYER.address, []).save()
    with pytest.raises(OtherDeployment):
        deploy(plan, rpc, DEPLOYER)


def test_failing_rights_leave_the_deployer_in_charge(
    rpc: Rpc, home: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = msgspec.structs.replace(plan, numbers=[*plan.numbers, *plan.numbers])  # the second one exists already
    with pytest.raises(deployment.DeploymentFailed):
        deploy(broken, rpc, DEPLOYER)
    authority = next(s.entry[2] for s in steps(broken, DEPLOYER.address) if s.entry and s.entry[1] == "Authority")
    assert rpc.view(authority, Authority.hasRole(roleId=ADMIN_ROLE, account=DEPLOYER.address)) == (True, 0)
    assert not AddressBook.path().exists()


def test_check_names_what_differs(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    with pytest.raises(WrongChain):
        check_deployment(msgspec.structs.replace(book, chain_id=1), rpc)
    titles = book.entry("Titles")
    with pytest.raises(ArtifactDiffers) as older:
        check_deployment(book.with_entry(msgspec.structs.replace(titles, artifact_hash="0x" + "00" * 32)), rpc)
    assert older.value.details == {"key": "Titles"}
    rpc.call("anvil_setCode", titles.address, "0x" + rpc.code(titles.address).hex() + "00")
    with pytest.raises(CodeDiffers) as changed:
        check_deployment(book, rpc)
    assert changed.value.details == {"key": "Titles", "address": titles.address}


class Counting:
    def __init__(self) -> None:
        self.steps = 0

    def step(self) -> bool:
        self.steps += 1
        return True


def test_worker_takes_no_step_on_what_was_not_deployed(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    counting = Counting()
    worker = Checked(counting, rpc)
    msgspec.structs.replace(book, chain_id=1).save()
    with pytest.raises(WrongChain):
        worker.step()
    assert counting.steps == 0
    book.save()
    assert worker.step() is True
    msgspec.structs.replace(book, chain_id=1).save()
    assert worker.step() is True  # asked once, when it starts
    assert counting.steps == 2


def test_check_names_a_contract_that_another_authority_administers(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    rpc.call("anvil_setStorageAt", book.address("Parameters"), "0x" + "00" * 32, "0x" + "00" * 31 + "05")
    with pytest.raises(AuthorityDiffers) as moved:
        check_deployment(book, rpc)
    assert moved.value.details == {"key": "Parameters"}


def test_check_names_a_council_without_a_delay(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    authority, council = book.address("Authority"), book.address("Council")
    slot = _access_slot(ADMIN_ROLE, council)
    word = int(rpc.call("eth_getStorageAt", authority, hex(slot), "latest"), 16) & (2**48 - 1)
    rpc.call("anvil_setStorageAt", authority, "0x" + slot.to_bytes(32, "big").hex(), f"0x{word:064x}")
    with pytest.raises(CouncilWithoutDelay) as unbound:
        check_deployment(book, rpc)
    assert unbound.value.details == {"key": "Council"}


def _access_slot(role: int, account: str) -> int:
    """Where AccessManager keeps the members of a role: _roles lies in slot 1, its members come first."""
    of_role = keccak(role.to_bytes(32, "big") + (1).to_bytes(32, "big"))
    return int.from_bytes(keccak(bytes(12) + bytes.fromhex(account[2:]) + of_role), "big")


def test_check_refuses_a_deployer_that_holds_a_role(rpc: Rpc, home: Path, plan: Plan) -> None:
    renounced = steps(plan, DEPLOYER.address)
    dying = DyingRpc(rpc.url, life=len(renounced) - 1, late=False)
    with pytest.raises(Killed):
        deploy(plan, dying, DEPLOYER)
    dying.close()
    entries = [deployment.entry(rpc, *step.entry, 1) for step in renounced if step.entry]
    with pytest.raises(DeployerHasRole):
        check_deployment(AddressBook(CHAIN_ID, DEPLOYER.address, entries), rpc)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"guardian": OFFICERS[0].address}, "officers"),
        ({"guardian": "0x12"}, "officers"),
        ({"guardian": NOBODY}, "officers"),
        ({"council": Council([NOBODY, key(2).address], 3600)}, "officers"),
        ({"council": Council([key(1).address, key(2).address], 0)}, "council.delay"),
        ({"council": Council([key(1).address, key(2).address], -1)}, "council.delay"),
        ({"council": Council([key(1).address, key(2).address], 15 * 86_400)}, "recovery.delay"),
        ({"recovery": Council([key(1).address, key(2).address], MOST_RECOVERY_DELAY + 1)}, "recovery.delay"),
        ({"recovery": Council([key(1).address, key(2).address], 3600, threshold=1)}, "recovery.threshold"),
        ({"kinds": {"a kind with more than 31 characters": ["council"]}}, "a kind with more than 31 characters"),
    ],
)
def test_plan_that_nobody_can_mean_is_refused(plan: Plan, change: dict[str, object], field: str) -> None:
    with pytest.raises(PlanInvalid) as problem:
        steps(msgspec.structs.replace(plan, **change), key(1).address)
    assert problem.value.details["field"] == field
