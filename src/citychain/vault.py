"""Private documents at rest: each value is encrypted with a key of its own, and that key with the installation's.

AES-256-GCM (NIST SP 800-38D). A sealed value is

    0x01 | number of the installation's key (2 bytes) | nonce (12) | wrapped key (32 + 16) | nonce (12) | text (n + 16)

and both ciphertexts are bound to the model's field. The installation's keys are files vault/0001.key, vault/0002.key,
… of CITYCHAIN_HOME (0600); the greatest number seals, all of them open. A copy of the database without them is
noise; a row that is deleted takes its own key with it. docs/privacy.md
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from Crypto.Cipher import AES
from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.utils.translation import gettext_lazy as _

from citychain.errors import Damaged

VERSION = b"\x01"
KEY, NONCE, TAG, NUMBER = 32, 12, 16, 2
HEAD = len(VERSION) + NUMBER
WRAPPED = NONCE + KEY + TAG
#: Rows that a rotation reads at once.
BATCH = 500


class SealBroken(Damaged):
    code = "seal-broken"
    message = _("A private document can’t be opened: the key that sealed it isn’t in {folder}, or it was altered.")


def folder() -> Path:
    return Path(settings.CITYCHAIN_HOME) / "vault"


def seal(text: bytes, purpose: str) -> bytes:
    """Encrypts with a fresh key; `purpose` must be the same when it is opened."""
    key = os.urandom(KEY)
    return _wrapped(key, purpose) + _encrypted(key, text, purpose.encode())


def unseal(sealed: bytes, purpose: str) -> bytes:
    """Raises SealBroken."""
    return _decrypted(_key_of(sealed, purpose), sealed[HEAD + WRAPPED :], purpose.encode())


def _wrapped(key: bytes, purpose: str) -> bytes:
    number = numbers()[-1] if numbers() else _draw(1)
    wrapped = _encrypted(_installation_key(folder(), number), key, f"key of {purpose}".encode())
    return VERSION + number.to_bytes(NUMBER, "big") + wrapped


def _key_of(sealed: bytes, purpose: str) -> bytes:
    if sealed[:1] != VERSION:
        raise SealBroken(folder=folder())
    master = _installation_key(folder(), number_of(sealed))
    return _decrypted(master, sealed[HEAD : HEAD + WRAPPED], f"key of {purpose}".encode())


def number_of(sealed: bytes) -> int:
    """Which of the installation's keys a value is sealed with."""
    return int.from_bytes(sealed[len(VERSION) : HEAD], "big")


def _encrypted(key: bytes, text: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG)
    cipher.update(bound_to)
    body, tag = cipher.encrypt_and_digest(text)
    return nonce + body + tag


def _decrypted(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        cipher = AES.new(key, AES.MODE_GCM, nonce=sealed[:NONCE], mac_len=TAG)
        cipher.update(bound_to)
        return cipher.decrypt_and_verify(sealed[NONCE:-TAG], sealed[-TAG:])
    except ValueError as problem:
        raise SealBroken(folder=folder()) from problem


# --- the installation's keys -----------------------------------------------------------------------------------------


def numbers() -> list[int]:
    """Of the installation's keys, ascending."""
    return sorted(int(path.stem) for path in folder().glob("[0-9][0-9][0-9][0-9].key"))


def _draw(number: int) -> int:
    """Draws a key of this number; the first one who does wins."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder() / f"{number:04}.key"
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(os.urandom(KEY).hex())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return number


@lru_cache(maxsize=16)
def _installation_key(keys: Path, number: int) -> bytes:
    try:
        return bytes.fromhex((keys / f"{number:04}.key").read_text())
    except FileNotFoundError as problem:
        raise SealBroken(folder=keys) from problem


def rotate() -> int:
    """Draws a new key, seals all values' own keys with it, and returns how many values there were. The key before it
    stays until the next rotation, because a page may be sealing with it just now. Killed, nothing is lost: run it
    again."""
    _draw((numbers() or [0])[-1] + 1)
    done = sum(_rewrap(field) for field in fields())
    for number in numbers()[:-2]:
        (folder() / f"{number:04}.key").unlink()
    return done


def fields() -> Iterator["Sealed"]:
    """All sealed fields of the installation."""
    for model in apps.get_models():
        yield from (field for field in model._meta.fields if isinstance(field, Sealed))


def _rewrap(field: "Sealed") -> int:
    """Wraps the keys of all rows anew, in batches by primary key. A row that is written meanwhile is found: it has the
    newest key already."""
    model, done, last = field.model, 0, None
    table, column, key = model._meta.db_table, str(field.column), str(model._meta.pk.column)
    connection: Any = connections[model._default_manager.db]
    quote = connection.ops.quote_name
    newest = numbers()[-1]
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            where = "" if last is None else f"WHERE {quote(key)} > %s"
            cursor.execute(
                f"SELECT {quote(key)}, {quote(column)} FROM {quote(table)} {where} ORDER BY {quote(key)} LIMIT {BATCH}",
                [] if last is None else [last],
            )
            rows = cursor.fetchall()
            for row, value in rows:
                old = bytes(value)
                if number_of(old) != newest:
                    new = _wrapped(_key_of(old, field.purpose), field.purpose) + old[HEAD + WRAPPED :]
                    cursor.execute(
                        f"UPDATE {quote(table)} SET {quote(column)} = %s WHERE {quote(key)} = %s"
                        f" AND {quote(column)} = %s",
                        [connection.Database.Binary(new), row, connection.Database.Binary(old)],
                    )
        if not rows:
            return done
        done, last = done + len(rows), rows[-1][0]


# --- fields of models ------------------------------------------------------------------------------------------------

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class Sealed(_Field):
    """What the database holds sealed. It can't be searched or sorted."""

    @property
    def purpose(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_lookup(self, lookup_name: str) -> Any:
        return None

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return connection.Database.Binary(seal(self.to_bytes(value), self.purpose))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.from_bytes(unseal(bytes(value), self.purpose))

    def to_bytes(self, value: Any) -> bytes:
        raise NotImplementedError

    def from_bytes(self, value: bytes) -> Any:
        raise NotImplementedError


class SealedText(Sealed):
    def to_bytes(self, value: str) -> bytes:
        return value.encode()

    def from_bytes(self, value: bytes) -> str:
        return value.decode()

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


class SealedBytes(Sealed):
    def to_bytes(self, value: bytes) -> bytes:
        return value

    def from_bytes(self, value: bytes) -> bytes:
        return value
