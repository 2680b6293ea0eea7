"""Titles to homes: registration, transfers by consent, mortgages, and what courts order. Shares are basis points."""

from dataclasses import dataclass, field

from .institutions import Institutions
from .rules import refuse_if

WHOLE, MAX_OWNERS, MAX_ENCUMBRANCES = 10_000, 16, 8
MAX_SEIZURE_TIME, MAX_TRANSFER_TIME = 3 * 366 * 86_400, 366 * 86_400


#: (account, share, must consent)
Owner = tuple[str, int, bool]


@dataclass
class Title:
    town: int
    commitment: str
    registrar: int
    owners: list[Owner]
    version: int = 1
    state: str = "registered"
    transferred: bool = False
    #: Numbers of the encumbrances that it carries, those that have ended but were not cut included.
    mortgages: list[int] = field(default_factory=list)
    seizures: list[int] = field(default_factory=list)


@dataclass
class Encumbrance:
    kind: str
    institution: int
    valid_until: int
    title: int


@dataclass
class Transfer:
    number: int
    owners: list[Owner]
    commitment: str
    deadline: int
    consents: set[str] = field(default_factory=set)
    mortgagees: set[int] = field(default_factory=set)


@dataclass
class Titles:
    """The register. Every function takes the sender first; `parties.time` is the block's."""

    parties: Institutions
    titles: dict[int, Title] = field(default_factory=dict)
    encumbrances: dict[int, Encumbrance] = field(default_factory=dict)
    transfers: dict[int, Transfer] = field(default_factory=dict)
    commitments: set[str] = field(default_factory=set)
    last_encumbrance: int = 0
    last_transfer: int = 0

    # --- registration -----------------------------------------------------------------------------------------------

    def register(self, sender: str, town: int, commitment: str, owners: list[Owner]) -> None:
        registrar = self._registrar(sender)
        refuse_if(not 100_000_000 <= town <= 999_999_999, "TownCodeInvalid")
        self._new_deed(commitment)
        self._require_owners(owners)
        self.titles[len(self.titles) + 1] = Title(town, commitment, registrar, owners)

    def correct(self, sender: str, number: int, commitment: str, town: int, reason: str) -> None:
        self._registrar_of(sender, number)
        refuse_if(not 100_000_000 <= town <= 999_999_999, "TownCodeInvalid")
        self._require_unburdened(number)
        self._set_deed(number, commitment)
        self.titles[number].town = town
        self.transfers.pop(number, None)

    def reverse_registration(self, sender: str, number: int, reason: str) -> None:
        self._registrar_of(sender, number)
        refuse_if(self.titles[number].transferred, "AlreadyTransferred")
        self._require_unburdened(number)
        self.titles[number].state, self.titles[number].owners = "cancelled", []
        self.transfers.pop(number, None)

    def order_ownership(self, sender: str, number: int, case: str, owners: list[Owner], commitment: str) -> None:
        court = self._court(sender)
        self._registered(number)
        self._not_seized(number, court)
        self._set_deed(number, commitment)
        self._require_owners(owners)
        title = self.titles[number]
        title.transferred, title.owners = True, owners
        self.transfers.pop(number, None)

    # --- transfers --------------------------------------------------------------------------------------------------

    def open_transfer(self, sender: str, number: int, owners: list[Owner], commitment: str, deadline: int) -> None:
        self._registrar_of(sender, number)
        running = self.transfers.get(number)
        refuse_if(running is not None and self.parties.time < running.deadline, "TransferAlreadyOpen")
        self._require_owners(owners)
        self._require_new(commitment)
        refuse_if(not 0 < deadline - self.parties.time <= MAX_TRANSFER_TIME, "DeadlineInvalid")
        self.last_transfer += 1
        self.transfers[number] = Transfer(self.last_transfer, owners, commitment, deadline)

    def consent_to_transfer(self, sender: str, number: int, transfer: int) -> None:
        found = self._open(number, transfer)
        refuse_if(not self._is_party(number, sender), "NotAParty")
        refuse_if(sender in found.consents, "AlreadyConsented")
        found.consents.add(sender)

    def consent_as_mortgagee(self, sender: str, number: int, transfer: int, encumbrance: int) -> None:
        self._mortgagee(sender, encumbrance)
        found = self._open(number, transfer)
        refuse_if(self.encumbrances[encumbrance].title != number, "EncumbranceNotInForce")
        refuse_if(encumbrance in found.mortgagees, "AlreadyConsented")
        found.mortgagees.add(encumbrance)

    def complete_transfer(self, sender: str, number: int, transfer: int) -> None:
        self._registrar_of(sender, number)
        found = self._open(number, transfer)
        self._not_seized(number, 0)
        title = self.titles[number]
        needed = {account for account, _share, must in title.owners if must} | {owner[0] for owner in found.owners}
        refuse_if(needed - found.consents, "ConsentMissing")
        refuse_if(set(self._in_force(title.mortgages)) - found.mortgagees, "MortgageeConsentMissing")
        self._set_deed(number, found.commitment)
        title.transferred, title.owners = True, found.owners
        del self.transfers[number]

    def cancel_transfer(self, sender: str, number: int, transfer: int) -> None:
        self._open(number, transfer)
        if not self._is_party(number, sender):
            self._registrar_of(sender, number)
        del self.transfers[number]

    # --- encumbrances -----------------------------------------------------------------------------------------------

    def record_mortgage(self, sender: str, number: int, bank: int, ref: str, start: int, end: int) -> None:
        self._registrar_of(sender, number)
        record = self.parties.records.get(bank)
        refuse_if(record is None or record.kind != "bank", "WrongKind")
        refuse_if(not self.parties.is_active(bank), "NotActive")
        refuse_if(not start <= self.parties.time < end or end <= start, "PeriodInvalid")
        self._not_seized(number, 0)
        self.transfers.pop(number, None)
        self._add(self.titles[number].mortgages, Encumbrance("mortgage", bank, end, number))

    def release_mortgage(self, sender: str, encumbrance: int) -> None:
        self._mortgagee(sender, encumbrance)
        self._remove(encumbrance)

    def order_mortgage_release(self, sender: str, encumbrance: int, case: str) -> None:
        self._court(sender)
        self._require_in_force(encumbrance, "mortgage")
        self._remove(encumbrance)

    def seize(self, sender: str, number: int, case: str, end: int) -> None:
        court = self._court(sender)
        self._registered(number)
        self._seizure_end(self.parties.time, end)
        self._add(self.titles[number].seizures, Encumbrance("seizure", court, end, number))

    def extend_seizure(self, sender: str, encumbrance: int, end: int) -> None:
        seizure = self._own_seizure(sender, encumbrance)
        self._seizure_end(seizure.valid_until, end)
        seizure.valid_until = end

    def release_seizure(self, sender: str, encumbrance: int) -> None:
        self._own_seizure(sender, encumbrance)
        self._remove(encumbrance)

    # --- what is ----------------------------------------------------------------------------------------------------

    def _registrar(self, sender: str) -> int:
        return self.parties.require_acting(sender, "registrar", "titles")

    def _court(self, sender: str) -> int:
        return self.parties.require_acting(sender, "court", "order")

    def _registered(self, number: int) -> None:
        refuse_if(number not in self.titles or self.titles[number].state != "registered", "TitleNotRegistered")

    def _registrar_of(self, sender: str, number: int) -> None:
        institution = self._registrar(sender)
        self._registered(number)
        refuse_if(institution != self.parties.duty_holder(self.titles[number].registrar), "NotThisRegistrar")

    def _require_new(self, commitment: str) -> None:
        refuse_if(commitment in self.commitments, "CommitmentAlreadyRegistered")

    def _new_deed(self, commitment: str) -> None:
        self._require_new(commitment)
        self.commitments.add(commitment)

    def _set_deed(self, number: int, commitment: str) -> None:
        self._new_deed(commitment)
        self.titles[number].commitment = commitment
        self.titles[number].version += 1

    def _require_owners(self, owners: list[Owner]) -> None:
        refuse_if(not 0 < len(owners) <= MAX_OWNERS, "OwnerCountInvalid")
        for position, (account, share, _must) in enumerate(owners):
            refuse_if(share == 0, "SharesInvalid")
            refuse_if(account in {owner[0] for owner in owners[:position]}, "OwnerRepeated")
        refuse_if(sum(owner[1] for owner in owners) != WHOLE, "SharesInvalid")
        refuse_if(not any(owner[2] for owner in owners), "NobodyMustConsent")

    def _open(self, number: int, transfer: int) -> Transfer:
        found = self.transfers.get(number)
        refuse_if(found is None or found.number != transfer, "TransferNotOpen")
        assert found is not None
        refuse_if(self.parties.time >= found.deadline, "TransferLapsed")
        return found

    def _is_party(self, number: int, account: str) -> bool:
        new = {owner[0] for owner in self.transfers[number].owners}
        return account in new or any(owner[0] == account and owner[2] for owner in self.titles[number].owners)

    def _in_force(self, numbers: list[int]) -> list[int]:
        return [number for number in numbers if self.encumbrances[number].valid_until > self.parties.time]

    def _not_seized(self, number: int, except_court: int) -> None:
        for seizure in self._in_force(self.titles[number].seizures):
            court = self.parties.duty_holder(self.encumbrances[seizure].institution)
            refuse_if(not except_court or court != except_court, "TitleSeized")

    def _require_unburdened(self, number: int) -> None:
        self._not_seized(number, 0)
        refuse_if(self._in_force(self.titles[number].mortgages), "TitleEncumbered")

    def _require_in_force(self, number: int, kind: str) -> Encumbrance:
        found = self.encumbrances.get(number)
        wrong = found is None or found.kind != kind or found.valid_until <= self.parties.time
        refuse_if(wrong, "EncumbranceNotInForce")
        assert found is not None
        return found

    def _mortgagee(self, sender: str, number: int) -> None:
        bank = self.parties.require_acting(sender, "bank", "mortgage")
        found = self._require_in_force(number, "mortgage")
        refuse_if(bank != self.parties.duty_holder(found.institution), "NotThisHolder")

    def _own_seizure(self, sender: str, number: int) -> Encumbrance:
        court = self._court(sender)
        found = self._require_in_force(number, "seizure")
        refuse_if(court != self.parties.duty_holder(found.institution), "NotThisHolder")
        return found

    def _seizure_end(self, after: int, end: int) -> None:
        refuse_if(not after < end <= self.parties.time + MAX_SEIZURE_TIME, "PeriodInvalid")

    def _add(self, numbers: list[int], encumbrance: Encumbrance) -> None:
        # Ended ones are cut from the list and stay in the record, as in the contract.
        numbers[:] = self._in_force(numbers)
        refuse_if(len(numbers) == MAX_ENCUMBRANCES, "TooManyEncumbrances")
        self.last_encumbrance += 1
        self.encumbrances[self.last_encumbrance] = encumbrance
        numbers.append(self.last_encumbrance)

    def _remove(self, number: int) -> None:
        encumbrance = self.encumbrances.pop(number)
        title = self.titles[encumbrance.title]
        (title.mortgages if encumbrance.kind == "mortgage" else title.seizures).remove(number)
