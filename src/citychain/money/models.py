"""Money as the chain tells it (read models), and the private words of a payment."""

from django.db import models

from citychain.identity.models import Paper
from citychain.indexer.models import ReadModel


class Bank(ReadModel):
    """One bank's deposits. `supply` in fen is what the bank owes its customers through this contract."""

    address = models.CharField(max_length=42, primary_key=True)
    institution = models.BigIntegerField(db_index=True)
    name = models.TextField()
    symbol = models.TextField()
    supply = models.BigIntegerField(default=0)
    accounts = models.BigIntegerField(default=0)
    retired = models.BooleanField(default=False)


class Account(ReadModel):
    """One holder's account at one bank; `id` is "bank:holder". Balance and locked are fen; see queries.available()."""

    id = models.CharField(max_length=85, primary_key=True)
    bank = models.CharField(max_length=42, db_index=True)
    holder = models.CharField(max_length=42, db_index=True)
    balance = models.BigIntegerField(default=0)
    locked = models.BigIntegerField(default=0)
    custodian = models.BooleanField(default=False)
    open = models.BooleanField(default=False)


class Payment(ReadModel):
    """One movement of money inside one bank, keyed by its log. Sender or recipient is empty for minted or burned money.

    `ref` is the 32-byte reference (hex), empty when the movement carried none.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment"
        DEPOSIT = "deposit"
        WITHDRAWAL = "withdrawal"
        CLEARING_OUT = "clearing-out"
        CLEARING_IN = "clearing-in"
        COURT = "court"

    id = models.BigIntegerField(primary_key=True)
    bank = models.CharField(max_length=42)
    sender = models.CharField(max_length=42)
    recipient = models.CharField(max_length=42)
    amount = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    ref = models.CharField(max_length=66)
    time = models.BigIntegerField()
    block = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["sender", "id"], name="money_payment_sender"),
            models.Index(fields=["recipient", "id"], name="money_payment_recipient"),
            models.Index(fields=["ref", "id"], name="money_payment_ref"),
        ]


class ClearingPayment(ReadModel):
    """A payment from one bank to another, keyed by its log; the burn is the payment `id` + 1, the mint `id` + 2."""

    id = models.BigIntegerField(primary_key=True)
    payer = models.CharField(max_length=42)
    payee = models.CharField(max_length=42)
    from_bank = models.CharField(max_length=42)
    to_bank = models.CharField(max_length=42)
    amount = models.BigIntegerField()
    ref = models.CharField(max_length=66)


class Hold(ReadModel):
    """What a court holds in an account; `id` is "bank:order". Binds while `amount` > 0 and before `expiry`."""

    id = models.CharField(max_length=64, primary_key=True)
    bank = models.CharField(max_length=42)
    account = models.CharField(max_length=42, db_index=True)
    court = models.BigIntegerField()
    case_number = models.CharField(max_length=66)
    amount = models.BigIntegerField()
    expiry = models.BigIntegerField()


class Withdrawal(ReadModel):
    """A holder's wish to be paid out; `id` is "bank:number". `state`: waiting, settled, refused, cancelled."""

    id = models.CharField(max_length=64, primary_key=True)
    bank = models.CharField(max_length=42)
    holder = models.CharField(max_length=42, db_index=True)
    amount = models.BigIntegerField()
    ref = models.CharField(max_length=66)
    deadline = models.BigIntegerField()
    state = models.CharField(max_length=16)


class Position(ReadModel):
    """What bank `debtor` owes bank `creditor` net, in fen; negative: the other way.

    `id` is "debtor:creditor", the smaller institution first, so that a pair has one row.
    """

    id = models.CharField(max_length=32, primary_key=True)
    debtor = models.BigIntegerField()
    creditor = models.BigIntegerField()
    net = models.BigIntegerField()


class Limit(ReadModel):
    """How much, in fen, bank `creditor` lets bank `debtor` owe it; `id` is "creditor:debtor"."""

    id = models.CharField(max_length=32, primary_key=True)
    creditor = models.BigIntegerField()
    debtor = models.BigIntegerField()
    amount = models.BigIntegerField()


class Settlement(ReadModel):
    """What bank `debtor` says it paid bank `creditor` outside, in fen; `id` is "debtor:creditor:reference".

    `state`: proposed, confirmed, dropped.
    """

    id = models.CharField(max_length=100, primary_key=True)
    debtor = models.BigIntegerField()
    creditor = models.BigIntegerField()
    amount = models.BigIntegerField()
    ref = models.CharField(max_length=66)
    state = models.CharField(max_length=16)


class PaymentNote(Paper):
    """The payer's words to the payee. The chain sees `ref`, a salted commitment: keccak256(salt || text).

    Personal data. Ground: performance of the payment the payer asked for (PIPL art. 13(2)). Kept three years, the limit
    for civil claims (Civil Code art. 188), then deleted by `citychain purge`; every proof stays valid.
    """

    ref = models.CharField(max_length=66, primary_key=True)
    salt = models.BinaryField(max_length=32)
    text = models.CharField(max_length=140)
    payer = models.CharField(max_length=42)
    payee = models.CharField(max_length=42)
    delete_after = models.DateTimeField()


class Contact(models.Model):
    """A name that somebody gave to an account. `owner` is "persona:<id>" or the account of who signs in with a wallet.

    Personal data, also of the person who is named. Ground: what the owner asked for (PIPL art. 13(2)). Kept until the
    owner forgets it; shown to nobody else.
    """

    owner = models.CharField(max_length=100)
    account = models.CharField(max_length=42)
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "account"], name="money_contact_once")]
