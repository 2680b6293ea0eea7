"""eth-account, with one thing put right.

Importing it loads py_ecc, which raises Python's recursion limit to 100,000 for the whole process; then a deeply nested
JSON document (`"[" * 100000`) crashes the interpreter instead of raising RecursionError. Measured; so the limit goes
back.
"""

import sys

_limit = sys.getrecursionlimit()

from eth_account import Account  # noqa: E402 - the limit is read before and restored after
from eth_account.hdaccount import generate_mnemonic, key_from_seed, seed_from_mnemonic  # noqa: E402
from eth_account.types import Language  # noqa: E402

sys.setrecursionlimit(_limit)

__all__ = ["Account", "Language", "generate_mnemonic", "key_from_seed", "seed_from_mnemonic"]
