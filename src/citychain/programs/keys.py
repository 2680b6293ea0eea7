"""API keys: made and revoked by their owner, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Collection

from django.db.models import QuerySet

from citychain.chain import clock
from citychain.errors import NotFound

from .errors import TooMany, UnknownApiKey
from .models import ApiKey

PREFIX = "cck_"
#: Keys that one account may have.
MOST = 5
#: Seconds: how exactly the last use is noted, so that reading rarely writes.
GRAIN = 300


def make(owner: str, name: str) -> str:
    """A new key of this account; nobody can see it again. Raises TooMany."""
    if ApiKey.objects.filter(owner=owner).count() >= MOST:
        raise TooMany(limit=MOST)
    key = PREFIX + secrets.token_urlsafe(32)
    ApiKey.objects.create(id=_hash(key), owner=owner, name=name, hint=key[:8] + "…", created=clock.now())
    return key


def of(owners: Collection[str]) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(owner__in=owners).order_by("created", "id")


def revoke(owners: Collection[str], key_id: str) -> None:
    """At once. Raises NotFound for what is not theirs."""
    if not of(owners).filter(id=key_id).delete()[0]:
        raise NotFound(what=key_id)


def bearer(authorization: str) -> ApiKey | None:
    """The key in this header Authorization (RFC 6750), None without one. Raises UnknownApiKey."""
    scheme, _space, key = authorization.partition(" ")
    if not authorization:
        return None
    found = ApiKey.objects.filter(id=_hash(key.strip())).first() if scheme.lower() == "bearer" else None
    if found is None:
        raise UnknownApiKey()
    if clock.now() - found.used > GRAIN:
        ApiKey.objects.filter(id=found.id).update(used=clock.now())
    return found


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
