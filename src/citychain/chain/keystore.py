"""Keys of the city's own servers (relayer, deployer, officers of a sandbox) as Web3 Secret Storage files, version 3.

`<folder>/<name>.json` opens with the password in `<folder>/password`, drawn once, so that a copied key file alone is
useless. Danger: whoever reads the folder has the keys; a real installation mounts the password from elsewhere.
"""

import json
import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Damaged

from . import files
from .keys import Key
from .wallets import Account

#: scrypt's cost (geth's "light"): the password is 256 random bits, which no cost would make harder to guess.
SCRYPT_N = 4096


class KeysExposed(CityError):
    code = "keys-exposed"
    message = _("{path} can be read by other users of this machine. Run: chmod 600 {path}")


def load_or_create(folder: Path, name: str) -> Key:
    """The key of this name, drawn on first use. Two processes that ask at once get the same key.

    Raises KeysExposed, Damaged (also for a lost password).
    """
    path = folder / f"{name}.json"
    if not path.exists():
        files.create(folder / "password", os.urandom(32).hex().encode())
        secret = Key(os.urandom(32)).secret
        sealed = Account.encrypt(secret, _password(folder), kdf="scrypt", iterations=SCRYPT_N)
        files.create(path, json.dumps(sealed).encode())
    try:
        return Key(bytes(Account.decrypt(path.read_text(), _password(folder))))
    except (ValueError, KeyError, TypeError) as problem:
        raise Damaged(what=path, reason=problem) from problem


def _password(folder: Path) -> str:
    path = folder / "password"
    try:
        if path.stat().st_mode & 0o077:
            raise KeysExposed(path=path)
        return path.read_text()
    except FileNotFoundError as problem:
        raise Damaged(what=path, reason=_("it is gone, and the keys beside it can't be opened")) from problem
