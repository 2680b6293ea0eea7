"""The simulation's own parts: its proxy, its clock and its model; and a short episode of it."""

from citychain.city.simulation.actors import BANK, OFFICERS, RESIDENTS, SUPERVISOR
from citychain.city.simulation.episode import founded_city
from citychain.city.simulation.model.city import Rule
from citychain.city.simulation.proxy import FAULTS

PAYER, PAYEE = (resident.address for resident in RESIDENTS[:2])


def test_a_refusal_leaves_the_model_as_it_was() -> None:
    city = founded_city("council")
    pay = Rule("clearing", "pay", (BANK, BANK + 1, PAYEE, 100_001, "ref"))
    assert city.apply(pay, PAYER, 1_000) == "InsufficientAvailable"
    assert city.clearing.debt(BANK, BANK + 1) == 0


def test_a_suspended_bank_may_not_act_in_the_model() -> None:
    city = founded_city("council")
    mint = Rule(f"deposits:{BANK}", "mint", (PAYEE, 5, "ref"))
    officer = OFFICERS[BANK].address
    assert city.apply(mint, officer, 1_000) == ""
    assert city.apply(Rule("institutions", "suspend", (BANK, "reason")), OFFICERS[SUPERVISOR].address, 1_000) == ""
    assert city.apply(mint, officer, 1_000) == "NotActive"
    assert city.banks[BANK].balance(PAYEE) == 100_005


def test_each_fault_spoils_a_reply() -> None:
    reply = b'[{"jsonrpc":"2.0","id":0,"result":"0x1"},{"jsonrpc":"2.0","id":1,"result":"0x2"}]'
    same = {name for name, spoil in FAULTS.items() if spoil((200, reply)) == (200, reply)}
    assert same == {"slow", "refused", "cut"}
