"""What can go wrong with the embedded node and its gate."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import Conflict, ContractError, Damaged, InvalidInput, Unavailable


class GenesisRefused(InvalidInput):
    """A genesis with values that this network may not have. Nothing was written."""

    code = "genesis-refused"


class JournalDamaged(Damaged):
    """The journal is not what was written. `block` is the first block that can't be trusted; nothing was changed."""

    code = "journal-damaged"
    message = _("The journal is damaged at block {block}: {reason}. Restore it from a backup; nothing was changed.")


class NodeRunning(Conflict):
    """Another process holds the state folder's lock."""

    code = "node-running"
    message = _("A node already runs on this state folder ({home}).")


class NodeUnavailable(Unavailable):
    """The node does not answer on its socket. What it had called final is in the journal."""

    code = "engine-unavailable"
    message = _("The node does not answer: {reason}")


class NodeRefused(Conflict):
    """The node answered a call with a JSON-RPC error."""

    code = "node-refused"
    message = _("The node refused {method}: {reason}")


class BlockTimeRefused(InvalidInput):
    """A block must be later than its parent."""

    code = "block-time-refused"
    message = _("A block after {parent} can't have the time {time}.")


class ReorgRefused(Conflict):
    """A final block never changes."""

    code = "reorg-refused"
    message = _("Block {block} is below the final block.")


class StorageFull(Unavailable):
    """The journal could not be written. The block was not called final and is dropped at the next start."""

    code = "storage-full"
    message = _(
        "The journal can't be written ({reason}). Make room, or mend the disk, and start again; nothing final was lost."
    )


class CarryingRefused(InvalidInput):
    """A state can't be carried to another network, or is not what its manifest says."""

    code = "carrying-refused"
    message = _("The journal's state can't be carried over: {reason}.")


class DepositInvalid(ContractError):
    code = "deposit-invalid"
    solidity = "DepositInvalid"
    message = _("A validator's key has 48 bytes and its signature 96, not {keyLength} and {signatureLength}.")


class ValidatorKnown(ContractError):
    code = "validator-known"
    solidity = "ValidatorKnown"
    message = _("This validator's key votes already, or did. Draw another key.")


class NoStakeLeft(ContractError):
    code = "no-stake-left"
    solidity = "NoStakeLeft"
    message = _(
        "Institution {institution} has placed {placed} of the {stakes} validators that the council granted it, or must "
        "wait for the end of a notice."
    )


class NotGuardian(ContractError):
    code = "not-guardian"
    solidity = "NotGuardian"
    message = _("{account} is not a guardian of the city.")


class NoGrantWaits(ContractError):
    code = "no-grant-waits"
    solidity = "NoGrantWaits"
    message = _("No grant to institution {institution} waits for the end of a notice.")
