"""Paying. Each function checks what it can and returns the call to be signed.

The contract's check is the one that binds; these exist to give a good error early.
"""

import datetime
import os
import re
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _

from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.chain.hashing import keccak

from . import queries
from .bindings import Clearing, Deposits
from .errors import AccountNotOpen, AmountInvalid, InsufficientAvailable
from .models import PaymentNote

NOTE_DAYS = 3 * 366
NO_REFERENCE = "0x" + "00" * 32
#: Amounts in fen lie below 2^63. Compared before multiplying: 1e999999 is a Decimal, a hundred times it is none.
MOST_YUAN = Decimal(2**63) / 100


def parse_amount(text: str, *, nothing: bool = False) -> int:
    """Fen from what a person typed in yuan: "3,000", "¥3000.5"; 0 if `nothing` may be meant. Raises AmountInvalid."""
    cleaned = re.sub(r"[\s,，¥￥]", "", text)
    try:
        yuan = Decimal(cleaned)
    except InvalidOperation:
        raise AmountInvalid(field="amount", reason=_("write an amount like 3000 or 3000.50")) from None
    if not yuan.is_finite() or yuan < 0 or (yuan == 0 and not nothing):
        raise AmountInvalid(field="amount", reason=_("the amount must be more than nothing"))
    if yuan >= MOST_YUAN:
        raise AmountInvalid(field="amount", reason=_("the amount is larger than the record can hold"))
    fen = yuan * 100
    if fen != fen.to_integral_value():
        raise AmountInvalid(field="amount", reason=_("the smallest amount is one fen (0.01)"))
    return int(fen)


def send_money(
    *, sender: str, bank: str, recipient: str, recipient_bank: str, amount: int, note: PaymentNote | None = None
) -> Act:
    """A payment of `amount` fen from the sender's account at `bank`, across banks through clearing.

    The note stays here, stored when the payment is confirmed; the chain sees its salted commitment. Raises
    AccountNotOpen, InsufficientAvailable, UnknownAccount, UnknownBank.
    """
    queries.bank(bank)
    queries.bank(recipient_bank)
    account = queries.account(bank, sender)
    if not account.open:
        raise AccountNotOpen(account=sender)
    if recipient_bank not in queries.banks_of(recipient):
        raise AccountNotOpen(account=recipient)
    available = queries.available(account)
    if amount > available:
        raise InsufficientAvailable(account=sender, available=available, needed=amount)
    ref = note.ref if note else NO_REFERENCE
    if bank != recipient_bank:
        return Act(
            AddressBook.load().address("Clearing"),
            Clearing.pay(fromDeposits=bank, toDeposits=recipient_bank, to=recipient, amount=amount, ref=ref),
        )
    if ref == NO_REFERENCE:
        return Act(bank, Deposits.transfer(to=recipient, value=amount))
    return Act(bank, Deposits.transferWithReference(to=recipient, amount=amount, ref=ref))


def write_note(text: str, payer: str, payee: str) -> PaymentNote:
    """The payer's words under their salted commitment, not stored yet."""
    salt = os.urandom(32)
    ref = "0x" + keccak(salt + text.encode()).hex()
    return PaymentNote(
        ref=ref,
        salt=salt,
        text=text,
        payer=payer,
        payee=payee,
        delete_after=timezone.now() + datetime.timedelta(days=NOTE_DAYS),
    )


def purge_notes() -> int:
    """Deletes payers' words whose time is over and returns how many. The proofs stay valid."""
    return PaymentNote.objects.filter(delete_after__lt=timezone.now()).delete()[0]
