"""Who can restore a passkey account, and the restoring: two of three guardians, seven days, the holder's veto.

The record holds salted commitments of the guardians; who they are is a private row. docs/passkeys.md
"""

import datetime
import secrets
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.utils import timezone

from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.codec import encode
from citychain.chain.hashing import keccak
from citychain.chain.rpc import connect
from citychain.outbox import checks

from . import queries
from .bindings import Passkeys
from .errors import VetoNotSigned
from .models import Guardian, InstitutionKey, Passkey, PasskeyAccount
from .passkeys import CONTRACT

NOBODY = "0x" + "00" * 20
NO_KEY = "0x" + "00" * 32
#: Passkeys.RECOVERY_DELAY.
DELAY_DAYS = 7
SCOPES = {"*", "recovery"}
#: How long a new passkey that nobody supports is shown to guardians, and kept.
KEPT = datetime.timedelta(days=90)


class Choice(NamedTuple):
    """A guardian: a person by their account, or an institution by its number."""

    person: str = ""
    institution: int = 0


class Asked(NamedTuple):
    """A new passkey for an account, what it is called among people, and the places of those who support it."""

    passkey: Passkey
    key: str
    code: str
    supporters: list[int]
    agreed: bool


class Ward(NamedTuple):
    """An account that somebody guards, as the guardian that `signer` signs for."""

    guardian: Guardian
    signer: str
    account: PasskeyAccount
    asked: list[Asked]


def key_hash(x: str, y: str) -> str:
    """How the record names a key."""
    return "0x" + keccak(encode(("bytes32", "bytes32"), (x, y))).hex()


def code(key: str) -> str:
    """What the holder reads to a guardian, who compares: sixteen digits of the key's name.

    Danger: everybody sees it. So it is long enough that nobody finds another key with the same: 64 bits are 10^19
    tries, where eight digits would be an hour of a laptop's.
    """
    return " ".join(key[first : first + 4] for first in range(2, 18, 4))


def choose(account: str, choices: Sequence[Choice]) -> tuple[Act, list[Guardian]]:
    """What the holder signs, and the private rows of three guardians."""
    rows = []
    for place, choice in enumerate(choices):
        salt = "0x" + secrets.token_hex(32)
        words = (account, choice.person or NOBODY, choice.institution, salt)
        commitment = "0x" + keccak(encode(("address", "address", "uint32", "bytes32"), words)).hex()
        rows.append(
            Guardian(
                commitment=commitment,
                account=account,
                place=place,
                person=choice.person,
                institution=choice.institution,
                salt=salt,
                created=timezone.now(),
            )
        )
    return _act(Passkeys.chooseGuardians([row.commitment for row in rows])), rows


def guardians_of(account: PasskeyAccount) -> list[Guardian]:
    """The guardians that the record has now, by place; those chosen elsewhere than here are missing."""
    return list(Guardian.objects.filter(commitment__in=account.guardians.split(",")).order_by("place"))


def asked_for(account: PasskeyAccount) -> list[Asked]:
    """New passkeys for the account, the supported ones first."""
    current = key_hash(account.x, account.y)
    votes = [account.vote_0, account.vote_1, account.vote_2]
    found = []
    for passkey in Passkey.objects.filter(account=account.address, created__gt=timezone.now() - KEPT):
        key = key_hash(passkey.x, passkey.y)
        if key != current:
            supporters = [place for place, vote in enumerate(votes) if vote == key]
            found.append(Asked(passkey, key, code(key), supporters, account.agreed == key))
    return sorted(found, key=lambda asked: -len(asked.supporters))


def wards_of(accounts: Collection[str]) -> list[Ward]:
    """The accounts whose guardian somebody is with one of `accounts`, as a person or for an institution."""
    signers = {account: account for account in accounts}
    held: dict[int, str] = {}
    for row in InstitutionKey.objects.filter(address__in=list(accounts), current=True):
        if SCOPES & set(row.scopes.split(",")):
            held[row.institution] = row.address
    mine = Guardian.objects.filter(person__in=list(accounts)) | Guardian.objects.filter(institution__in=list(held))
    found = []
    for guardian in mine:
        account = PasskeyAccount.objects.filter(address=guardian.account).first()
        if account is not None and guardian.commitment in account.guardians.split(","):
            signer = signers[guardian.person] if guardian.person else held[guardian.institution]
            found.append(Ward(guardian, signer, account, asked_for(account)))
    return found


def support(guardian: Guardian, passkey: Passkey | None) -> Act:
    """The guardian supports a new passkey; None withdraws."""
    x, y = (passkey.x, passkey.y) if passkey else (NO_KEY, NO_KEY)
    return _act(Passkeys.supportRecovery(guardian.account, guardian.place, x, y, guardian.salt))


def veto() -> Act:
    """The holder stops the recovery."""
    return _act(Passkeys.vetoRecovery())


def veto_digest(account: PasskeyAccount) -> bytes:
    """What the holder's passkey signs to stop the present recovery without a request: 32 bytes, EIP-712."""
    digest = connect().view(_contract(), Passkeys.vetoDigest(account.address, account.round))
    return bytes.fromhex(digest.removeprefix("0x"))


def signed_veto(account: PasskeyAccount, signature: bytes) -> Act:
    """What anybody may send to the chain, by whatever way, to stop the present recovery. Raises VetoNotSigned."""
    if not checks.signed_by_wallet(connect(), [(account.address, veto_digest(account), signature)])[0]:
        raise VetoNotSigned(account=account.address, round=account.round)
    return _act(Passkeys.vetoRecoveryBySignature(account.address, account.round, signature))


def finish(passkey: Passkey) -> Act:
    """The passkey that two guardians support takes the old one's place."""
    return _act(Passkeys.finishRecovery(passkey.account, passkey.x, passkey.y))


def name_of(guardian: Guardian) -> str:
    """For the holder and that guardian."""
    if guardian.institution:
        return queries.localized(queries.institution(guardian.institution).name)
    return queries.name_of(guardian.person) or guardian.person


def purge() -> int:
    """Deletes guardians and passkeys that the record does not have (any more) and that are KEPT old; how many."""
    before = timezone.now() - KEPT
    accounts = {row.address: row for row in PasskeyAccount.objects.all()}
    current = {commitment for row in accounts.values() for commitment in row.guardians.split(",")}
    deleted = Guardian.objects.filter(created__lt=before).exclude(commitment__in=current).delete()[0]
    for passkey in Passkey.objects.filter(created__lt=before):
        row = accounts.get(passkey.account)
        if row is None or (row.x, row.y) != (passkey.x, passkey.y):
            deleted += passkey.delete()[0]
    return deleted


def _act(function: Function[None]) -> Act:
    return Act(_contract(), function)


def _contract() -> str:
    return AddressBook.load().address(CONTRACT)
