"""What the city itself says at the end of an episode, as plain data for the checks."""

import json
from pathlib import Path
from typing import Any

from django.db.models import Model

from citychain.identity.models import Institution, InstitutionKey
from citychain.indexer.models import Progress
from citychain.money.models import Account, Bank, Hold, Position, Withdrawal
from citychain.outbox.models import Executed, Request
from citychain.renting.models import Encumbrance, Title, TitleOwner

ROWS: dict[str, type[Model]] = {
    "banks": Bank,
    "accounts": Account,
    "holds": Hold,
    "withdrawals": Withdrawal,
    "positions": Position,
    "institutions": Institution,
    "keys": InstitutionKey,
    "titles": Title,
    "owners": TitleOwner,
    "encumbrances": Encumbrance,
    "progress": Progress,
}


def look(path: str) -> None:
    """Writes every request with its story, what spent each nonce in the chain's order, and the read model's rows."""
    found: dict[str, list[dict[str, Any]]] = {name: _rows(model) for name, model in ROWS.items()}
    found["requests"] = [
        {
            "digest": request.digest,
            "signer": request.signer,
            "nonce": request.nonce,
            "state": request.state,
            "reason": request.reason_code,
            "deadline": request.deadline,
            "story": [event.state for event in request.events.order_by("id")],
        }
        for request in Request.objects.order_by("created", "id")
    ]
    found["executed"] = [dict(row) for row in Executed.objects.order_by("block", "log_index").values()]
    Path(path).write_text(json.dumps(found))


def _rows(model: type[Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())
