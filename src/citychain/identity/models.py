"""Institutions as the chain tells them (read model), and the sandbox's personas (private)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from citychain.indexer.models import ReadModel


class Kind(ReadModel):
    """A kind of institution and which kinds may accredit it (comma-separated)."""

    name = models.CharField(max_length=66, primary_key=True)
    accredited_by = models.TextField()


class Institution(ReadModel):
    """One institution. `state` is what was last recorded; whether it may act now also depends on dates and chain.

    `offered_to` is the institution that may accept its duties from `offer_from` until before `offer_until` (UTC
    seconds), `offered_by` who offered them; zeros when they are not offered. Until before `notice_until` a guardian may
    veto what another decided for it (0: nothing was since the founding).
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        REVOKED = "revoked"
        SUCCEEDED = "succeeded"

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=66, db_index=True)
    name = models.CharField(max_length=200)
    web_page = models.CharField(max_length=400)
    state = models.CharField(max_length=16, choices=State.choices)
    accredited_by = models.BigIntegerField()
    valid_from = models.BigIntegerField()
    valid_until = models.BigIntegerField()
    successor = models.BigIntegerField(default=0)
    accredited_at = models.BigIntegerField()
    notice_until = models.BigIntegerField(default=0)
    offered_to = models.BigIntegerField(default=0)
    offered_by = models.BigIntegerField(default=0)
    offer_from = models.BigIntegerField(default=0)
    offer_until = models.BigIntegerField(default=0)


class Founding(ReadModel):
    """Until when (UTC seconds) nothing waits for a notice in a contract of institutions."""

    contract = models.CharField(max_length=42, primary_key=True)
    ends = models.BigIntegerField()


class CityGuardian(ReadModel):
    """An account that may veto what waits (Authority's GUARDIAN_ROLE)."""

    address = models.CharField(max_length=42, primary_key=True)


class InstitutionKey(ReadModel):
    """An account that is or was a key of an institution. `scopes` are comma-separated; empty when removed. `valid_from`
    (UTC seconds) is when it may act: 0, at once, unless another institution made it a key."""

    address = models.CharField(max_length=42, primary_key=True)
    institution = models.BigIntegerField(db_index=True)
    scopes = models.TextField()
    current = models.BooleanField()
    since = models.BigIntegerField()
    valid_from = models.BigIntegerField(default=0)


class InstitutionStep(ReadModel):
    """One line of an institution's history. `event` is the Solidity name, `detail` its arguments as JSON."""

    id = models.BigIntegerField(primary_key=True)
    institution = models.BigIntegerField(db_index=True)
    event = models.CharField(max_length=64)
    detail = models.TextField()
    time = models.BigIntegerField()
    block = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)


class PasskeyAccount(ReadModel):
    """An account that a passkey signs for. `x`, `y` are its key now; `guardians` three commitments with commas, or "".

    `vote_0` to `vote_2` are the keys (their hash) that the guardians support, `agreed` the one that two support and
    that may take over from `ready_at` on (UTC seconds); "" and 0 for none. `round` counts how often every support
    ended; a veto by signature names it.
    """

    address = models.CharField(max_length=42, primary_key=True)
    x = models.CharField(max_length=66)
    y = models.CharField(max_length=66)
    opened = models.BigIntegerField()
    guardians = models.TextField(default="")
    vote_0 = models.CharField(max_length=66, default="")
    vote_1 = models.CharField(max_length=66, default="")
    vote_2 = models.CharField(max_length=66, default="")
    agreed = models.CharField(max_length=66, default="")
    ready_at = models.BigIntegerField(default=0)
    round = models.BigIntegerField(default=0)

    @property
    def supported(self) -> bool:
        """Whether a guardian supports another key."""
        return any((self.vote_0, self.vote_1, self.vote_2))


@dataclass(frozen=True)
class Document:
    """Typed data that is signed beside a request (eth_signTypedData_v4); `digest` is its 32 bytes.

    In words: `title`, and `rows` of (column, value). `proof` is what each paper needs beside the signature, so
    that it can be checked without the others.
    """

    title: str
    rows: Sequence[Sequence[tuple[str, str]]]
    typed_data: dict[str, Any]
    digest: bytes
    proof: bytes

    @property
    def columns(self) -> list[str]:
        return [column for column, _value in self.rows[0]]


class Paper(models.Model):
    """A private row that belongs to a request: stored with it, when its signer confirms, and never before."""

    class Meta:
        abstract = True

    @classmethod
    def document_of(cls, papers: Sequence[Any]) -> Document | None:
        """What the request's signer signs of all its papers of this kind; None for a kind that nobody signs."""
        return None

    def attest(self, signer: str, signature: bytes, document: Document) -> None:
        """Puts the checked signature of the document on the paper just before it is stored."""


