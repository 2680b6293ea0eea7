"""Signing in with an account's key: the message, its check, and the sessions that follow. docs/signing.md"""

import datetime
import hashlib
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from citychain.chain.keys import checksum, message_digest
from citychain.chain.rpc import connect
from citychain.errors import InvalidInput, NotFound
from citychain.outbox import checks

from .errors import TooManyAttempts, WrongSignIn
from .models import SignIn

SALT = "citychain.sign-in"
#: A message that was not signed by then must be asked for again.
MESSAGE_SECONDS = 300
LIFETIME = datetime.timedelta(hours=12)
IDLE = datetime.timedelta(hours=2)
KEPT = datetime.timedelta(days=30)
#: How exactly the last use is noted: once in this time, so that reading pages rarely writes.
GRAIN = datetime.timedelta(minutes=5)
ATTEMPTS_A_MINUTE = 10


def message(account: str, chain_id: int) -> tuple[str, str]:
    """The text for `account` (lower-case hex) to sign, by EIP-4361, and the token that hands it back to sign_in().

    Without an account it is the text for a passkey, in the same form: which account that signs for is known afterwards.
    """
    nonce = secrets.token_hex(16)
    now = timezone.now().astimezone(datetime.UTC).replace(microsecond=0)
    until = now + datetime.timedelta(seconds=MESSAGE_SECONDS)
    text = "\n".join(
        (
            *_greeting(account),
            "",
            "Sign in to the city record. This moves no money and signs no request.",
            "",
            f"URI: {settings.CITYCHAIN_ORIGIN}",
            "Version: 1",
            f"Chain ID: {chain_id}",
            f"Nonce: {nonce}",
            f"Issued At: {now.isoformat().replace('+00:00', 'Z')}",
            f"Expiration Time: {until.isoformat().replace('+00:00', 'Z')}",
        )
    )
    return text, signing.dumps({"account": account, "nonce": nonce, "text": text}, salt=SALT)


def _greeting(account: str) -> tuple[str, ...]:
    site = urlsplit(settings.CITYCHAIN_ORIGIN).netloc
    if not account:
        return (f"{site} wants you to sign in with your passkey.",)
    return f"{site} wants you to sign in with your Ethereum account:", checksum(account)


def asked(token: str) -> dict[str, str]:
    """What message() wrote: `account`, `nonce` and `text`. Raises InvalidInput."""
    try:
        found: dict[str, str] = signing.loads(token, salt=SALT, max_age=MESSAGE_SECONDS)
        return found
    except signing.BadSignature as problem:
        raise InvalidInput(field="token", reason=_("it is too old or not ours; sign in again")) from problem


def sign_in(token: str, signature: bytes, *, agent: str, place: str) -> str:
    """Checks the signature of the token's message and keeps a session; returns the secret for the browser's cookie.

    `place` is the network address, for the limit of attempts. Raises InvalidInput (the token is old, changed or used),
    WrongSignIn, TooManyAttempts, MalformedField, NodeUnavailable.
    """
    message = asked(token)
    account = message["account"]
    if not account:
        raise InvalidInput(field="token", reason=_("it is for a passkey"))
    checks.check_signature(signature)
    digest = message_digest(message["text"])
    if not checks.signed_by_key(account, digest, signature):
        limit(account, place)
        if not checks.signed_by_wallet(connect(), [(account, digest, signature)])[0]:
            raise WrongSignIn(account=account)
    return begin(account, message["nonce"], agent)


def begin(account: str, nonce: str, agent: str, credential: str = "") -> str:
    """Keeps a session of an account that was just shown; returns the secret for the browser's cookie. Raises
    InvalidInput when the message's `nonce` was used before."""
    secret, now = secrets.token_urlsafe(32), timezone.now()
    try:
        with transaction.atomic():
            SignIn.objects.create(
                id=_fingerprint(secret),
                account=account,
                nonce=nonce,
                credential=credential,
                agent=agent[:200],
                created=now,
                seen=now,
            )
    except IntegrityError as problem:
        raise InvalidInput(field="token", reason=_("it was used before; sign in again")) from problem
    return secret


def current(secret: str) -> SignIn | None:
    """The live session of this cookie, or None. Notes that it is in use."""
    found = _live().filter(id=_fingerprint(secret)).first()
    now = timezone.now()
    if found is not None and now - found.seen > GRAIN:
        SignIn.objects.filter(id=found.id, ended=None).update(seen=now)
    return found


def of_account(account: str) -> QuerySet[SignIn]:
    """Live sessions of an account, the newest first."""
    return _live().filter(account=account)


def end(account: str, session_id: str) -> None:
    """Ends one session of the account. Raises NotFound."""
    if not of_account(account).filter(id=session_id).update(ended=timezone.now()):
        raise NotFound(what=session_id)


def end_others(account: str, keep: str) -> int:
    """Ends every other session of the account; returns how many."""
    return of_account(account).exclude(id=keep).update(ended=timezone.now())


def purge() -> int:
    """Deletes what was last used KEPT ago; returns how many."""
    deleted, _details = SignIn.objects.filter(seen__lt=timezone.now() - KEPT).delete()
    return deleted


def _live() -> QuerySet[SignIn]:
    now = timezone.now()
    return SignIn.objects.filter(Q(ended=None), created__gt=now - LIFETIME, seen__gt=now - IDLE)


def _fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def limit(account: str, place: str) -> None:
    """At most so many attempts a minute that are not plainly right, for an account and a network address, in each of
    the portal's processes. A key's right signature is never kept waiting, so nobody can lock others out.

    Raises TooManyAttempts.
    """
    key = f"sign-in:{account}:{place}"
    cache.add(key, 0, timeout=60)
    if cache.incr(key) > ATTEMPTS_A_MINUTE:
        raise TooManyAttempts(seconds=60)
