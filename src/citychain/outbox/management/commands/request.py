"""citychain request submit|show|list: signed requests from the command line, of this city or of one at an address."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.forwarding import ForwardRequest
from citychain.client import City, Refusal, Unreachable
from citychain.errors import CityError
from citychain.outbox import queries, services
from citychain.outbox.errors import MalformedField
from citychain.outbox.models import Request


class Fields(msgspec.Struct, forbid_unknown_fields=True):
    """The message of the typed data that was signed, as `prepare` gives it."""

    from_: str = msgspec.field(name="from")
    to: str
    gas: int
    nonce: int
    deadline: int
    data: str
    value: int = 0


class Signed(msgspec.Struct, forbid_unknown_fields=True):
    """What `request submit` reads."""

    request: Fields
    signature: str


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = "Submit a signed request, show one with its whole story, or list them."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        submit = actions.add_parser(
            "submit", help='a JSON file, "-" for standard input: {"request": {…}, "signature": …}'
        )
        submit.add_argument("file")
        submit.add_argument("--key", help="idempotency key")
        show = actions.add_parser("show", help="one request and its story")
        show.add_argument("id")
        listing = actions.add_parser("list", help="requests, the newest first")
        listing.add_argument("--state", choices=Request.State.values)
        listing.add_argument("--age", type=int, help="received at least so many seconds ago, the oldest first")
        listing.add_argument("--signer")
        listing.add_argument("--limit", type=int, default=20)
        for action in (submit, show, listing):
            action.add_argument("--json", action="store_true")
        for action in (show, listing):
            action.add_argument("--city", metavar="URL", help="ask the city at this address instead of the one here")

    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("city"):
            _ask(options)
            return
        try:
            if options["action"] == "list":
                self._list(options)
                return
            if options["action"] == "submit":
                request = services.submit(*_read(options["file"]), key=options["key"])
            else:
                request = queries.by_id(options["id"])
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            print(json.dumps(_plain(request, story=True), ensure_ascii=False, indent=1))
        else:
            _print(request)

    def _list(self, options: dict[str, Any]) -> None:
        found = queries.newest()
        if options["state"]:
            found = found.filter(state=options["state"])
        if options["signer"]:
            found = found.filter(signer=options["signer"].lower())
        if options["age"] is not None:
            found = found.filter(created__lte=clock.now() - options["age"]).order_by("created", "nonce", "id")
        rows = list(found[: options["limit"]])
        if options["json"]:
            print(json.dumps([_plain(request, story=False) for request in rows], ensure_ascii=False, indent=1))
            return
        for request in rows:
            received = f"{clock.local_time(request.created):%Y-%m-%d %H:%M:%S}"
            print(f"{request.id}  {request.state:8}  {received}  {request.reason}")


def _ask(options: dict[str, Any]) -> None:
    """`show` and `list` by a city's API, as it answers. Exit status 2 for what only its own machine tells."""
    try:
        with City(options["city"], language=get_language() or "en") as city:
            if options["action"] == "show":
                found = city.read(f"/requests/{options['id']}")
            else:
                if not options["signer"] or options["state"] or options["age"] is not None:
                    raise CommandError("--city lists by --signer and --limit alone.", returncode=2)
                found = city.read("/requests", signer=options["signer"], limit=options["limit"])["requests"]
    except (Refusal, Unreachable) as problem:
        raise CommandError(str(problem)) from problem
    if options["json"]:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for request in [found] if options["action"] == "show" else found:
        print(f"{request['id']}  {request['state']:8}  {request['created']['text']}  {request['reason']}")
        for line in request["history"] if options["action"] == "show" else []:
            print(f"  {line['time']['text']}  {line['state']:8}  {line['detail']}")


def _read(file: str) -> tuple[ForwardRequest, bytes]:
    """Raises MalformedField; a file that is not what it should be is bad use, status 2."""
    try:
        content = sys.stdin.read() if file == "-" else Path(file).read_text()
        signed = msgspec.json.decode(content, type=Signed)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as problem:
        raise CommandError(f"{file}: {problem}", returncode=2) from problem
    fields = signed.request
    if fields.value:
        raise MalformedField(field="value", reason=_("a request carries no value"))
    request = ForwardRequest(
        fields.from_.lower(), fields.to.lower(), fields.gas, fields.nonce, fields.deadline, _bytes("data", fields.data)
    )
    return request, _bytes("signature", signed.signature)


def _bytes(field: str, text: str) -> bytes:
    if not re.fullmatch(r"0x([0-9a-fA-F]{2})*", text):
        raise MalformedField(field=field, reason=_("it is not hex with 0x"))
    return bytes.fromhex(text[2:])


def _plain(request: Request, *, story: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": str(request.id),
        "state": request.state,
        "reason_code": request.reason_code,
        "reason": request.reason,
        "digest": request.digest,
        "signer": request.signer,
        "target": request.target,
        "selector": request.selector,
        "nonce": request.nonce,
        "gas": request.gas,
        "deadline": request.deadline,
        "created": request.created,
        "tx": request.tx,
        "block": request.block,
    }
    if story:
        plain["story"] = [
            {"at": event.at, "state": event.state, "code": event.code, "detail": event.detail}
            for event in request.events.order_by("id")
        ]
    return plain


def _print(request: Request) -> None:
    for name, value in _plain(request, story=False).items():
        if value not in ("", None):
            print(f"{name:12} {value}")
    for event in request.events.order_by("id"):
        print(f"  {clock.local_time(event.at):%Y-%m-%d %H:%M:%S}  {event.state:8}  {event.detail}")
