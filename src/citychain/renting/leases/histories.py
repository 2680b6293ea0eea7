"""A tenant's history of one lease, as a file that the tenant owns. docs/renting.md

The tenant signs what the record says about their lease, with the account that they rented with (EIP-712). Whoever gets
the file from them checks the signature, and every fact against the record: a true signature under other facts is found.
Nothing of it is stored here, and nobody else can ask for it.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.codec import encode
from citychain.chain.forwarding import Domain
from citychain.chain.hashing import keccak
from citychain.chain.rpc import connect
from citychain.errors import InvalidInput
from citychain.indexer import queries as index
from citychain.outbox import checks

from . import queries, schedule
from .models import Lease, LeaseParty, LeaseStep
from .rents_models import LateFee, SettlementPart

KIND, VERSION = "citychain-tenant-history", 1
DOMAIN_NAME = "citychain tenant histories"
TYPE = b"TenantHistory(uint64 leaseId,address tenant,bytes32 content,uint48 issued,uint48 expires)"
DAY, BEIJING = 86_400, 8 * 3_600
#: A file says nothing any more so many days after the lease's end.
MOST_DAYS = 5 * 365
#: The longest file that is read, in bytes; one has a note of NOTE characters at most.
MOST_BYTES, NOTE = 65_536, 1_000


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says. `facts` are those of facts(), `record` the block up to which the record was read; times in UTC
    seconds. `signature` is 0x and hex, empty while it isn't signed."""

    chain: int
    contract: str
    lease: int
    tenant: str
    issued: int
    expires: int
    record: dict[str, Any]
    facts: dict[str, Any]
    note: str = ""
    kind: str = KIND
    version: int = VERSION
    signature: str = ""


class Fact(NamedTuple):
    """One fact as the file and as the record says it."""

    name: str
    told: Any
    found: Any

    @property
    def fits(self) -> bool:
        return bool(self.told == self.found)


class Checked(NamedTuple):
    """What became of a check: whether the tenant's account signed it, whether that account rented this lease, whether
    it is of this city, whether its time is over, and each fact."""

    history: History
    signed: bool
    rented: bool
    here: bool
    expired: bool
    facts: list[Fact]

    @property
    def fits(self) -> bool:
        return self.signed and self.rented and self.here and not self.expired and all(one.fits for one in self.facts)


# --- what the record says --------------------------------------------------------------------------------------------


def facts(row: Lease, at: int, *, amounts: bool) -> dict[str, Any]:
    """What the record says at a time (UTC seconds): days as dates, rents as numbers of months; with `amounts` fen too.
    A month is late once its days of grace are over."""
    day = (at + BEIJING) // DAY
    delays = _delays(row, at, day)
    late = [delay for delay in delays if delay is None or delay > row.grace_days]
    parts = queries.settlement(row.id)
    found = {
        "lease": int(row.id),
        "first_day": schedule.to_date(row.from_day).isoformat(),
        "last_day": schedule.to_date(row.to_day - 1).isoformat(),
        "ended": bool(row.to_day <= day),
        "months_due": len(delays),
        "months_on_time": len(delays) - len(late),
        "months_late": len([delay for delay in late if delay is not None]),
        "months_open": len([delay for delay in delays if delay is None]),
        "longest_delay_days": max([delay for delay in delays if delay is not None], default=0),
        "late_fees": LateFee.objects.filter(lease=row.id).exclude(state=LateFee.State.WAIVED).count(),
        "deposit": _deposit(row, parts),
        "disputes": _disputes(row),
    }
    return found | ({"rent": int(row.rent), "deposit_fen": int(row.deposit)} if amounts else {})


