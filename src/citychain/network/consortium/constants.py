"""The values of a city's network, from a few choices, with reasons (docs/network.md).

Ethereum's own values are per epoch, and an epoch of mainnet lasts 384 s. Ours is shorter, so everything that means a
time is scaled to the same time.
"""

import math
from typing import Any

import msgspec

from citychain.network.genesis import GAS_LIMIT, HARDFORK

from .errors import NetworkRefused

DAY = 86_400
#: The address that clients watch for new validators: StakeDeposits.sol, where only who was granted a stake places one.
DEPOSIT_ADDRESS = "0x4242424242424242424242424242424242424242"
FORKS = ("altair", "bellatrix", "capella", "deneb", "electra", "fulu")
#: A blob carries what a rollup posts; the city has none, but clients want the table. Values of Prague.
BLOBS = {"target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716}


class Choices(msgspec.Struct, frozen=True):
    """What the coordinator chooses; all else follows. `genesis_time` in UTC seconds, `slot` in seconds: with one of 1 s
    Prysm 7.0.0 ends at genesis (it looks for attestations a second before each slot)."""

    name: str
    chain_id: int
    genesis_time: int
    slot: int = 2
    slots_per_epoch: int = 32
    gas_limit: int = GAS_LIMIT

    def check(self) -> None:
        """Raises NetworkRefused."""
        for field, good, reason in (
            ("name", self.name.isascii() and self.name.isalnum(), "must be ASCII letters and digits"),
            ("chain_id", 0 < self.chain_id < 2**53, "must lie between 1 and 2**53 - 1"),
            ("genesis_time", self.genesis_time > 0, "must be UTC seconds above zero"),
            ("slot", 2 <= self.slot <= 12, "must be 2 to 12 seconds"),
            ("slots_per_epoch", self.slots_per_epoch in (8, 16, 32), "must be 8, 16 or 32"),
            ("gas_limit", 30_000_000 <= self.gas_limit <= 200_000_000, "must be 30 to 200 million"),
        ):
            if not good:
                raise NetworkRefused(field=field, reason=reason)

    @property
    def fork_version(self) -> bytes:
        """Of genesis, part of what deposits sign: a deposit for one network is worth nothing in another."""
        return b"\x10" + (self.chain_id % 2**24).to_bytes(3, "big")

    def epochs(self, seconds: int) -> int:
        """So many, at least one, last that long."""
        return max(1, math.ceil(seconds / (self.slot * self.slots_per_epoch)))


def consensus(choices: Choices, validators: int) -> dict[str, Any]:
    """The consensus clients' configuration. All else is as in consensus-specs, configs/mainnet.yaml."""
    versions = {f"{fork.upper()}_FORK_VERSION": _version(choices, number) for number, fork in enumerate(FORKS, 1)}
    return {
        "CONFIG_NAME": choices.name,
        "PRESET_BASE": "mainnet",
        "SECONDS_PER_SLOT": choices.slot,
        "SLOTS_PER_EPOCH": choices.slots_per_epoch,
        "DEPOSIT_CHAIN_ID": choices.chain_id,
        "DEPOSIT_NETWORK_ID": choices.chain_id,
        "DEPOSIT_CONTRACT_ADDRESS": DEPOSIT_ADDRESS,
        "TERMINAL_TOTAL_DIFFICULTY": 0,
        "GENESIS_FORK_VERSION": _version(choices, 0),
        **versions,
        **{f"{fork.upper()}_FORK_EPOCH": 0 for fork in FORKS},
        "MIN_GENESIS_ACTIVE_VALIDATOR_COUNT": validators,
        # Rewards would shift votes from whoever is offline to whoever is not: they are as small as they can be.
        "BASE_REWARD_FACTOR": 1,
        "INACTIVITY_PENALTY_QUOTIENT_BELLATRIX": _leak(choices),
        # A validator that leaves can still be slashed for this long: evidence must find its way to a block.
        "MIN_VALIDATOR_WITHDRAWABILITY_DELAY": choices.epochs(DAY),
        "SHARD_COMMITTEE_PERIOD": choices.epochs(DAY),
        # A member that was away so long can still ask its neighbours for every block.
        "MIN_EPOCHS_FOR_BLOCK_REQUESTS": choices.epochs(150 * DAY),
        "ETH1_FOLLOW_DISTANCE": 8,
    }


def execution(choices: Choices, alloc: dict[str, Any]) -> dict[str, Any]:
    """The execution clients' genesis (go-ethereum's format). `alloc` holds the first state, with the contracts that the
    protocol itself calls (EIP-2935, 4788, 7002, 7251)."""
    blocks = ["homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul"]
    forks = ["shanghai", "cancun", "prague", HARDFORK]
    return {
        "config": {
            "chainId": choices.chain_id,
            **{f"{fork}Block": 0 for fork in [*blocks, "berlin", "london", "mergeNetsplit"]},
            "terminalTotalDifficulty": 0,
            **{f"{fork}Time": 0 for fork in forks},
            "depositContractAddress": DEPOSIT_ADDRESS,
            "blobSchedule": dict.fromkeys(forks[1:], BLOBS),
        },
        "nonce": "0x0",
        "timestamp": hex(choices.genesis_time),
        "extraData": "0x",
        "gasLimit": hex(choices.gas_limit),
        "difficulty": "0x0",
        "mixHash": "0x" + "00" * 32,
        "coinbase": "0x" + "00" * 20,
        "baseFeePerGas": hex(10**9),
        "alloc": alloc,
    }


def yaml(values: dict[str, Any]) -> str:
    """The configuration as consensus clients read it: one value a line."""
    return "".join(
        f'{name}: "{value}"\n' if name.endswith("ADDRESS") else f"{name}: {value}\n" for name, value in values.items()
    )


def _leak(choices: Choices) -> int:
    """The quotient by which whoever is offline loses less than a thousandth of its stake in 30 days without finality.

    While finality fails, the offline lose stake until the others are two thirds (score 4 more each epoch, penalty
    stake * score / (4 * quotient): epochs**2 / (2 * quotient) in all). Mainnet's 2**24 would make both halves of a torn
    network finalise, each its own history, within days.
    """
    return int(2 ** math.ceil(math.log2(choices.epochs(30 * DAY) ** 2 / 2 * 1_000)))


def _version(choices: Choices, number: int) -> str:
    """Four bytes, one value for each fork of each network."""
    return "0x" + (bytes([0x10 + number]) + choices.fork_version[1:]).hex()
