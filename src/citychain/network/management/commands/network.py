"""``citychain network …``: the network that institutions run together (docs/network.md)."""

import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.chain import files
from citychain.errors import CityError
from citychain.network import carrying
from citychain.network.consortium import clients, creating, finality, members, stakes, trial, trials, watching
from citychain.network.consortium.clients import Clients
from citychain.network.consortium.constants import Choices
from citychain.network.consortium.creating import Agreement
from citychain.network.consortium.errors import ProofRefused
from citychain.network.consortium.running import Ports, members_processes
from citychain.network.management import carry, member_node


class Command(BaseCommand):
    help = "The network of institutions: build its clients, make keys, create it, run it for trial, look at it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        engines = actions.add_parser("engines", help="build geth and Prysm from the Go module proxy, each hash pinned")
        keys = actions.add_parser("keys", help="make a member's own keys, and member.json to hand over")
        keys.add_argument("folder", type=Path, help="the member's own folder; it never leaves the machine")
        keys.add_argument("--network", type=Path, required=True, help="the coordinator's members.toml (its [network])")
        keys.add_argument("--name", required=True)
        keys.add_argument("--host", required=True, help="the address at which the others reach it")
        keys.add_argument("--validators", type=int, default=trial.VALIDATORS)
        keys.add_argument("--execution-port", type=int, default=trial.FIRST_PORT)
        keys.add_argument("--consensus-port", type=int, default=trial.FIRST_PORT + trial.BEACONS)
        create = actions.add_parser("create", help="make the network's files from all hand-overs")
        create.add_argument("folder", type=Path)
        create.add_argument("--members", type=Path, required=True, help="members.toml")
        agree = actions.add_parser("agree", help="make the files anew, compare, and sign them as a member")
        agree.add_argument("folder", type=Path)
        agree.add_argument("--member", type=Path, required=True, help="the member's own folder")
        check = actions.add_parser("check", help="exit 0 when the files are whole and every member has signed them")
        check.add_argument("folder", type=Path)
        member_node.add_arguments(actions)
        carry.add_arguments(actions)
        up = actions.add_parser("up", help="run a trial network of four members on this machine")
        up.add_argument("--slot", type=int, default=2, help="seconds of a slot (2)")
        kill = actions.add_parser("kill", help="kill -9 a trial member's processes; the supervisor starts them again")
        kill.add_argument("member")
        tried = actions.add_parser("trial", help="let members die under load, and see what stays: exit 0 when all does")
        tried.add_argument(
            "names", nargs="+", choices=list(trials.TRIALS), metavar="NAME", help=", ".join(trials.TRIALS)
        )
        tried.add_argument("--seed", type=int, default=1)
        prove = actions.add_parser("prove", help="write a proof of the newest final block into a file")
        prove.add_argument("file", type=Path)
        prove.add_argument("--beacon", help="URL of a member's beacon node (the trial's first)")
        verify = actions.add_parser("verify", help="check such a file offline: exit 0 when it holds")
        verify.add_argument("file", type=Path)
        for parsed in (prove, verify):
            parsed.add_argument("--network", type=Path, help="the network's files (the trial's)")
        status = actions.add_parser("status", help="every member's head, finality, peers, missed slots")
        for parsed in (engines, keys, create, agree, check, kill, tried, prove, verify, status):
            parsed.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action'].replace('-', '_')}")(options)
        except CityError as problem:
            raise CommandError(str(problem), returncode=2) from problem

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _tell(self, options: dict[str, Any], document: object, words: str) -> None:
        """The result: one JSON document, or in words."""
        self._say(msgspec.json.encode(document).decode() if options["json"] else words)

    def _progress(self, words: str) -> None:
        self.stderr.write(words)

    def _clients(self) -> Clients:
        return clients.built(settings.CITYCHAIN_ENGINES) or clients.build(settings.CITYCHAIN_ENGINES, self._progress)

    def _engines(self, options: dict[str, Any]) -> None:
        built = [str(path) for path in clients.build(settings.CITYCHAIN_ENGINES, self._progress)]
        self._tell(options, {"clients": built}, "\n".join(built))

    def _keys(self, options: dict[str, Any]) -> None:
        member = members.make_keys(
            options["folder"],
            name=options["name"],
            validators=options["validators"],
            host=options["host"],
            execution_port=options["execution_port"],
            consensus_port=options["consensus_port"],
            fork_version=_choices(options["network"]).fork_version,
        )
        handed, count = options["folder"] / "member.json", len(member.deposits)
        document = {"member": member.name, "validators": count, "hand_over": str(handed)}
        self._tell(options, document, f"{member.name}: {count} validators. Hand over {handed}")

    def _create(self, options: dict[str, Any]) -> None:
        path: Path = options["members"]
        document = _toml(path)
        handed = [members.load_member(path.parent / name) for name in document.get("members", [])]
        accounts = {address: int(wei) for address, wei in document.get("accounts", {}).items()}
        state = carrying.load(path.parent / document["carried"]) if "carried" in document else None
        origin, deployer = state.origin if state else None, document.get("deployer")
        institutions = document.get("institutions") or (stakes.foretold(deployer) if deployer else None)
        agreement = Agreement(_choices(path), handed, accounts, origin, institutions)
        content = state.allocation if state else creating.NOTHING_CARRIED
        manifest = creating.create(options["folder"], agreement, self._clients(), content)
        digest, halting = manifest.digest.hex(), creating.halting(handed)
        words = f"Made. Every member compares and signs {digest} (citychain network agree)."
        if halting:
            words += f"\nEach of these could stop finality alone: {', '.join(halting)}"
        self._tell(options, {"digest": digest, "halting": halting}, words)

    def _agree(self, options: dict[str, Any]) -> None:
        folder: Path = options["member"]
        member = members.load_member(folder / "member.json")
        manifest = creating.agree(options["folder"], folder, member, self._clients())
        digest, signed = manifest.digest.hex(), sorted(manifest.signatures)
        document = {"member": member.name, "digest": digest, "signed": signed}
        self._tell(options, document, f"{member.name} signed {digest}, as {len(signed)} have now.")

    def _check(self, options: dict[str, Any]) -> None:
        missing = creating.verify(options["folder"])
        words = f"Not signed by: {', '.join(missing)}" if missing else "Whole, and signed by every member."
        self._tell(options, {"missing": missing}, words)
        sys.exit(1 if missing else 0)

    def _up(self, options: dict[str, Any]) -> None:
        built, home = self._clients(), settings.CITYCHAIN_HOME
        agreement = trial.make(home, built, self._say, slot=options["slot"])
        sys.exit(trial.up(home, agreement, built, self._say))

    def _node(self, options: dict[str, Any]) -> None:
        member_node.handle(options, self._clients, self._say)

    def _import_journal(self, options: dict[str, Any]) -> None:
        carry.handle(options, self._say)

    def _kill(self, options: dict[str, Any]) -> None:
        network = settings.CITYCHAIN_HOME / "network"
        found = {member.name: member for member in creating.load_agreement(network / "files").members}
        if options["member"] not in found:
            raise CommandError(f"There is no member {options['member']}: {', '.join(found)}", returncode=2)
        killed = members_processes(network / options["member"])
        for process in killed:
            process.kill()
        document = {"member": options["member"], "killed": len(killed)}
        self._tell(options, document, f"Killed {len(killed)} processes of {options['member']}.")

    def _trial(self, options: dict[str, Any]) -> None:
        say = self._progress if options["json"] else self._say
        found = trials.run(options["names"], options["seed"], settings.CITYCHAIN_HOME, self._clients(), say)
        words = [f"{name:12} {value}" for verdict in found for name, value in msgspec.structs.asdict(verdict).items()]
        self._tell(options, {"trials": found}, "\n".join(words))
        sys.exit(0 if all(verdict.good for verdict in found) else 1)

    def _prove(self, options: dict[str, Any]) -> None:
        folder = options["network"] or settings.CITYCHAIN_HOME / "network" / "files"
        first = creating.load_agreement(folder).members[0]
        proof = finality.fetch(options["beacon"] or f"http://127.0.0.1:{Ports.of(first).beacon}")
        final = finality.verify(_trusted(folder), proof)
        files.replace(options["file"], msgspec.json.encode(proof))
        self._tell(options, final, f"Block {final.block} is final; the proof is in {options['file']}.")

    def _verify(self, options: dict[str, Any]) -> None:
        folder = options["network"] or settings.CITYCHAIN_HOME / "network" / "files"
        try:
            proof = msgspec.json.decode(options["file"].read_bytes(), type=finality.Proof)
            final = finality.verify(_trusted(folder), proof)
        except (OSError, msgspec.DecodeError) as problem:
            raise CommandError(f"{options['file']} can't be read: {problem}", returncode=2) from problem
        except ProofRefused as refused:
            raise CommandError(str(refused), returncode=1) from refused
        signed = f"{final.participation:.0%} of the seats signed"
        self._tell(options, final, f"Block {final.block} {final.block_hash} is final; {signed}.")

    def _status(self, options: dict[str, Any]) -> None:
        network = settings.CITYCHAIN_HOME / "network"
        agreement = creating.load_agreement(network / "files")
        folders = {member.name: network / member.name for member in agreement.members}
        member_node.show(watching.look(agreement, folders, time.time()), options["json"], self._say)


def _trusted(folder: Path) -> finality.Trust:
    """What the network's files say, when they are what the manifest names."""
    creating.verify(folder)
    return finality.trust((folder / "genesis.ssz").read_bytes(), creating.load_agreement(folder).choices)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise CommandError(f"{path} can't be read: {problem}", returncode=2) from problem


def _choices(path: Path) -> Choices:
    try:
        choices = msgspec.convert(_toml(path).get("network", {}), Choices)
    except msgspec.ValidationError as problem:
        raise CommandError(f"{path}, [network]: {problem}", returncode=2) from problem
    choices.check()
    return choices
