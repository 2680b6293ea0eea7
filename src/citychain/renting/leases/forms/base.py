"""What the acts on one lease share: who may, what they sign, and the words before it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from citychain.chain import clock
from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.identity import queries as identity
from citychain.identity.forms import DayInput
from citychain.identity.models import Paper

from ... import queries as titles
from .. import documents, filings, queries, schedule, terms
from ..filing_models import Filing
from ..models import Lease, LeaseDemand, LeaseFile, LeasePaper
from . import photos

FORM_FIELD_DAYS = _("Include the day itself.")


@dataclass(frozen=True)
class Case:
    """One lease and the accounts of who looks at it. Each answer is asked of the read model once."""

    row: Lease
    accounts: list[str]

    @cached_property
    def sides(self) -> tuple[list[str], list[str]]:
        return queries.sides(self.row)

    def first(self, accounts: Sequence[str]) -> str:
        """The first of these accounts that is the reader's, "" when none is."""
        return next((account for account in accounts if account in self.accounts), "")

    @property
    def landlord(self) -> str:
        """The reader's account on the landlords' side."""
        return self.first(self.sides[0])

    @property
    def payee(self) -> str:
        return self.first([self.row.payee])

    @property
    def tenant(self) -> str:
        return self.first(self.sides[1])

    @property
    def party(self) -> str:
        return self.landlord or self.tenant or self.payee

    @property
    def side(self) -> str:
        """The reader's side, "" for a stranger."""
        return "landlord" if self.landlord or self.payee else "tenant" if self.tenant else ""

    @property
    def running(self) -> bool:
        return bool(self.row.state == Lease.State.RUNNING and self.row.to_day > queries.today())

    @property
    def pending(self) -> bool:
        """Signed or paid, keys not handed over."""
        return self.row.state in (Lease.State.SIGNED, Lease.State.FUNDED)

    @cached_property
    def demands(self) -> dict[str, LeaseDemand]:
        return queries.demands(self.row) if self.running else {}

    @cached_property
    def agreements(self) -> list[queries.Agreement]:
        return queries.agreements(self.row)

    @cached_property
    def court(self) -> str:
        return titles.may_act(self.accounts, "court", "order")

    @cached_property
    def decider(self) -> str:
        """The reader's account that may decide for the lease's institution."""
        kind = next((row.kind for row in identity.institutions() if row.id == self.row.decider), "")
        return titles.may_act(self.accounts, kind, "decide", self.row.decider) if kind else ""

    @cached_property
    def bureau(self) -> str:
        """The reader's account that may file leases."""
        return titles.may_act(self.accounts, "housing", "file")

    @cached_property
    def filing(self) -> Filing | None:
        return filings.filing(self.row.id)

    @property
    def reported(self) -> Filing | None:
        """The report of a lease outside of the record, while it may end this one."""
        return self.filing if self.pending and self.filing and self.filing.outside_from else None

    @cached_property
    def identity(self) -> str:
        return titles.may_act(self.accounts, "identity", "accounts")

    @property
    def trusted(self) -> bool:
        """Whether the reader sees what only the parties know, and the decider of a dispute between them."""
        return bool(self.party or (self.disputed and (self.decider or self.court or self.city_decider)))

    @cached_property
    def reader(self) -> documents.Reader:
        """Who the reader is before the lease's documents. Whatever shows one calls its `keep`."""
        found = [
            (self.party, self.side),
            (self.decider or self.city_decider, "decider"),
            (self.court, "court"),
            (self.bureau, "bureau"),
        ]
        account, role = next((one for one in found if one[0]), ("", ""))
        return documents.Reader(self.lease, account, role)

    def text(self, commitment: str) -> str:
        """What the parties wrote behind a commitment, for them and who decides between them; "" for anybody else."""
        return self.reader.text(commitment) if commitment and self.trusted else ""

    def told(self, commitment: str) -> documents.Shown | None:
        """The same with its photos, as a page shows it."""
        return documents.shown(self.lease, self.text(commitment))

    def filed(self, commitment: str) -> str:
        """What was written for the housing bureau, for the parties and the bureau."""
        return self.reader.text(commitment) if commitment and (self.side or self.bureau) else ""

    @property
    def lease(self) -> int:
        return int(self.row.id)

    @cached_property
    def disputed(self) -> bool:
        """Whether somebody may have to decide about something: a breach, a late fee, a deposit."""
        fees = queries.late_fees(self.row.id).values()
        return bool(self.demands or queries.settlement(self.row.id) or any(fee.state == "contested" for fee in fees))

    @cached_property
    def city_decider(self) -> str:
        """The reader's account that may decide about the deposit now, for the lease's institution or the city's."""
        kinds = {row.id: row.kind for row in identity.institutions()}
        called = {part.decider for part in queries.settlement(self.row.id).values() if part.decider in kinds}
        found = (titles.may_act(self.accounts, kinds[number], "decide", number) for number in called)
        return next(filter(None, found), "")