def _delays(row: Lease, at: int, day: int) -> list[int | None]:
    """For each month whose rent was due by then, how many days later all of it was there; None while it isn't."""
    covered = [(row.handed_over_at, int(row.first_rent))]
    for step in LeaseStep.objects.filter(lease=row.id, time__lte=at).order_by("id"):
        if "covered" in step.told:
            covered.append((step.time, int(step.told["covered"])))
    total, found = 0, []
    for month in queries.months(row):
        total += month.amount
        if month.due_day > day:
            break
        since: int | None = None
        for time, sum_ in covered:
            since = None if sum_ < total else time if since is None else since
        found.append(None if since is None else max((since + BEIJING) // DAY - month.due_day, 0))
    return found


def _deposit(row: Lease, parts: Mapping[str, SettlementPart]) -> str:
    if row.held:
        return "in settlement" if parts else "held"
    kept = sum(one.accepted + one.granted for part in parts for one in queries.items(row.id, part))
    return "returned whole" if not kept else f"{100 - kept * 100 // max(row.deposit, 1)} % returned"


def _disputes(row: Lease) -> list[str]:
    """What was contested, and how it ended, in the words of the contracts."""
    events = ("ClaimsContested", "ClaimsDecided", "LateFeeContested", "LateFeeDecided", "TerminationContested",
              "TerminationDecided", "ClaimsTakenToCourt", "CourtAwarded", "CourtEnded")  # fmt: skip
    return list(LeaseStep.objects.filter(lease=row.id, event__in=events).order_by("id").values_list("event", flat=True))


def draft(row: Lease, tenant: str, *, days: int, amounts: bool, note: str) -> History:
    """A file to be signed, valid for so many days, and never longer than MOST_DAYS after the lease's end."""
    book, head, now = AddressBook.load(), index.head(), clock.now()
    last = row.to_day * DAY - BEIJING + MOST_DAYS * DAY
    return History(
        chain=book.chain_id,
        contract=book.address("Leases"),
        lease=int(row.id),
        tenant=tenant,
        issued=now,
        expires=min(now + days * DAY, last),
        record={"block": head.block, "hash": head.hash},
        facts=facts(row, now, amounts=amounts),
        note=note,
    )


# --- signing and checking --------------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """JSON by RFC 8785 for what a history holds: strings, whole numbers, booleans, lists, and names in ASCII."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _message(found: History) -> dict[str, Any]:
    content = keccak(canonical({"facts": found.facts, "note": found.note, "record": found.record}))
    return {
        "leaseId": found.lease,
        "tenant": found.tenant,
        "content": "0x" + content.hex(),
        "issued": found.issued,
        "expires": found.expires,
    }


def digest(found: History) -> bytes:
    """The 32 bytes that the tenant signs."""
    kinds = ("bytes32", "uint64", "address", "bytes32", "uint48", "uint48")
    words = encode(kinds, ["0x" + keccak(TYPE).hex(), *_message(found).values()])
    return _domain(found).digest(keccak(words))


def typed_data(found: History) -> dict[str, Any]:
    """The same for a wallet: the argument of eth_signTypedData_v4."""
    return _domain(found).typed_data("TenantHistory", TYPE, _message(found))


def _domain(found: History) -> Domain:
    return Domain(found.chain, found.contract, DOMAIN_NAME)


def signed(found: History, signature: bytes) -> History:
    """The file with its signature. Raises InvalidInput where it isn't the tenant's, NodeUnavailable."""
    if not _is_signed(found, signature):
        raise InvalidInput(field="signature", reason=_("it isn’t one of the account that rented"))
    return msgspec.structs.replace(found, signature="0x" + signature.hex())


def _is_signed(found: History, signature: bytes) -> bool:
    checks.check_signature(signature)
    what = digest(found)
    if checks.signed_by_key(found.tenant, what, signature):
        return True
    return bool(checks.signed_by_wallet(connect(), [(found.tenant, what, signature)])[0])


def to_file(found: History) -> str:
    return json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2) + "\n"


def from_file(content: bytes) -> History:
    """Raises InvalidInput by field: a file that is too long, no JSON, or has missing, unknown or wrong fields."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(field="file", reason=_("a history has at most 64 KB"))
    try:
        found = msgspec.json.decode(content, type=History)
        valid = found.kind == KIND and found.version == VERSION
        encode(("uint64", "address", "address", "uint48", "uint48"), [
            found.lease, found.tenant, found.contract, found.issued, found.expires,
        ])  # fmt: skip
        bytes.fromhex(found.signature.removeprefix("0x"))
        canonical(found.facts)
    except (msgspec.MsgspecError, ValueError, TypeError, UnicodeError) as problem:
        raise InvalidInput(field="file", reason=str(problem)) from problem
    if not valid:
        raise InvalidInput(field="kind", reason=_("it is no history of a tenant, or one of a newer version"))
    return found


def check(found: History) -> Checked:
    """What this city's record says about a file. Facts about rent are compared as of the file's time, others as of now.
    Raises NodeUnavailable."""
    book = AddressBook.load()
    here = (found.chain, found.contract.lower()) == (book.chain_id, book.address("Leases").lower())
    row = Lease.objects.filter(id=found.lease).first() if here else None
    rented = LeaseParty.objects.filter(
        lease=found.lease, side=LeaseParty.Side.TENANT, account__iexact=found.tenant
    ).exists()
    told = found.facts
    now = facts(row, min(found.issued, clock.now()), amounts="rent" in told or "deposit_fen" in told) if row else {}
    names = [*now, *(name for name in told if name not in now)]
    try:
        is_signed = _is_signed(found, bytes.fromhex(found.signature.removeprefix("0x")))
    except InvalidInput:
        is_signed = False
    return Checked(
        found,
        is_signed,
        bool(row) and rented,
        here,
        found.expires <= clock.now(),
        [Fact(name, told.get(name), now.get(name)) for name in names],
    )
