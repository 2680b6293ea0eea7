"""Accounts of passkeys from the events of Passkeys: signed by devices, carried by the forwarder, read back."""

from typing import Any

import pytest

from citychain.chain.abi import Function
from citychain.chain.bindings import Authority, Forwarder
from citychain.chain.council import GUARDIAN_ROLE
from citychain.chain.forwarding import ForwardRequest
from citychain.identity import webauthn
from citychain.identity.bindings import Passkeys
from citychain.identity.models import PasskeyAccount
from citychain.identity.projection import SUBSCRIPTIONS
from citychain.outbox.tests.city import CUSTOMERS, DEPLOYER, STRANGER

from .device import ORIGIN, Device
from .district import COURT, COURT_ID, District, events_of
from .replay import Replay

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
DAY = 86_400
PHONE, TABLET = Device("phone"), Device("tablet")
FRIEND, SISTER = CUSTOMERS[:2]
SALT = "0x" + "5a" * 32
NOBODY = "0x" + "00" * 20
IGNORED = {
    "AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "EIP712DomainChanged": "of a contract that is not replaced behind its address: never",
    "Retired": "accounts stay as they are; what follows comes with a new address book",
}


class Holder:
    """Somebody with a phone and an account, whose guardians are a friend, a sister and the court."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.passkeys = district.book.address("Passkeys")
        district.done(DEPLOYER, self.passkeys, Passkeys.open(PHONE.x, PHONE.y))
        self.account = district.ask(self.passkeys, Passkeys.accountOf(PHONE.x, PHONE.y))
        self.nonce = 0
        people = ((FRIEND.address, 0), (SISTER.address, 0), (NOBODY, COURT_ID))
        self.guardians = [
            district.ask(self.passkeys, Passkeys.commitmentOf(self.account, person, institution, SALT))
            for person, institution in people
        ]

    def sign(self, function: Function[None]) -> None:
        """The phone signs a request, and somebody carries it."""
        request = ForwardRequest(
            self.account,
            self.passkeys,
            200_000,
            self.nonce,
            self.district.now + 900,
            function.data(),
        )
        self.nonce += 1
        digest = request.digest(self.district.book.domain)
        signature = webauthn.assertion(PHONE.sign(digest), digest, ORIGIN).encoded()
        carried = Forwarder.ForwardRequestData(
            request.sender, request.to, 0, request.gas, request.nonce, request.deadline, request.data, signature
        )
        self.district.done(DEPLOYER, self.district.forwarder, Forwarder.execute(carried))

    def support(self, place: int, device: Device) -> None:
        by = (FRIEND, SISTER, COURT)[place]
        self.district.done(by, self.passkeys, Passkeys.supportRecovery(self.account, place, device.x, device.y, SALT))

    def row(self) -> dict[str, Any]:
        self.district.read()
        return dict(PasskeyAccount.objects.filter(address=self.account).values().get())


@pytest.fixture
def holder(district: District) -> Holder:
    return Holder(district)


def everything(holder: Holder) -> None:
    """Each event at least once."""
    holder.sign(Passkeys.chooseGuardians(holder.guardians))
    holder.support(0, TABLET)
    holder.support(1, TABLET)
    holder.sign(Passkeys.vetoRecovery())
    holder.support(2, TABLET)
    holder.support(1, TABLET)
    holder.district.mine(time=holder.district.now + 7 * DAY)
    holder.district.done(DEPLOYER, holder.passkeys, Passkeys.finishRecovery(holder.account, TABLET.x, TABLET.y))


def test_every_event_is_listened_to_or_left_out_for_a_reason() -> None:
    listened = {name.partition(".")[2] for name in SUBSCRIPTIONS if name.startswith("Passkeys.")}
    assert sorted([*listened, *IGNORED]) == sorted(events_of("Passkeys"))


def test_everything_emits_each_event_listened_to(district: District, holder: Holder) -> None:
    everything(holder)
    told = {f"Passkeys.{name}" for name in district.emitted("Passkeys")}
    assert {name for name in SUBSCRIPTIONS if name.startswith("Passkeys.")} - told == set()


def test_a_lost_passkey_is_replaced_by_the_one_that_two_guardians_support(district: District, holder: Holder) -> None:
    plain = holder.row()
    assert (plain["x"], plain["y"], plain["guardians"], plain["agreed"]) == (PHONE.x, PHONE.y, "", "")
    holder.sign(Passkeys.chooseGuardians(holder.guardians))
    chosen = holder.row()
    assert chosen == {**plain, "guardians": ",".join(holder.guardians), "round": 1}
    holder.support(0, TABLET)
    supported = holder.row()
    key = supported["vote_0"]
    assert supported == {**chosen, "vote_0": key}
    holder.support(2, TABLET)
    agreed = holder.row()
    assert agreed == {**supported, "vote_2": key, "agreed": key, "ready_at": district.now + 7 * DAY}
    withdrawn = Passkeys.supportRecovery(holder.account, 2, "0x" + "00" * 32, "0x" + "00" * 32, SALT)
    district.done(COURT, holder.passkeys, withdrawn)
    assert holder.row() == supported
    holder.sign(Passkeys.vetoRecovery())
    assert holder.row() == {**chosen, "round": 2}
    holder.support(0, TABLET)
    holder.support(1, TABLET)
    district.mine(time=district.now + 7 * DAY)
    district.done(DEPLOYER, holder.passkeys, Passkeys.finishRecovery(holder.account, TABLET.x, TABLET.y))
    assert holder.row() == {**chosen, "x": TABLET.x, "y": TABLET.y, "round": 3}


def test_holder_stops_a_recovery_by_signature_while_no_request_is_carried(district: District, holder: Holder) -> None:
    holder.sign(Passkeys.chooseGuardians(holder.guardians))
    district.act(DEPLOYER, district.authority, Authority.grantRole(GUARDIAN_ROLE, DEPLOYER.address, 0))
    district.act(DEPLOYER, district.authority, Authority.switchOffForwarder())
    holder.support(0, TABLET)
    holder.support(1, TABLET)
    agreed = holder.row()
    digest = bytes.fromhex(district.ask(holder.passkeys, Passkeys.vetoDigest(holder.account, agreed["round"]))[2:])
    signature = webauthn.assertion(PHONE.sign(digest), digest, ORIGIN).encoded()
    carried = Passkeys.vetoRecoveryBySignature(holder.account, agreed["round"], signature)
    district.done(STRANGER, holder.passkeys, carried)
    assert holder.row() == {**agreed, "vote_0": "", "vote_1": "", "agreed": "", "ready_at": 0, "round": 2}


@pytest.mark.parametrize("way", ["read_again", "undo", "reorg"])
def test_rows_are_the_same_read_again_undone_or_after_a_reorg(replay: Replay, holder: Holder, way: str) -> None:
    everything(holder)
    getattr(replay, way)([PasskeyAccount])
