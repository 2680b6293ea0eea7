"""What a deployment needs to know about a city: who its council is, how long it must wait, which institutions it knows.

Read from TOML:

    council_name = "雄安新区管理委员会"
    council_web_page = "https://council.example.org/"
    guardian = "0x..."
    [council]
    officers = ["0x...", "0x...", "0x..."]
    delay = 86400
    [recovery]
    officers = ["0x...", "0x...", "0x..."]
    delay = 1209600
    [kinds]
    supervisor = ["council"]
    bank = ["council", "supervisor"]

A deployment begins the founding: thirty days in which no accreditation waits for a guardian's veto. No plan shortens
it, because no deployer knows when the council is done: the council ends it (Institutions.endFounding,
docs/institutions.md).
"""

import re
from itertools import pairwise
from pathlib import Path

import msgspec
from django.utils.translation import gettext_lazy as _

from citychain.errors import InvalidInput

from .abi import bytes32

#: Seconds: Authority.GUARDIAN_REMOVAL_DELAY, less a week for the recovery council to notice, to agree and to act.
MOST_RECOVERY_DELAY = (30 - 7) * 86_400


class PlanInvalid(InvalidInput):
    code = "plan-invalid"
    message = _("The deployment plan is wrong at {field}: {reason}")


class Council(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Safe of `officers`, any `threshold` of whom act; what they decide waits `delay` seconds."""

    officers: list[str]
    delay: int
    threshold: int = 2


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A first entry of Parameters: ASCII names of at most 31 characters, bounds inclusive."""

    name: str
    unit: str
    value: int
    min: int
    max: int


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`kinds` names for each kind of institution who may accredit it, each kind after those that it names."""

    council_name: str
    council_web_page: str
    council: Council
    recovery: Council
    guardian: str
    kinds: dict[str, list[str]]
    numbers: list[Number] = []

    def check(self) -> None:
        """Raises PlanInvalid for what no contract would refuse but nobody can mean."""
        for field, council in (("council", self.council), ("recovery", self.recovery)):
            if not 1 < council.threshold <= len(council.officers):
                raise PlanInvalid(field=f"{field}.threshold", reason=_("two or more officers must agree"))
            if council.delay <= 0:
                raise PlanInvalid(field=f"{field}.delay", reason=_("without a delay no guardian could cancel in time"))
        if self.recovery.delay < self.council.delay:
            raise PlanInvalid(field="recovery.delay", reason=_("it must not be shorter than the council's"))
        if self.recovery.delay > MOST_RECOVERY_DELAY:
            raise PlanInvalid(field="recovery.delay", reason=_("the council could remove the guardian first"))
        people = [*self.council.officers, *self.recovery.officers, self.guardian]
        for address in people:
            if not re.fullmatch("0x[0-9a-f]{40}", address):
                raise PlanInvalid(field="officers", reason=_("{text} is no lower-case address").format(text=address))
            if int(address, 16) <= 1:
                raise PlanInvalid(field="officers", reason=_("{text} is nobody's address").format(text=address))
        if any(first == second for first, second in pairwise(sorted(people))):
            raise PlanInvalid(field="officers", reason=_("nobody may hold two of these offices"))
        for text in [*self.kinds, *(part for number in self.numbers for part in (number.name, number.unit))]:
            try:
                bytes32(text)
            except ValueError as problem:
                raise PlanInvalid(field=text, reason=problem) from problem


def load(path: Path) -> Plan:
    """Reads and checks a plan. Raises PlanInvalid."""
    try:
        plan = msgspec.toml.decode(path.read_bytes(), type=Plan)
    except (msgspec.DecodeError, OSError) as problem:
        raise PlanInvalid(field=path.name, reason=problem) from problem
    plan.check()
    return plan
