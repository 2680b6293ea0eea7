"""Keys of the sandbox's personas, from one mnemonic in the state folder.

Danger: whoever reads the mnemonic is every persona. That is why it exists in the sandbox alone: with
CITYCHAIN_SANDBOX=0 every function here raises NotASandbox.
"""

import functools
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from citychain.chain.keys import Key
from citychain.chain.wallets import Language, generate_mnemonic, key_from_seed, seed_from_mnemonic
from citychain.indexer.lock import Lock, alone

from .errors import NotASandbox, UnknownPersona
from .models import Persona, PersonaAccount

#: Accounts stored one after the other have indices below this; drafted ones, drawn at random, this and above.
DRAFTS = 2**30


def _require_sandbox() -> None:
    if not settings.CITYCHAIN_SANDBOX:
        raise NotASandbox()


def _mnemonic_path() -> Path:
    return Path(settings.CITYCHAIN_HOME) / "keys" / "sandbox.mnemonic"


@functools.lru_cache(maxsize=4)
def _seed(path: Path) -> bytes:
    """BIP-39 seed of the sandbox; the mnemonic is drawn once and kept with mode 0600."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        words = generate_mnemonic(num_words=12, lang=Language.ENGLISH)
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return seed_from_mnemonic(path.read_text().strip(), "")


def derive(index: int) -> Key:
    """The key at BIP-44 path m/44'/60'/0'/0/index of the sandbox's mnemonic. Raises NotASandbox."""
    _require_sandbox()
    return _derived(_mnemonic_path(), index)


@functools.lru_cache(maxsize=4096)
def _derived(path: Path, index: int) -> Key:
    return Key(key_from_seed(_seed(path), f"m/44'/60'/0'/0/{index}"))


def all_personas() -> QuerySet[Persona]:
    """Every persona in the order in which the switch shows them; empty off the sandbox."""
    return Persona.objects.all() if settings.CITYCHAIN_SANDBOX else Persona.objects.none()


def by_id(persona_id: str) -> Persona:
    """Raises UnknownPersona, NotASandbox."""
    _require_sandbox()
    try:
        return Persona.objects.prefetch_related("accounts").get(id=persona_id)
    except Persona.DoesNotExist:
        raise UnknownPersona(persona=persona_id) from None


def account(persona: Persona, purpose: str) -> str:
    """The persona's address for an affair; raises UnknownPersona when it has none."""
    for row in persona.accounts.all():
        if row.purpose == purpose:
            return row.address
    raise UnknownPersona(persona=f"{persona.id}/{purpose}")


def key(address: str) -> Key:
    """The key of a persona's account; raises UnknownPersona, NotASandbox."""
    _require_sandbox()
    try:
        return derive(PersonaAccount.objects.get(address=address).index)
    except PersonaAccount.DoesNotExist:
        raise UnknownPersona(persona=address) from None


def add_account(persona: Persona, purpose: str) -> str:
    """A fresh account for an affair, or the existing one; returns its address."""
    _require_sandbox()
    with transaction.atomic():
        alone(Lock.PERSONA_ACCOUNTS)  # nobody else takes the index meanwhile
        existing = PersonaAccount.objects.filter(persona=persona, purpose=purpose).first()
        if existing:
            return existing.address
        last = (
            PersonaAccount.objects.filter(index__lt=DRAFTS).order_by("-index").values_list("index", flat=True).first()
        )
        index = 0 if last is None else last + 1
        address = derive(index).address
        PersonaAccount.objects.create(address=address, persona=persona, purpose=purpose, index=index)
        return address


def draft_account(persona: Persona, purpose: str) -> PersonaAccount:
    """A fresh account for an affair that nobody confirmed yet; whoever confirms it stores it.

    Its index is drawn, so that drafts side by side have accounts of their own. Raises NotASandbox.
    """
    index = DRAFTS + secrets.randbelow(DRAFTS)
    return PersonaAccount(address=derive(index).address, persona=persona, purpose=purpose, index=index)
