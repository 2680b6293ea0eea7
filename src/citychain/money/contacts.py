"""Names that somebody gave to accounts: their own words, seen by nobody else."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from citychain.errors import InvalidInput
from citychain.identity.acting import Actor

from .models import Contact

#: Contacts of one actor.
MOST = 500


def _owner(actor: Actor) -> str:
    return f"persona:{actor.persona.id}" if actor.persona else actor.accounts[0]


def of(actor: Actor) -> QuerySet[Contact]:
    """By name."""
    return Contact.objects.filter(owner=_owner(actor)).order_by("name")


def names(actor: Actor) -> dict[str, str]:
    """The actor's names by account."""
    return dict(of(actor).values_list("account", "name"))


@transaction.atomic
def keep(actor: Actor, account: str, name: str) -> Contact:
    """Adds the account under this name, or renames it. Raises InvalidInput when the name is another account's, or when
    there are MOST already."""
    mine = of(actor)
    if mine.filter(name__iexact=name).exclude(account=account).exists():
        raise InvalidInput(field="name", reason=_("another of your contacts has this name"))
    if not mine.filter(account=account).exists() and mine.count() >= MOST:
        raise InvalidInput(field="name", reason=_("you have as many contacts as can be kept"))
    return Contact.objects.update_or_create(owner=_owner(actor), account=account, defaults={"name": name})[0]


def forget(actor: Actor, account: str) -> None:
    of(actor).filter(account=account).delete()
