"""Where the city's contracts are: one small file for each chain, written by the deployment, read by everybody else."""

import functools
from pathlib import Path
from typing import Self

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citychain.errors import Damaged, NotFound, Unavailable

from . import files
from .forwarding import Domain


class NotDeployed(Unavailable):
    code = "not-deployed"
    message = _("The city's contracts are not deployed yet ({path} is missing).")


class UnknownContractKey(NotFound):
    code = "unknown-contract"
    message = _("The address book knows no contract {key}.")


class Entry(msgspec.Struct, frozen=True):
    """One deployed contract.

    `key` is the contract's name, or tells several apart ("Deposits:2", with the bank's institution id); accounts of
    officers are "Council" and "RecoveryCouncil". `block` is where it was deployed. `code_hash` is the keccak of its
    code as deployed; `artifact_hash` that of the code with immutables masked, which is the artifact's.
    """

    contract: str
    key: str
    address: str
    block: int
    code_hash: str
    artifact_hash: str


class AddressBook(msgspec.Struct, frozen=True, dict=True):
    """The contracts of one deployment, in the order in which they were deployed."""

    chain_id: int
    deployer: str
    entries: list[Entry]

    @staticmethod
    def path() -> Path:
        """Where the installation's own address book lies."""
        return Path(settings.CITYCHAIN_HOME) / "addresses.json"

    @classmethod
    def load(cls, path: Path | None = None) -> "AddressBook":
        """Reads it, again only when the file changed. Raises NotDeployed, Damaged."""
        path = path or cls.path()
        try:
            state = path.stat()
        except FileNotFoundError:
            raise NotDeployed(path=path) from None
        return _read(path, state.st_mtime_ns, state.st_ino)

    def save(self, path: Path | None = None) -> None:
        """Replaces the file as a whole."""
        plain = msgspec.json.encode(self)
        files.replace(path or self.path(), msgspec.json.format(plain, indent=1) + b"\n")

    def with_entry(self, entry: Entry) -> Self:
        """The same book with one entry more, or with the entry of the same key replaced."""
        others = [existing for existing in self.entries if existing.key != entry.key]
        return msgspec.structs.replace(self, entries=[*others, entry])

    def address(self, key: str) -> str:
        """Raises UnknownContractKey."""
        return self.entry(key).address

    def entry(self, key: str) -> Entry:
        """Raises UnknownContractKey."""
        try:
            return self._by_key[key]
        except KeyError:
            raise UnknownContractKey(key=key) from None

    def all(self, contract: str) -> list[Entry]:
        """Every deployment of a contract."""
        return [entry for entry in self.entries if entry.contract == contract]

    def by_address(self, address: str) -> Entry | None:
        """`address` in lower case."""
        return self._by_address.get(address)

    @property
    def domain(self) -> Domain:
        """Where signatures of requests are valid."""
        return Domain(self.chain_id, self.address("Forwarder"))

    @functools.cached_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    @functools.cached_property
    def _by_address(self) -> dict[str, Entry]:
        return {entry.address: entry for entry in self.entries}


@functools.lru_cache(maxsize=8)
def _read(path: Path, changed: int, inode: int) -> AddressBook:
    try:
        return msgspec.json.decode(path.read_bytes(), type=AddressBook)
    except msgspec.DecodeError as problem:
        raise Damaged(what=path, reason=problem) from problem
