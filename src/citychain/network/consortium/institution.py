"""One institution's node, on the institution's own machine: its three clients, and a gate before the execution client.

<member's folder>        keys and data of the clients (members.py)
<member's folder>/gate   what the gate knows: where the client's socket is, and what is final (following.py)

What `citychain network node` checks before it starts anything, the systemd unit and the packet filter that it prints.
"""

import socket
import sys
from pathlib import Path

import msgspec

from citychain.chain.worker import STOPPED_ON_PURPOSE
from citychain.network.supervised import supervise

from . import clock, creating, members, running
from .clients import Clients
from .constants import Choices
from .errors import MemberRefused, NotReady
from .members import Member
from .running import Ports


class Institution(msgspec.Struct, frozen=True):
    """A member, its own folder, and the folder with the network's files."""

    member: Member
    folder: Path
    network: Path
    choices: Choices
    others: list[Member]


def load(network: Path, folder: Path) -> Institution:
    """Raises NetworkDiffers for an altered file, MemberRefused when the network is not one of this member."""
    network, folder = network.resolve(), folder.resolve()
    creating.verify(network)
    agreement, member = creating.load_agreement(network), members.load_member(folder / "member.json")
    if member not in agreement.members:
        raise MemberRefused(member=member.name, field="hand-over", reason="is not in the network as its folder has it")
    others = [other for other in agreement.members if other != member]
    return Institution(member, folder, network, agreement.choices, others)


def check(institution: Institution, *, any_clock: bool = False) -> None:
    """Whether it may start: all members signed, keys for its owner alone, ports free, nothing runs on its keys, a right
    clock. Raises NotReady or KeysInUse. `any_clock` trusts a clock that the kernel does not call synchronised."""
    member, folder = institution.member, institution.folder
    if missing := creating.verify(institution.network):
        raise NotReady(member=member.name, reason=f"the network's files are not signed by {', '.join(missing)}")
    for path in (folder, *(folder / "keys").rglob("*")):
        if path.stat().st_mode & 0o077:
            raise NotReady(member=member.name, reason=f"others than its owner can open {path}")
    running.refuse_doubles(folder, member)
    for name, host, port in _listening(member):
        if not _free(host, port):
            raise NotReady(member=member.name, reason=f"port {port} ({name}) is taken")
    if not any_clock and (fault := clock.fault(clock.read(), institution.choices.slot)):
        raise NotReady(member=member.name, reason=fault)


def processes(institution: Institution, clients: Clients) -> dict[str, list[str]]:
    """Name and command line of each, in starting order."""
    citychain = [sys.executable, "-m", "citychain"]
    everybody = [institution.member, *institution.others]
    parts = (institution.folder, institution.network, institution.member, everybody, institution.choices, clients)
    return {
        **running.processes(*parts),
        "follower": [*citychain, "node", "run"],
        "gate": [*citychain, "gate", "run", "--port", str(Ports.of(institution.member).gate)],
    }


def up(institution: Institution, clients: Clients) -> int:
    """Runs it in the foreground until SIGTERM or Ctrl-C. Returns the exit status."""
    folder = institution.folder
    running.prepare(folder, institution.network, clients)
    running.write_peers(folder, institution.member, institution.others)
    (folder / "gate").mkdir(exist_ok=True, mode=0o700)
    environment = {"CITYCHAIN_HOME": str(folder / "gate"), "CITYCHAIN_MEMBER": str(folder)}
    return supervise(folder, processes(institution, clients), environment, STOPPED_ON_PURPOSE)


def unit(institution: Institution, *, home: Path, user: str) -> str:
    """A systemd unit that keeps it running. `home` is the state folder with the built clients; `user` owns the member's
    folder."""
    command = [sys.executable, "-m", "citychain", "network", "node", "up"]
    command += [str(institution.network), "--member", str(institution.folder)]
    return UNIT.format(
        member=institution.member.name.replace("%", "%%"),
        network=institution.choices.name,
        user=user,
        home=_quoted(f"CITYCHAIN_HOME={home}"),
        command=" ".join(_quoted(part) for part in command),
        folder=_quoted(str(institution.folder)),
    )


def firewall(institution: Institution) -> str:
    """Rules for nftables: the two ports between members are open to the members, and to nobody else."""
    member = institution.member
    peers = ", ".join(sorted({other.host for other in institution.others}))
    allowed = f"        ip saddr {{ {peers} }} tcp dport $between accept\n" if peers else ""
    ports = Ports.of(member)
    return FIREWALL.format(
        member=member.name,
        between=f"{{ {member.execution_port}, {member.consensus_port} }}",
        own=f"{{ {', '.join(str(port) for port in ports)} }}",
        allowed=allowed,
    )


UNIT = """\
# The node of {member} in the network {network}. Put it at /etc/systemd/system/citychain-member.service, then
# systemctl enable --now citychain-member
[Unit]
Description=citychain: {member} in the network {network}
Wants=network-online.target time-sync.target
After=network-online.target time-sync.target

[Service]
User={user}
Environment={home}
ExecStart={command}
# The clients write their databases to the end: SIGTERM goes to the supervisor alone, which stops them in order.
KillMode=mixed
TimeoutStopSec=180
Restart=on-failure
RestartSec=10
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={folder}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictSUIDSGID=yes
LockPersonality=yes
UMask=0077

[Install]
WantedBy=multi-user.target
"""

FIREWALL = """\
# Packet filter of {member}: nft -f FILE. Loading it again replaces it.
# {between} TCP: between the two clients of each member; open to the members.
# {own} TCP: gate, engine API, beacon API, gRPC; they listen on 127.0.0.1, and are closed here as well.
define between = {between}
define own = {own}

table inet citychain_member
delete table inet citychain_member
table inet citychain_member {{
    chain incoming {{
        type filter hook input priority filter; policy accept;
        iif lo accept
        ct state established,related accept
{allowed}        tcp dport $between drop
        tcp dport $own drop
    }}
}}
"""


def _listening(member: Member) -> list[tuple[str, str, int]]:
    own = [(name, "127.0.0.1", port) for name, port in Ports.of(member)._asdict().items()]
    outside = member.host if member.host.startswith("127.") else "0.0.0.0"
    return [("execution", outside, member.execution_port), ("consensus", outside, member.consensus_port), *own]


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _quoted(text: str) -> str:
    """One word of a unit file (systemd.syntax(7))."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
