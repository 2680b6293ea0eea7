"""Whether an institution may act, and who answers for it: the read model says what the contract says, in any state."""

import random
from typing import Any

import pytest

from citychain.chain import clock
from citychain.chain.abi import Function, bytes32
from citychain.chain.keys import Key
from citychain.chain.rpc import RpcError
from citychain.errors import ContractError
from citychain.identity import queries
from citychain.identity.bindings import Institutions
from citychain.identity.errors import NoSuchInstitution
from citychain.identity.models import Institution, InstitutionKey
from citychain.outbox.tests.city import BANK, COUNCIL, DEPLOYER, key

from .district import (
    BANK_ID,
    COUNCIL_ID,
    COURT_ID,
    FOREVER,
    OTHER_BANK,
    OTHER_BANK_ID,
    SUPERVISOR_ID,
    District,
)

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
STEPS = 100
DAY = 86_400
KIND, WHY = bytes32("office"), bytes32("why")


class Clerks:
    """Does to offices, which accredit each other, whatever the dice say and the contract lets them."""

    def __init__(self, district: District, seed: int) -> None:
        self.district = district
        self.draw = random.Random(seed)
        self.keys: dict[int, Key] = {COUNCIL_ID: COUNCIL}
        district.act(DEPLOYER, district.institutions, Institutions.defineKind(KIND, [bytes32("council")]))
        district.act(DEPLOYER, district.institutions, Institutions.defineKind(KIND, [bytes32("council"), KIND]))
        for _ in range(4):
            self.accredit(COUNCIL_ID)

    def accredit(self, by: int) -> None:
        number = SUPERVISOR_ID + len(self.keys)
        now, day = self.district.now, 86_400
        valid_from, valid_until = self.draw.choice([(1, FOREVER), (now - day, now + 3 * day), (now + day, FOREVER)])
        first = key(f"office {number}")
        self.district.accredit(
            self.keys[by], "office", f"Office {number}", first, valid_from=valid_from, valid_until=valid_until
        )
        self.keys[number] = first

    def step(self) -> None:
        one, other = self.draw.sample(sorted(self.keys.keys() - {COUNCIL_ID}), 2)
        above = self.draw.choice([COUNCIL_ID, other])
        acts = [
            "accredit",
            "accredit",
            "suspend",
            "suspend",
            "revoke",
            "reinstate",
            "renew",
            "succeed",
            "succeed",
            "pass",
        ]
        act = self.draw.choice(acts)
        if act == "accredit":
            self.accredit(one)
        elif act == "succeed":
            self._call(self.draw.choice([COUNCIL_ID, one]), Institutions.offerSuccession(one, other))
            self._call(other, Institutions.acceptSuccession(one))
        elif act == "renew":
            self._call(above, Institutions.renew(one, self.district.now + 86_400))
        elif act == "pass":
            self.district.mine(time=self.district.now + 86_400)
        else:
            self._call(above, getattr(Institutions, act)(one, WHY))

    def _call(self, by: int, call: Function[Any]) -> None:
        self.district.done(self.keys[by], self.district.institutions, call)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_may_act_and_who_answers_is_what_the_contract_says(district: District, seed: int) -> None:
    clerks = Clerks(district, seed)
    seen: set[tuple[str, bool]] = set()
    for _ in range(STEPS):
        try:
            clerks.step()
        except ContractError:
            continue
        district.read()
        rows = {row.id: row for row in queries.institutions()}
        assert len(rows) == district.ask(district.institutions, Institutions.lastInstitution())
        for row in rows.values():
            may_act = queries.may_act(row, rows, district.now)
            assert (row.id, may_act) == (row.id, district.ask(district.institutions, Institutions.isActive(row.id)))
            chain = [link.id for link in queries.chain(row)]
            assert chain == district.ask(district.institutions, Institutions.chainOf(row.id))
            seen.add((row.state, may_act))
    assert seen == {(state, False) for state in Institution.State.values} | {("active", True)}


