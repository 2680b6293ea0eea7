"""From the bytes with which a contract refused to the error that a person reads.

Each Solidity error of our contracts, and of OpenZeppelin's behind them, has one subclass of ContractError that names it
in `solidity`: here for the contracts of this part, in the errors.py of each other part for its own.
"""

import functools
import importlib
import importlib.util
from collections.abc import Iterator

import msgspec
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError

from . import abi, openzeppelin  # noqa: F401 - its classes register themselves
from .artifacts import all_artifacts, bindings

# --- what every contract may answer ---------------------------------------------------------------------------------


class RefusedSilently(ContractError):
    """No bytes at all: out of gas, no contract, or no such function."""

    code = "refused-silently"
    message = _("The record refused this without saying why.")


class RefusedInWords(ContractError):
    """Solidity's Error(string); a Safe's codes such as GS026 (signatures) and GS013 (the call failed)."""

    code = "refused-in-words"
    message = _("The record refused this: {text}")


class ContractFault(ContractError):
    """Solidity's Panic(uint256): a fault in the contract, never the user's; an operator must look."""

    code = "contract-fault"
    status = 500
    message = _("A contract has a fault (panic {panic}). Tell the city's operator.")


# --- Authority: who administers ------------------------------------------------------------------------------------


class NotAuthorized(ContractError):
    code = "not-authorized"
    solidity = "AccessManagedUnauthorized"
    message = _("{caller} may not administer this contract.")


class DelayRequired(ContractError):
    code = "delay-required"
    solidity = "AccessManagedRequiredDelay"
    message = _("This must be announced {delay} seconds ahead.")


class AuthorityInvalid(ContractError):
    code = "authority-invalid"
    solidity = "AccessManagedInvalidAuthority"
    message = _("{authority} is no authority.")


class LacksRole(ContractError):
    code = "lacks-role"
    solidity = "AccessManagerUnauthorizedAccount"
    message = _("{msgsender} lacks the role {roleId}.")


class CallNotAuthorized(ContractError):
    code = "call-not-authorized"
    solidity = "AccessManagerUnauthorizedCall"
    message = _("{caller} may not call this function of {target}.")


class CancelNotAuthorized(ContractError):
    code = "cancel-not-authorized"
    solidity = "AccessManagerUnauthorizedCancel"
    message = _("{msgsender} may not cancel what {caller} announced.")


class ConsumeNotAuthorized(ContractError):
    code = "consume-not-authorized"
    solidity = "AccessManagerUnauthorizedConsume"
    message = _("{target} may not use up what was announced.")


class AlreadyScheduled(ContractError):
    code = "already-scheduled"
    solidity = "AccessManagerAlreadyScheduled"
    message = _("This is announced already.")


class NotScheduled(ContractError):
    code = "not-scheduled"
    solidity = "AccessManagerNotScheduled"
    message = _("This was not announced, or it was carried out or cancelled.")


class NotReady(ContractError):
    code = "not-ready"
    solidity = "AccessManagerNotReady"
    message = _("The time since the announcement is not over yet.")
    retry = True


class ScheduleExpired(ContractError):
    code = "schedule-expired"
    solidity = "AccessManagerExpired"
    message = _("The announcement is too old. Announce it again.")


class RoleLocked(ContractError):
    code = "role-locked"
    solidity = "AccessManagerLockedRole"
    message = _("The role {roleId} can't be changed.")


class FunctionLocked(ContractError):
    code = "function-locked"
    solidity = "AccessManagerLockedFunction"
    message = _("Who may call this function can't be changed.")


class BadConfirmation(ContractError):
    code = "bad-confirmation"
    solidity = "AccessManagerBadConfirmation"
    message = _("Only the account itself can give up its role.")


class InitialAdminInvalid(ContractError):
    code = "initial-admin-invalid"
    solidity = "AccessManagerInvalidInitialAdmin"
    message = _("{initialAdmin} can't be the first administrator.")


class NotCouncil(ContractError):
    code = "not-council"
    solidity = "NotCouncil"
    message = _("Only the council itself may do this.")


class NotACityContract(ContractError):
    code = "not-a-city-contract"
    solidity = "NotACityContract"
    message = _("{target} does not stand under the city's authority.")


class ForwarderAlreadyInitialized(ContractError):
    code = "forwarder-already-initialized"
    solidity = "ForwarderAlreadyInitialized"
    message = _("The first forwarder is set; propose another instead.")


class ForwarderWithoutCode(ContractError):
    code = "forwarder-without-code"
    solidity = "ForwarderWithoutCode"
    message = _("{forwarder} is not a contract.")


class NoForwarderProposed(ContractError):
    code = "no-forwarder-proposed"
    solidity = "NoForwarderProposed"
    message = _("No forwarder is waiting to be believed.")


# --- Forwarder: who signed -----------------------------------------------------------------------------------------


