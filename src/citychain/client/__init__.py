"""A city from Python: read its record, sign with a key of one's own, follow what becomes of it (docs/client.md).

    City                  a connection
    |- Refusal            the city says no: the problem's code, detail, field (RFC 9457); `retry`, may it help?
    |- Unreachable        no answer
    |- Untrustworthy      what the city prepared is not what was asked for: nothing was signed
    `- NotEnded           a request did not end in time; it goes on

Needs no Django and no settings: httpx, msgspec, and the house's own signing.
"""

from citychain.chain.keys import Key

from .city import City
from .errors import NotEnded, Refusal, Unreachable, Untrustworthy
from .records import Account, Bank, Contract, Function, Institution, Payment, Prepared, Request, Status, Title

__all__ = [
    "Account",
    "Bank",
    "City",
    "Contract",
    "Function",
    "Institution",
    "Key",
    "NotEnded",
    "Payment",
    "Prepared",
    "Refusal",
    "Request",
    "Status",
    "Title",
    "Unreachable",
    "Untrustworthy",
]
