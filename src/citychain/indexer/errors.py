"""Why the indexer stops on purpose. None is cured by trying again: a person must look.

Damaged
|- ProjectionFailed      a use case's projection raised, or asked for what can't be done
|- ReorgBelowFinal       the chain contradicts what it called final
|- MembersDisagree       two members of the network tell the same block differently
`- UndoImpossible        stored before-images do not fit the tables
CityError
|- RebuildNeeded         the read model was made without a contract, or by an older program
|  `- ReprojectionNeeded some parts of it were made by other projections
|- IndexerRunning        the read model can't be replaced while the indexer writes it
`- NotRebuilt            nothing to rebuild from, or the chain kept changing
"""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Damaged


class ProjectionFailed(Damaged):
    """Details: block, log_index (in the block), tx, subscription, cause."""

    code = "projection-failed"
    message = _("Block {block}, log {log_index} (transaction {tx}): {subscription} failed: {cause}")


class ReorgBelowFinal(Damaged):
    """Details: block, the number at which chain and read model part; final, the last that was final."""

    code = "reorg-below-final"
    message = _("The chain has another block {block} than the one read before, but block {final} was final already.")


class MembersDisagree(Damaged):
    """Details: block; what, the part of it that differs."""

    code = "members-disagree"
    message = _(
        "Two members of the network tell block {block} differently ({what}). One of them lies, or its database was "
        "changed. Nothing of it was read; a person must find out which."
    )


class UndoImpossible(Damaged):
    """Details: table."""

    code = "undo-impossible"
    message = _("Stored earlier rows of {table} do not fit the table as it is now. Run: citychain rebuild")


class RebuildNeeded(CityError):
    """Details: reason."""

    code = "rebuild-needed"
    message = _("The read model must be made anew from the chain: {reason}.")


class ReprojectionNeeded(RebuildNeeded):
    """Details: parts, labels of the apps whose tables must be made anew, those gone among them; reason."""

    code = "reprojection-needed"


class IndexerRunning(CityError):
    code = "indexer-running"
    status = 409
    message = _("The indexer is running and writes the read model. Stop the city first (make down).")


class NotRebuilt(CityError):
    """Details: reason."""

    code = "not-rebuilt"
    status = 503
    message = _("The read model was not rebuilt: {reason}")
