"""A whole network on one machine, for trial: every member in a folder of its own, all under one supervisor.

<home>/network/files     what all members share (creating.py)
<home>/network/<member>  a member's own keys and data (members.py)
"""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from citychain.chain.keystore import load_or_create
from citychain.network.genesis import draw_chain_id
from citychain.network.supervised import supervise

from . import creating, running, stakes
from .clients import Clients
from .constants import Choices
from .creating import Agreement
from .members import make_keys

#: Members of a trial, and the validators of each.
MEMBERS, VALIDATORS = 4, 16
#: The first member's first port, and the ports of one member. The beacon nodes' are another thousand above.
FIRST_PORT, PORTS, BEACONS = 30_300, 10, 1_000
#: Keys of the city in whose state folder the trial is, and what each has for gas, in wei: too little to buy a vote.
FUNDED, ALLOWANCE = ("deployer", "relayer", "relayer-2"), 9 * 10**17
#: Seconds until genesis, and as many again as the keys took: long enough for every client to be up, on slow machines
#: too. Prysm that begins an epoch after genesis waits 200 s for somebody who is ahead.
LEAD = 45


def make(home: Path, clients: Clients, say: Callable[[str], None], **chosen: int) -> Agreement:
    """The trial network below `home`, made when it is missing: keys of four members, one agreement that all sign."""
    network = home / "network"
    files = network / "files"
    if (files / "manifest.json").exists() and not creating.verify(files):
        return creating.load_agreement(files)
    say(f"Making the keys of {MEMBERS} members with {VALIDATORS} validators each")
    choices = Choices(
        name="citychaintrial",
        chain_id=chosen.pop("chain_id", 0) or draw_chain_id(),
        genesis_time=1,
        **chosen,
    )
    first, begun = FIRST_PORT, time.time()
    members = [
        make_keys(
            network / f"member-{number}",
            name=f"member-{number}",
            validators=VALIDATORS,
            host="127.0.0.1",
            execution_port=first + PORTS * number,
            consensus_port=first + BEACONS + PORTS * number,
            fork_version=choices.fork_version,
        )
        for number in range(1, MEMBERS + 1)
    ]
    now = time.time()
    choices = msgspec.structs.replace(choices, genesis_time=int(now + LEAD + now - begun))
    say("Each member makes genesis alone, compares and signs")
    accounts = {load_or_create(home / "keys", name).address: ALLOWANCE for name in FUNDED}
    institutions = stakes.foretold(load_or_create(home / "keys", FUNDED[0]).address)
    creating.create(files, Agreement(choices, members, accounts, institutions=institutions), clients)
    for member in members:
        creating.agree(files, network / member.name, member, clients)
    return creating.load_agreement(files)


def processes(home: Path, agreement: Agreement, clients: Clients) -> dict[str, list[str]]:
    """All members' processes, by "member-process", every member prepared."""
    network, found = home / "network", {}
    for member in agreement.members:
        folder = network / member.name
        running.prepare(folder, network / "files", clients)
        running.write_peers(folder, member, agreement.members)
        mine = running.processes(folder, network / "files", member, agreement.members, agreement.choices, clients)
        found.update({f"{member.name}-{name}": command for name, command in mine.items()})
    return found


def up(home: Path, agreement: Agreement, clients: Clients, say: Callable[[str], None]) -> int:
    """Runs all members in the foreground until SIGTERM or Ctrl-C. Raises KeysInUse when they run already."""
    network = home / "network"
    commands = processes(home, agreement, clients)
    for member in agreement.members:
        running.refuse_doubles(network / member.name, member)
    say(f"{len(agreement.members)} members run; their JSON-RPC: {network}/member-*/execution.ipc")
    return supervise(network, commands, {})
