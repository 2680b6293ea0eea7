"""Passkeys: opening the account of one, signing in with one, and its signature of a request. docs/passkeys.md

The key never leaves the holder's device. We keep its public half and name, so that a browser finds it again; whether it
signs for an account the account's contract says.
"""

import secrets
from collections.abc import Mapping

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citychain.chain.addressbook import AddressBook, NotDeployed
from citychain.chain.keys import Key, message_digest
from citychain.chain.rpc import connect
from citychain.errors import InvalidInput
from citychain.outbox import checks
from citychain.outbox import services as outbox

from . import sessions, webauthn
from .bindings import Passkeys
from .errors import PasskeysImpossible, UnknownPasskey, WrongSignIn
from .models import Passkey, PasskeyAccount

CONTRACT = "Passkeys"


def possible() -> bool:
    """Whether this city has accounts of passkeys, and browsers have passkeys at its address."""
    try:
        there = AddressBook.load().all(CONTRACT)
    except NotDeployed:
        return False
    return bool(there) and webauthn.possible(settings.CITYCHAIN_ORIGIN)


def register(credential: str, spki: str, *, account: str = "", agent: str, place: str) -> Passkey:
    """Keeps a passkey that a browser made. It opens an account of its own, or asks to sign for `account` in future
    (recovery), which does nothing until that account's guardians support it.

    The same again gives the same. Raises PasskeysImpossible, InvalidInput, TooManyAttempts, and what a request raises.
    """
    if not possible():
        raise PasskeysImpossible()
    sessions.limit("passkey", place)
    x, y = webauthn.public_key("key", spki)
    if not 0 < len(webauthn.decode("credential", credential)) <= 1023:
        raise InvalidInput(field="credential", reason=_("it has not 1 to 1023 bytes"))
    opens = account or connect().view(AddressBook.load().address(CONTRACT), Passkeys.accountOf(x, y))
    row = {"credential": credential, "account": opens, "x": x, "y": y, "agent": agent[:200], "created": timezone.now()}
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(**row)
    except IntegrityError as problem:
        known = Passkey.objects.filter(credential=credential, account=opens, x=x, y=y).first()
        if known is None:
            raise InvalidInput(field="credential", reason=_("it is another passkey’s")) from problem
        passkey = known
    if not account and not PasskeyAccount.objects.filter(address=opens).exists():
        _open(x, y)
    return passkey


def _open(x: str, y: str) -> None:
    """Anyone may open an account, and its holder can't sign before it is open: so a key that is made for this one
    request signs it, and is forgotten."""
    nobody = Key(secrets.token_bytes(32))
    prepared = outbox.prepare(nobody.address, AddressBook.load().address(CONTRACT), Passkeys.open(x, y))
    outbox.submit(prepared.request, nobody.sign(prepared.request.digest(prepared.domain)))


def challenge(text: str) -> str:
    """What the passkey signs of a sign-in text: the digest that wallets sign of it (EIP-191), in base64url."""
    return webauthn.text_of(message_digest(text))


def sign_in(token: str, fields: Mapping[str, str], *, agent: str, place: str) -> str:
    """As sessions.sign_in(), for the account that the passkey signs for. Raises UnknownPasskey too."""
    asked = sessions.asked(token)
    digest = message_digest(asked["text"])
    found = webauthn.assertion(fields, digest, settings.CITYCHAIN_ORIGIN)
    sessions.limit(found.credential, place)
    passkey = Passkey.objects.filter(credential=found.credential).first()
    if asked["account"] or passkey is None:
        raise UnknownPasskey()
    if not checks.signed_by_wallet(connect(), [(passkey.account, digest, found.encoded())])[0]:
        raise WrongSignIn(account=passkey.account)
    return sessions.begin(passkey.account, asked["nonce"], agent, passkey.credential)


def credentials(account: str) -> list[str]:
    """The passkeys that sign for the account now; none for accounts of another kind."""
    now = PasskeyAccount.objects.filter(address=account).first()
    if now is None:
        return []
    return list(Passkey.objects.filter(account=account, x=now.x, y=now.y).values_list("credential", flat=True))


def signature(fields: Mapping[str, str], digest: bytes) -> bytes:
    """A passkey's signature of a request, as the account's contract reads it. Raises InvalidInput."""
    return webauthn.assertion(fields, digest, settings.CITYCHAIN_ORIGIN).encoded()