def test_whom_a_key_acts_for_is_what_the_contract_says(district: District) -> None:
    titles, mortgage = bytes32("titles"), bytes32("mortgage")
    own, narrow, gone = (key(name) for name in ("own", "narrow", "gone"))
    for holder, scopes in ((own, [bytes32("*")]), (narrow, [mortgage, titles]), (gone, [titles])):
        district.done(BANK, district.institutions, Institutions.addKey(BANK_ID, holder.address, scopes))
    district.done(BANK, district.institutions, Institutions.removeKey(BANK_ID, gone.address))

    def same() -> list[int | None]:
        district.read()
        answers = []
        for holder in (BANK, own, narrow, gone, key("stranger")):
            for kind, scope in (("bank", "titles"), ("bank", "order"), ("registrar", "titles")):
                asked = Institutions.requireActing(holder.address, bytes32(kind), bytes32(scope))
                try:
                    told = district.ask(district.institutions, asked)
                except RpcError:
                    told = None
                answers.append(queries.acting_for([holder.address], kind, scope))
                assert (holder.address, kind, scope, answers[-1]) == (holder.address, kind, scope, told)
        return answers

    assert same() == [BANK_ID, BANK_ID, None] * 2 + [BANK_ID] + [None] * 8
    district.done(COUNCIL, district.institutions, Institutions.suspend(BANK_ID, WHY))
    assert same() == [None] * 15


def test_a_key_that_another_institution_made_acts_after_its_notice(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = key("sent").address
    district.mine(time=district.now + 31 * DAY)
    for act in (
        Institutions.suspend(OTHER_BANK_ID, WHY),
        Institutions.addKey(OTHER_BANK_ID, sent, [bytes32("mint")]),
        Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID),
        Institutions.reinstate(OTHER_BANK_ID, WHY),
    ):
        district.done(COUNCIL, district.institutions, act)
    district.read()
    waits = InstitutionKey.objects.get(address=sent).valid_from
    Institution.objects.filter(id=OTHER_BANK_ID).update(valid_from=1)  # the institution itself waits as long
    answers = []
    for now in (waits - 1, waits):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        answers.append(queries.acting_for([sent], "bank", "mint"))
    assert answers == [None, OTHER_BANK_ID]


def test_institution_under_a_successor_hangs_in_the_tree_where_it_is_answered_for(district: District) -> None:
    district.done(DEPLOYER, district.institutions, Institutions.defineKind(KIND, [bytes32("bank")]))
    district.accredit(OTHER_BANK, "office", "Branch", key("branch"))
    district.done(OTHER_BANK, district.institutions, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID))
    district.done(BANK, district.institutions, Institutions.acceptSuccession(OTHER_BANK_ID))
    district.read()

    def names(branches: list[queries.Branch]) -> list[tuple[str, bool, object]]:
        return [(branch.institution.name, branch.acting, names(branch.branches)) for branch in branches]

    below: list[tuple[str, bool, object]] = [
        ("Bank", True, [("Branch", True, [])]),
        ("Other Bank", False, []),
        ("Court", True, []),
        ("Registrar", True, []),
        ("Supervisor", True, []),
    ]
    assert names(queries.tree()) == [("Council", True, below)]


def test_what_waits_can_be_vetoed_and_what_is_offered_accepted(district: District) -> None:
    assert queries.founding_ends() == 0
    district.mine(time=district.now + 31 * DAY)
    for call in (
        Institutions.suspend(OTHER_BANK_ID, bytes32("late")),
        Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID),
        Institutions.suspend(COURT_ID, bytes32("late")),
        Institutions.reinstate(COURT_ID, bytes32("came")),
    ):
        district.done(COUNCIL, district.institutions, call)
    district.done(COUNCIL, district.institutions, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID))
    district.read()
    now = district.now
    assert queries.founding_ends() == district.ask(district.institutions, Institutions.foundingEnds()) < now
    assert [row.id for row in queries.vetoable(now)] == [OTHER_BANK_ID, COURT_ID]
    assert [row.id for row in queries.vetoable(now + 2 * DAY)] == []
    assert [row.id for row in queries.offered_to(BANK_ID, now)] == [OTHER_BANK_ID]
    assert [row.id for row in queries.offered_to(OTHER_BANK_ID, now)] == []
    assert [row.id for row in queries.offered_to(BANK_ID, now + 30 * DAY)] == []


def test_unknown_institution_is_named(district: District) -> None:
    with pytest.raises(NoSuchInstitution) as caught:
        queries.institution(99)
    assert caught.value.details == {"what": 99}


def test_keys_come_current_first(district: District) -> None:
    fresh = key("fresh").address
    district.done(BANK, district.institutions, Institutions.rotateKey(BANK_ID, BANK.address, fresh))
    district.read()
    assert [(row.address, row.current) for row in queries.keys(BANK_ID)] == [(fresh, True), (BANK.address, False)]
    assert [row.event for row in queries.history(BANK_ID)] == [
        "InstitutionAccredited",
        "KeyAdded",
        "KeyAdded",
        "KeyRemoved",
    ]
    assert Institution.objects.get(id=BANK_ID).state == "active"