class Persona(models.Model):
    """Somebody whom a visitor of the sandbox may act as. Invented: nobody here is real.

    Personal data in form: ground is the demonstration itself; deleted with the sandbox (`citychain reset`).
    """

    id = models.SlugField(primary_key=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    role_zh = models.CharField(max_length=80)
    role_en = models.CharField(max_length=80)
    institution = models.BigIntegerField(default=0)
    featured = models.BooleanField(default=False)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position"]

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    @property
    def role(self) -> str:
        return self.role_en if (get_language() or "").startswith("en") else self.role_zh


class PersonaAccount(Paper):
    """One account of a persona. Each affair has an account of its own, so that the chain does not link them.

    `purpose`: "money", "office", or "title:<n>"; `index` is the last step of the BIP-44 path under the sandbox's seed.
    """

    address = models.CharField(max_length=42, primary_key=True)
    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="accounts")
    purpose = models.CharField(max_length=40)
    index = models.IntegerField(unique=True)

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["persona", "purpose"], name="one_account_a_purpose")]


class SignIn(models.Model):
    """A browser that showed, by a signature, that an account is its visitor's; docs/signing.md.

    `id` is the SHA-256 of the token in the browser's cookie, `nonce` the number of the signed message, used once,
    `credential` the passkey that signed it, "" for wallets.
    Personal data. Ground: the service the visitor asked for (PIPL art. 13(2)); deleted 30 days after it ended.
    """

    id = models.CharField(max_length=64, primary_key=True)
    account = models.CharField(max_length=42, db_index=True)
    nonce = models.CharField(max_length=32, unique=True)
    credential = models.CharField(max_length=1400, default="")
    agent = models.CharField(max_length=200)
    created = models.DateTimeField()
    seen = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]


class Passkey(models.Model):
    """A passkey as its browser made it: `credential` is its public name (base64url), `x` and `y` its P-256 key.

    It signs for `account` when the record says so: at once where it opened the account, after a recovery elsewhere.
    Personal data. Ground: the service the visitor asked for (PIPL art. 13(2)); deleted when its key no longer signs for
    the account and it is 90 days old (`citychain purge`).
    """

    credential = models.CharField(max_length=1400, primary_key=True)
    account = models.CharField(max_length=42, db_index=True)
    x = models.CharField(max_length=66)
    y = models.CharField(max_length=66)
    agent = models.CharField(max_length=200)
    created = models.DateTimeField()

    class Meta:
        ordering = ["-created"]


class Guardian(Paper):
    """Who stands behind a commitment on the record: a `person` by their account, or an `institution` by its number.

    Personal data: tells whom the holder trusts. Ground: the service the holder asked for (PIPL art. 13(2)); the holder
    and that guardian see it; deleted when the record has other guardians and it is 90 days old (`citychain purge`).
    """

    commitment = models.CharField(max_length=66, primary_key=True)
    account = models.CharField(max_length=42, db_index=True)
    place = models.IntegerField()
    person = models.CharField(max_length=42, default="", db_index=True)
    institution = models.BigIntegerField(default=0, db_index=True)
    salt = models.CharField(max_length=66)
    created = models.DateTimeField()

    class Meta:
        ordering = ["account", "place"]


class SharedAccount(models.Model):
    """A Safe that is a key of an institution, as its contract told when it was last asked: `owners` with commas,
    `threshold` of whom sign together. Asked again before anything depends on it. Public on the chain."""

    address = models.CharField(max_length=42, primary_key=True)
    owners = models.TextField()
    threshold = models.IntegerField()

    @property
    def officers(self) -> list[str]:
        return self.owners.split(",")


class Proposal(models.Model):
    """A request of a shared account for which its officers' signatures are collected; docs/shared-accounts.md.

    `digest` is what the account signs (EIP-712 of the ForwardRequest), `key` the summary's, `request` what became of
    it, `words` what the first officer read (a JSON list), `papers` private rows that belong to the request (Django's
    JSON). `refusal` is in words why the record would not take it. Whether it is overdue follows from `deadline`.
    Personal data in the officers' accounts: public office (PIPL art. 13(3)); deleted 90 days after its
    deadline (`citychain purge`).
    """

    class State(models.TextChoices):
        COLLECTING = "collecting", _("collecting signatures")
        SUBMITTED = "submitted", _("handed in")
        WITHDRAWN = "withdrawn", _("withdrawn or declined")
        REFUSED = "refused", _("refused by the record")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=42, db_index=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.COLLECTING)
    target = models.CharField(max_length=42)
    data = models.BinaryField()
    nonce = models.BigIntegerField()
    gas = models.BigIntegerField()
    deadline = models.BigIntegerField()
    digest = models.CharField(max_length=66, unique=True)
    proposer = models.CharField(max_length=42)
    created = models.BigIntegerField()
    words = models.TextField(default="[]")
    papers = models.TextField(default="[]")
    request = models.UUIDField(null=True)
    refusal = models.TextField(default="")

    class Meta:
        ordering = ["nonce", "created"]


class Approval(models.Model):
    """What an officer said to a proposal, once: a signature, or without one that they decline."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="approvals")
    officer = models.CharField(max_length=42)
    signature = models.BinaryField(default=b"")
    at = models.BigIntegerField()

    class Meta:
        ordering = ["at", "officer"]
        constraints = [models.UniqueConstraint(fields=["proposal", "officer"], name="one_answer_an_officer")]
