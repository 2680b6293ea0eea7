"""The relayer's accounts: each is a lane of its own, and needs ether."""

from django.conf import settings

from citychain.chain import keystore
from citychain.chain.keys import Key


def relayer_keys() -> list[Key]:
    """`relayer`, `relayer-2` and so on in the key store, as many as settings say, drawn on first use.

    Raises KeysExposed, Damaged.
    """
    folder = settings.CITYCHAIN_HOME / "keys"
    names = ["relayer", *(f"relayer-{number}" for number in range(2, settings.CITYCHAIN_RELAYERS + 1))]
    return [keystore.load_or_create(folder, name) for name in names]
