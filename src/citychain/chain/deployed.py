"""Is what runs what we deployed? Asked when a process starts, before it believes an address."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError

from .addressbook import AddressBook
from .artifacts import artifact
from .bindings import Authority
from .council import ADMIN_ROLE, GUARDIAN_ROLE
from .deploy import CLEARING_ROLE
from .hashing import keccak
from .rpc import Rpc, RpcError


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


def check_deployment(book: AddressBook, rpc: Rpc) -> None:
    """Raises WrongChain, CodeDiffers, ArtifactDiffers, DeployerHasRole; NodeUnavailable, RpcError."""
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
