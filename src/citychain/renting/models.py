"""Titles to homes as the chain tells them, and the private deeds behind the commitments."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain.chain.addressbook import AddressBook
from citychain.identity.models import Document, Paper
from citychain.indexer.models import ReadModel
from citychain.portal import places

from . import typed_deeds
from . import units_models as units_models


class Title(ReadModel):
    """A title. `commitment` commits to the present deed, which is version `version`.

    `owners_version` is the version that set the present owners (corrections leave them).
    `holder` is the ERC-721 owner, the first of the owners.
    """

    class State(models.TextChoices):
        REGISTERED = "registered"
        CANCELLED = "cancelled"

    id = models.BigIntegerField(primary_key=True)
    town = models.BigIntegerField(db_index=True)
    commitment = models.CharField(max_length=66)
    version = models.IntegerField()
    owners_version = models.IntegerField()
    holder = models.CharField(max_length=42, db_index=True)
    registrar = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)
    registered_at = models.BigIntegerField()
    registered_block = models.BigIntegerField()


class TitleOwner(ReadModel):
    """An owner's share in a title, in basis points; a version's shares sum to 10,000. `id` is "title:version:position".

    Owners of earlier versions stay, as history: the present ones are those of the title's `owners_version`.
    """

    id = models.CharField(max_length=48, primary_key=True)
    title = models.BigIntegerField(db_index=True)
    version = models.IntegerField()
    account = models.CharField(max_length=42, db_index=True)
    share = models.IntegerField()
    must_consent = models.BooleanField()


class Encumbrance(ReadModel):
    """A mortgage or a court's seizure. In force from `valid_from` until before `valid_until` unless released."""

    class Kind(models.TextChoices):
        MORTGAGE = "mortgage"
        SEIZURE = "seizure"

    id = models.BigIntegerField(primary_key=True)
    title = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    institution = models.BigIntegerField()
    ref = models.CharField(max_length=66)
    valid_from = models.BigIntegerField()
    valid_until = models.BigIntegerField()
    released = models.BooleanField()


class Transfer(ReadModel):
    """A transfer of a title under way or over. `state`: open (until its deadline), completed, cancelled."""

    id = models.BigIntegerField(primary_key=True)
    title = models.BigIntegerField(db_index=True)
    commitment = models.CharField(max_length=66)
    deadline = models.BigIntegerField()
    state = models.CharField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["state", "deadline"], name="renting_transfer_open")]


class TransferOwner(ReadModel):
    """A new owner in a transfer, with their share in basis points. `id` is "transfer:position"."""

    id = models.CharField(max_length=32, primary_key=True)
    transfer = models.BigIntegerField(db_index=True)
    position = models.IntegerField()
    title = models.BigIntegerField()
    account = models.CharField(max_length=42, db_index=True)
    share = models.IntegerField()


class TitleStep(ReadModel):
    """One line of a title's history. `event` is the Solidity name, `detail` its arguments as JSON."""

    id = models.BigIntegerField(primary_key=True)
    title = models.BigIntegerField(db_index=True)
    event = models.CharField(max_length=64)
    detail = models.TextField()
    time = models.BigIntegerField()
    block = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)


def _village(code: str) -> str:
    """Its name with the code that is signed."""
    found = places.village(code)
    return f"{found.name} ({code})" if found else code


class Deed(Paper):
    """The signed document behind a commitment: commitment = keccak256(salt || body).

    `body` is canonical JSON (sorted keys, no spaces, UTF-8): village, use, area in 0.01 m2, address, deed number.
    `signature` is `registrar`'s (an account: the registrar's, or that of the court that ordered it) under the typed
    data of typed_deeds.py; `hashes` are those of all deeds signed with it, 32 bytes each.
    Personal data. Ground: duty of the registrar (Interim Regulations on Real Estate Registration). Kept as long as the
    title stands, then deleted by `citychain purge`; deleting salt and body leaves every proof valid.
    """

    commitment = models.CharField(max_length=66, primary_key=True)
    salt = models.BinaryField(max_length=32)
    body = models.TextField()
    registrar = models.CharField(max_length=42)
    signature = models.BinaryField(max_length=2048)
    hashes = models.BinaryField()

    @classmethod
    def document_of(cls, papers: "Sequence[Deed]") -> Document:
        """All deeds of a request, in their order, in one document."""
        domain = AddressBook.load().domain
        deeds = [typed_deeds.message(bytes(paper.salt), paper.body) for paper in papers]
        hashes = b"".join(typed_deeds.hash_of(deed) for deed in deeds)
        values = {"count": len(deeds)}
        return Document(
            title=ngettext("%(count)s deed", "%(count)s deeds", len(deeds)) % values,
            rows=[
                (
                    (_("Number of the deed"), deed["number"]),
                    (_("Village or community"), _village(deed["village"])),
                    (_("Full address"), deed["address"]),
                    (_("Use"), deed["use"]),
                    (_("Area"), f"{deed['area'] / 100:,.2f} m²"),
                )
                for deed in deeds
            ],
            typed_data=typed_deeds.typed_data(domain, deeds),
            digest=typed_deeds.digest(domain, hashes),
            proof=hashes,
        )

    def attest(self, signer: str, signature: bytes, document: Document) -> None:
        self.registrar, self.signature, self.hashes = signer, signature, document.proof


class TitleFile(models.Model):
    """A registrar's file of homes that was confirmed; `rows` is what filing.Row says, as JSON, `refusal` why the last
    batch that was handed in was not taken, in words.

    Personal data. Ground and kind as of Deed; deleted after 30 days (`citychain purge`), also what nobody signed.
    """

    key = models.CharField(max_length=32, primary_key=True)
    signer = models.CharField(max_length=42, db_index=True)
    created = models.BigIntegerField()
    rows = models.TextField()
    refusal = models.TextField(default="")

    class Meta:
        ordering = ["-created", "key"]
