"""Who acts in the simulation. Keys follow from names, and institutions have the ids in which they are founded."""

from citychain.chain.hashing import keccak
from citychain.chain.keys import Key

#: Ids follow the order of accreditation; 1 is the council, which is a Safe.
COUNCIL, REGISTRAR, SUPERVISOR, COURT, OTHER_COURT, BANK, OTHER_BANK, EMPLOYER = range(1, 9)
KINDS = {
    COUNCIL: "council",
    REGISTRAR: "registrar",
    SUPERVISOR: "supervisor",
    COURT: "court",
    OTHER_COURT: "court",
    BANK: "bank",
    OTHER_BANK: "bank",
    EMPLOYER: "employer",
}
BANKS = (BANK, OTHER_BANK)
#: Whom the supervisor accredits; the council accredits the others.
SUPERVISED = BANKS
FOREVER = 2**48 - 1
#: What every resident has at each bank, and what each bank lends the other, in fen.
FIRST_BALANCE, LIMIT = 100_000, 150_000


def key(name: str) -> Key:
    """The key of this name, the same in every run: worth nothing outside the simulation."""
    return Key(keccak(b"citychain simulation " + name.encode()))


RESIDENTS = [key(f"resident {number}") for number in range(8)]
#: People without an account at any bank.
STRANGERS = [key(f"stranger {number}") for number in range(3)]
#: Homes registered before the first request: town, commitment, owners with their shares and whether they must consent.
HOMES = [
    (130_000_001, "0x" + keccak(b"deed %d" % number).hex(), [(RESIDENTS[number].address, 10_000, True)])
    for number in range(4)
]
#: The first key of each institution but the council.
OFFICERS = {institution: key(f"officer {institution}") for institution in KINDS if institution != COUNCIL}
