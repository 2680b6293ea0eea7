"""What can go wrong when institutions make and run their network."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Conflict, Damaged, InvalidInput


class ToolMissing(CityError):
    """Building the clients needs a program that this machine does not have."""

    code = "tool-missing"
    message = _("Building the network's clients needs {tool}, which was not found. {remedy}")


class ClientNotBuilt(CityError):
    """A client could not be built, or is not what was asked for. Nothing of it was kept."""

    code = "client-not-built"
    message = _("{client} {version} could not be built: {reason}")


class MemberRefused(InvalidInput):
    """What a member handed over is incomplete or false. Nothing was written."""

    code = "member-refused"
    message = _("Member {member}: {field} {reason}.")


class NetworkRefused(InvalidInput):
    """The network's own values do not fit together. Nothing was written."""

    code = "network-refused"
    message = _("{field} {reason}.")


class NetworkDiffers(Conflict):
    """The files of a network are not what its members make of the same inputs."""

    code = "network-differs"
    message = _("{file} differs from what follows from the members' inputs. Do not start this network.")


class KeysInUse(Conflict):
    """Validators with these keys run already: a second one would be slashed."""

    code = "keys-in-use"
    message = _("The validators of {member} already run ({where}). Two with the same keys would be slashed.")


class NotReady(Conflict):
    """An institution's node may not start as things are. Nothing was started."""

    code = "member-not-ready"
    message = _("{member} can't start: {reason}.")


class ProofRefused(InvalidInput):
    """A proof of finality does not hold."""

    code = "proof-refused"
    message = _("The proof does not hold: {field} {reason}.")


class FinalityBroken(Damaged):
    """The member's client says something else about a block that was final: it lies, or its database was changed."""

    code = "finality-broken"
    message = _("Block {block} was final as {was}; this member now says {found}. The city stops until a person looks.")


class TrialStuck(CityError):
    """What a trial waits for does not happen. Its processes are ended; logs are kept."""

    code = "trial-stuck"
    message = _("The trial waited {seconds} s in vain: {what}. The members' logs are in network/logs.")
