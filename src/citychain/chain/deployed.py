"""Is what runs what we deployed? Asked before the relayer carries anything, and by `citychain doctor`."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError

from .addressbook import AddressBook
from .artifacts import artifact
from .bindings import Authority, Parameters
from .council import ADMIN_ROLE, GUARDIAN_ROLE
from .deploy import CLEARING_ROLE
from .hashing import keccak
from .rpc import Rpc, RpcError
from .worker import Worker


class WrongChain(CityError):
    code = "wrong-chain"
    message = _("The address book is of chain {expected}, the node is on chain {found}.")


class CodeDiffers(CityError):
    code = "code-differs"
    message = _("The code of {key} at {address} is not what was deployed there.")


class ArtifactDiffers(CityError):
    code = "artifact-differs"
    message = _("{key} was deployed from another source than this program has. Use the program's version that fits.")


class DeployerHasRole(CityError):
    code = "deployer-has-role"
    message = _("The deployer still holds the role {role}. Run: citychain deploy")


class AuthorityDiffers(CityError):
    code = "authority-differs"
    message = _("{key} is not administered by the Authority of the address book.")


class CouncilWithoutDelay(CityError):
    code = "council-without-delay"
    message = _("{key} administers without a delay, so that no guardian could cancel in time.")


class Checked:
    """A worker that takes its first step once what runs is what was deployed; else that step raises, and it stops."""

    def __init__(self, worker: Worker, rpc: Rpc) -> None:
        self._worker, self._rpc = worker, rpc
        self._checked = False

    def step(self) -> bool:
        """Raises what check_deployment() raises."""
        if not self._checked:
            check_deployment(AddressBook.load(), self._rpc)
            self._checked = True
        return self._worker.step()


def check_deployment(book: AddressBook, rpc: Rpc) -> None:
    """What holds as long as the city does. Who the councils and the guardian are, targets, numbers and the forwarder
    may change by the rules and are not compared; that the plan's steps set them is what deploy() makes sure of.

    Raises WrongChain, CodeDiffers, ArtifactDiffers, DeployerHasRole, AuthorityDiffers, CouncilWithoutDelay;
    NodeUnavailable, RpcError.
    """
    found = rpc.chain_id()
    if found != book.chain_id:
        raise WrongChain(expected=book.chain_id, found=found)
    codes = rpc.batch([("eth_getCode", (entry.address, "latest")) for entry in book.entries])
    for entry, code in zip(book.entries, codes, strict=True):
        if isinstance(code, RpcError):
            raise code
        runs = bytes.fromhex(code[2:])
        if "0x" + keccak(runs).hex() != entry.code_hash:
            raise CodeDiffers(key=entry.key, address=entry.address)
        source = artifact(entry.contract)
        expected = "0x" + keccak(source.masked(bytes.fromhex(source.deployed))).hex()
        if expected != entry.artifact_hash or expected != "0x" + keccak(source.masked(runs)).hex():
            raise ArtifactDiffers(key=entry.key)
    for role in (ADMIN_ROLE, GUARDIAN_ROLE, CLEARING_ROLE):
        member, _delay = rpc.view(book.address("Authority"), Authority.hasRole(roleId=role, account=book.deployer))
        if member:
            raise DeployerHasRole(role=role)
    _check_administration(book, rpc)


def _check_administration(book: AddressBook, rpc: Rpc) -> None:
    authority = book.address("Authority")
    for entry in book.entries:
        managed = any(function.get("name") == "authority" for function in artifact(entry.contract).abi)
        if managed and rpc.view(entry.address, Parameters.authority()) != authority:
            raise AuthorityDiffers(key=entry.key)
    for key in ("Council", "RecoveryCouncil"):
        member, delay = rpc.view(authority, Authority.hasRole(roleId=ADMIN_ROLE, account=book.address(key)))
        if member and not delay:
            raise CouncilWithoutDelay(key=key)