class WrongNonce(ContractError):
    code = "nonce-out-of-turn"
    solidity = "InvalidAccountNonce"
    message = _("The request is out of turn: the next number of {account} is {currentNonce}.")


class WrongSignature(ContractError):
    code = "signature-refused"
    solidity = "InvalidSignature"
    message = _("The signature is not by {from}, or it is for another city.")


class RequestExpired(ContractError):
    code = "request-expired"
    solidity = "RequestExpired"
    message = _("The deadline of the request has passed. Sign it again.")


class ValueRefused(ContractError):
    code = "value-refused"
    solidity = "ValueRefused"
    message = _("A request can't carry money of the chain.")


class ForwarderNotTrusted(ContractError):
    code = "forwarder-not-trusted"
    solidity = "ForwarderNotTrusted"
    message = _("Signed requests are switched off at present; direct calls still work.")


class TargetNotRegistered(ContractError):
    code = "target-not-registered"
    solidity = "TargetNotRegistered"
    message = _("Signed requests can't call {target}.")


class InsufficientGas(ContractError):
    code = "insufficient-gas"
    solidity = "InsufficientGas"
    message = _("Too little gas was sent: {required} is needed.")


# --- Parameters: the city's numbers --------------------------------------------------------------------------------


class UnknownParameter(ContractError):
    code = "unknown-parameter"
    solidity = "UnknownParameter"
    message = _("There is no number named {name}.")


class ParameterExists(ContractError):
    code = "parameter-exists"
    solidity = "ParameterExists"
    message = _("The number {name} exists; its unit and bounds never change.")


class UnitMissing(ContractError):
    code = "unit-missing"
    solidity = "UnitMissing"
    message = _("The number {name} needs a unit.")


class BoundTooLarge(ContractError):
    code = "bound-too-large"
    solidity = "BoundTooLarge"
    message = _("The upper bound of {name} is larger than the record can hold.")


class OutOfBounds(ContractError):
    code = "out-of-bounds"
    solidity = "OutOfBounds"
    message = _("{name} must be from {min} to {max}, not {value}.")


class ParametersRetired(ContractError):
    code = "parameters-retired"
    solidity = "Retired"
    message = _("These numbers are closed. Their successor is {successor}.")


class SuccessorWithoutCode(ContractError):
    code = "successor-without-code"
    solidity = "SuccessorWithoutCode"
    message = _("{successor} is not a contract.")


# --- the bytes -----------------------------------------------------------------------------------------------------


class _Text(abi.Error, frozen=True):
    selector = bytes.fromhex("08c379a0")
    inputs = ("string",)
    text: str


class _Panic(abi.Error, frozen=True):
    selector = bytes.fromhex("4e487b71")
    inputs = ("uint256",)
    panic: int


def from_revert(data: bytes) -> ContractError:
    """The error for a revert's bytes; its arguments are details under their Solidity names, short bytes32 as text.

    Bytes that no installed part knows give a plain ContractError that names the selector; bytes that were cut short
    give the right class without details. Never raises.
    """
    if not data:
        return RefusedSilently()
    error, python = known().get(data[:4], (None, ContractError))
    if error is None:
        return ContractError(name="0x" + data[:4].hex())
    try:
        values = msgspec.structs.asdict(error.decode(data)).items()
    except ValueError:
        return python(name=error.__name__)
    details = {
        name.rstrip("_"): abi.text32(value) if kind == "bytes32" else value
        for kind, (name, value) in zip(error.inputs, values, strict=True)
    }
    return python(**{"name": error.__name__, **details})


@functools.cache
def known() -> dict[bytes, tuple[type[abi.Error], type[ContractError]]]:
    """Solidity errors of all artifacts by selector, each with its Python class; ContractError where one is missing."""
    classes = by_solidity_name()
    found: dict[bytes, tuple[type[abi.Error], type[ContractError]]] = {
        _Text.selector: (_Text, RefusedInWords),
        _Panic.selector: (_Panic, ContractFault),
    }
    for name in all_artifacts():
        for member in vars(bindings(name)).values():
            if isinstance(member, type) and issubclass(member, abi.Error):
                found[member.selector] = (member, classes.get(member.__name__, ContractError))
    return found


@functools.cache
def by_solidity_name() -> dict[str, type[ContractError]]:
    """The ContractErrors of the installed parts by the Solidity error that each stands for."""
    for config in apps.get_app_configs():
        module = f"{config.name}.errors"
        if config.name.startswith("citychain.") and importlib.util.find_spec(module):
            importlib.import_module(module)
    return {python.solidity: python for python in _subclasses(ContractError) if python.solidity}


def _subclasses(of: type[ContractError]) -> Iterator[type[ContractError]]:
    for python in of.__subclasses__():
        yield python
        yield from _subclasses(python)