class LeaseForm(forms.Form):
    """Something that somebody signs about one lease. The contract decides whether it may be."""

    title: ClassVar[Promise]
    warning: ClassVar[Promise | str] = ""
    contract: ClassVar[str] = "LeaseChanges"
    #: Whether photos may stand beside the words.
    photographed: ClassVar[bool] = False

    #: What the reader is to know before they fill it in, and its heading.
    shown: str = ""
    shown_title: ClassVar[Promise] = _("What the other side wrote")

    def __init__(self, *args: Any, case: Case, signer: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.signer = case, signer
        self._papers: list[Paper] = []
        self.attached: list[LeaseFile] = []
        if self.photographed:
            self.fields["photos"] = photos.PhotosField()
            self.fields["kept"] = photos.KeptField(required=False)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        """The account of the reader's that may sign this now, "" where it is not theirs to do."""
        raise NotImplementedError

    def _keep_photos(self) -> None:
        """Stores the form's photos, so that they are there when it is signed, or shown again."""
        data = self.cleaned_data
        if self.photographed and not self.attached:
            self.attached = photos.kept(self.lease, self.signer, data["kept"], data["photos"])

    def call(self) -> Function[Any]:
        raise NotImplementedError

    def act(self) -> Act:
        return Act(AddressBook.load().address(self.contract), self.call())

    def sentences(self) -> Sequence[str]:
        raise NotImplementedError

    def photo_words(self) -> list[str]:
        """A sentence about the form's photos, if it has any."""
        count = len(self.attached)
        words = ngettext("%(count)s photo, by its hash.", "%(count)s photos, by their hashes.", count)
        return [words % {"count": count}] if count else []

    def papers(self) -> Sequence[Paper]:
        return self._papers

    @property
    def lease(self) -> int:
        return self.case.lease

    def write(self, kind: str, text: str) -> str:
        """Keeps a text behind a fresh salted commitment, stored with the request, and returns the commitment. What a
        party writes in a dispute names the form's photos and all messages until then."""
        self._keep_photos()
        salt = os.urandom(32)
        text = documents.with_photos(text, self.attached)
        if self.case.party and kind in documents.EVIDENCE:
            text = documents.with_messages(text, self.lease)
        found = LeasePaper(
            commitment=terms.commitment(salt, text),
            lease=self.lease,
            kind=kind,
            salt=salt,
            text=text,
            author=self.signer,
            created=clock.now(),
        )
        self._papers.append(found)
        documents.belong(self.attached, found.commitment)
        return str(found.commitment)


class LastDayField(forms.DateField):
    """A last day in the city; the first day after it when cleaned, as the record counts days."""

    widget = DayInput

    def clean(self, value: Any) -> int | None:
        day = super().clean(value)
        return None if day is None else schedule.to_day(day) + 1


class WordsField(forms.CharField):
    """What the other side and the decider read; the record gets a salted commitment."""

    widget = forms.Textarea(attrs={"rows": 5})

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("The other side reads it, and the decider in a dispute. The record gets a salted commitment.")
        super().__init__(**{"max_length": 4000, "help_text": help_text, **kwargs})
