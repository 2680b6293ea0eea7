"""The register of institutions: who is accredited by whom, until when, and which keys act for it in which scopes."""

from dataclasses import dataclass, field

from .rules import refuse_if

COUNCIL = 1
MAX_DEPTH = MAX_SUCCESSIONS = 8
MAX_SCOPES, MAX_TEXT = 16, 200
EVERY, KEYS = "*", "keys"


@dataclass
class Institution:
    kind: str
    accreditor: int
    valid_from: int
    valid_until: int
    name: str
    state: str = "active"
    successor: int = 0
    decided_by: int = 0
    depth: int = 0
    generation: int = 0
    accredits: bool = False


@dataclass
class Keyholder:
    institution: int
    scopes: set[str]
    removed: bool = False


@dataclass
class Institutions:
    """`kinds` maps each kind to those that may accredit it. Times are UTC seconds."""

    kinds: dict[str, list[str]]
    records: dict[int, Institution] = field(default_factory=dict)
    keys: dict[str, Keyholder] = field(default_factory=dict)
    offers: dict[int, tuple[int, int]] = field(default_factory=dict)
    time: int = 0

    # --- what is ----------------------------------------------------------------------------------------------------

    def duty_holder(self, institution: int) -> int:
        while institution in self.records and self.records[institution].successor:
            institution = self.records[institution].successor
        return institution

    def accreditor_of(self, institution: int) -> int:
        return self.duty_holder(self.records[institution].accreditor) if institution in self.records else 0

    def is_active(self, institution: int) -> bool:
        while institution != COUNCIL:
            record = self.records.get(institution)
            if record is None or record.state != "active":
                return False
            if not record.valid_from <= self.time < record.valid_until:
                return False
            institution = self.accreditor_of(institution)
        return True

    def institution_of(self, account: str) -> int:
        key = self.keys.get(account)
        return 0 if key is None or key.removed else key.institution

    def require_acting(self, account: str, kind: str, scope: str) -> int:
        institution = self._require_key(account)
        refuse_if(self.records[institution].kind != kind, "WrongKind")
        self._require_may_act(institution, account, scope)
        return institution

    def _require_key(self, account: str) -> int:
        institution = self.institution_of(account)
        refuse_if(institution == 0, "UnknownKey")
        return institution

    def _require_may_act(self, institution: int, account: str, scope: str) -> None:
        refuse_if(not self.is_active(institution), "NotActive")
        refuse_if(not self.keys[account].scopes & {scope, EVERY}, "KeyLacksScope")

    def _sender_may_act(self, sender: str, scope: str) -> int:
        institution = self._require_key(sender)
        self._require_may_act(institution, sender, scope)
        return institution

    def _require_accreditor(self, sender: str, institution: int) -> int:
        refuse_if(institution not in self.records, "UnknownInstitution")
        by = self._sender_may_act(sender, "accredit")
        refuse_if(by != COUNCIL and by != self.accreditor_of(institution), "NotAccreditor")
        return by

    def _require_itself_or_accreditor(self, sender: str, institution: int, scope: str) -> int:
        if institution != 0 and self.institution_of(sender) == institution:
            return self._sender_may_act(sender, scope)
        by = self._require_accreditor(sender, institution)
        refuse_if(self.is_active(institution), "StillActive")
        return by

    # --- accreditation ----------------------------------------------------------------------------------------------

    def accredit(self, sender: str, kind: str, name: str, valid_from: int, valid_until: int, key: str) -> None:
        by = self._sender_may_act(sender, "accredit")
        refuse_if(kind not in self.kinds and kind != "council", "UnknownKind")
        refuse_if(self.records[by].kind not in self.kinds.get(kind, []), "MayNotAccredit")
        refuse_if(self.records[by].depth == MAX_DEPTH, "ChainTooDeep")
        refuse_if(valid_until <= valid_from or valid_until <= self.time, "ValidityInvalid")
        refuse_if(not 0 < len(name.encode()) <= MAX_TEXT, "TextInvalid")
        number = max(self.records) + 1
        depth = self.records[by].depth + 1
        self.records[number] = Institution(kind, by, valid_from, valid_until, name, depth=depth)
        self.records[by].accredits = True
        self._add_key(number, key, [EVERY])

    def describe(self, sender: str, institution: int, name: str) -> None:
        self._require_accreditor(sender, institution)
        refuse_if(not 0 < len(name.encode()) <= MAX_TEXT, "TextInvalid")
        self.records[institution].name = name

    def renew(self, sender: str, institution: int, valid_until: int) -> None:
        refuse_if(institution == COUNCIL, "CouncilFixed")
        self._require_accreditor(sender, institution)
        record = self.records[institution]
        refuse_if(record.state not in ("active", "suspended"), "WrongState")
        refuse_if(valid_until <= record.valid_from or valid_until <= self.time, "ValidityInvalid")
        record.valid_until = valid_until
        self.offers.pop(institution, None)

    def suspend(self, sender: str, institution: int, reason: str) -> None:
        self._decide(sender, institution, ("active",), "suspended")

    def revoke(self, sender: str, institution: int, reason: str) -> None:
        self._decide(sender, institution, ("active", "suspended"), "revoked")

    def reinstate(self, sender: str, institution: int, reason: str) -> None:
        self._decide(sender, institution, ("suspended", "revoked"), "active")

    def _decide(self, sender: str, institution: int, before: tuple[str, ...], after: str) -> None:
        refuse_if(institution == COUNCIL, "CouncilFixed")
        by = self._require_accreditor(sender, institution)
        record = self.records[institution]
        taken_over = by == COUNCIL and record.state == after == "suspended" and record.decided_by != COUNCIL
        refuse_if(record.state not in before and not taken_over, "WrongState")
        if after != "suspended":
            self._require_may_decide(record, by)
        record.state, record.decided_by = after, by
        self.offers.pop(institution, None)

    # --- succession -------------------------------------------------------------------------------------------------

    def offer_succession(self, sender: str, institution: int, to: int) -> None:
        refuse_if(institution == COUNCIL, "CouncilFixed")
        by = self._require_itself_or_accreditor(sender, institution, "succession")
        record = self.records[institution]
        refuse_if(record.state == "succeeded", "WrongState")
        self._require_may_decide(record, by)
        refuse_if(to == institution, "SuccessionToItself")
        refuse_if(to not in self.records, "UnknownInstitution")
        refuse_if(self.records[to].kind != record.kind, "WrongKind")
        self.offers[institution] = (to, by)

    def withdraw_succession(self, sender: str, institution: int) -> None:
        by = self._require_itself_or_accreditor(sender, institution, "succession")
        refuse_if(institution not in self.offers, "SuccessionNotOffered")
        self._require_may_decide(self.records[institution], by)
        del self.offers[institution]

    def _require_may_decide(self, record: Institution, by: int) -> None:
        stopped = record.state == "suspended" and record.decided_by == COUNCIL
        refuse_if(by != COUNCIL and (stopped or record.state == "revoked"), "OnlyCouncilDecides")

    def accept_succession(self, sender: str, institution: int) -> None:
        to = self._sender_may_act(sender, "succession")
        offered, by = self.offers.get(institution, (0, 0))
        if by == institution:
            in_force = self.is_active(institution)
        else:
            in_force = not self.is_active(institution) and self.is_active(by)
        refuse_if(offered != to or not in_force, "SuccessionNotOffered")
        left, heir = self.records[institution], self.records[to]
        refuse_if(left.accredits and heir.depth > left.depth, "SuccessorTooDeep")
        refuse_if(left.generation == MAX_SUCCESSIONS, "TooManySuccessions")
        heir.generation = max(heir.generation, left.generation + 1)
        heir.accredits = heir.accredits or left.accredits
        left.state, left.successor = "succeeded", to
        del self.offers[institution]

    # --- keys -------------------------------------------------------------------------------------------------------

    def add_key(self, sender: str, institution: int, account: str, scopes: list[str]) -> None:
        self._require_key_manager(sender, institution)
        self._add_key(institution, account, scopes)

    def change_scopes(self, sender: str, institution: int, account: str, scopes: list[str]) -> None:
        self._require_key_manager(sender, institution)
        refuse_if(self.institution_of(account) != institution, "NotItsKey")
        self._check_scopes(scopes)
        if self._manages(account) and not set(scopes) & {KEYS, EVERY}:
            refuse_if(self._managers(institution) == 1, "LastManagingKey")
        self.keys[account].scopes = set(scopes)

    def rotate_key(self, sender: str, institution: int, account: str, new: str) -> None:
        self._require_key_manager(sender, institution)
        refuse_if(self.institution_of(account) != institution, "NotItsKey")
        self._add_key(institution, new, sorted(self.keys[account].scopes))
        self._remove(institution, account)

    def remove_key(self, sender: str, institution: int, account: str) -> None:
        self._require_key_manager(sender, institution)
        refuse_if(self.institution_of(account) != institution, "NotItsKey")
        self._remove(institution, account)

    def _require_key_manager(self, sender: str, institution: int) -> None:
        refuse_if(institution == COUNCIL, "CouncilKeyFixed")
        self._require_itself_or_accreditor(sender, institution, KEYS)

    def _add_key(self, institution: int, account: str, scopes: list[str]) -> None:
        refuse_if(account in self.keys, "KeyAlreadyUsed")
        self._check_scopes(scopes)
        self.keys[account] = Keyholder(institution, set(scopes))

    def _check_scopes(self, scopes: list[str]) -> None:
        refuse_if(not 0 < len(scopes) <= MAX_SCOPES or len(set(scopes)) < len(scopes), "ScopesInvalid")

    def _remove(self, institution: int, account: str) -> None:
        refuse_if(self._manages(account) and self._managers(institution) == 1, "LastManagingKey")
        self.keys[account].removed = True
        self.keys[account].scopes = set()

    def _manages(self, account: str) -> bool:
        return bool(self.keys[account].scopes & {KEYS, EVERY})

    def _managers(self, institution: int) -> int:
        return sum(key.institution == institution and self._manages(a) for a, key in self.keys.items())
