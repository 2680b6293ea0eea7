"""Compiles the contracts with forge and writes artifacts and bindings. Needs the development tools."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.conf import settings

from . import bindgen
from .artifacts import Artifact

#: Contracts of other projects that we deploy as they are; artifacts are kept in chain/.
THIRD_PARTY = ("Safe", "SafeProxy", "SafeProxyFactory", "CompatibilityFallbackHandler")


def outputs() -> dict[Path, bytes]:
    """What artifacts and bindings must be, from the present sources. Raises CalledProcessError when forge fails."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "FOUNDRY_OUT": f"{scratch}/out", "FOUNDRY_CACHE_PATH": f"{scratch}/cache"}
        command = ["forge", "build", "--offline", "--use", "./solc", "--skip", ".t.sol", "--root", str(settings.ROOT)]
        subprocess.run(command, env=environment, cwd=settings.ROOT, check=True, capture_output=True)
        found = _collect(Path(scratch, "out"))
    files: dict[Path, bytes] = {}
    for app, artifacts in found.items():
        home = Path(apps.get_app_config(app).path)
        for artifact in artifacts:
            files[home / "contracts" / f"{artifact.name}.json"] = _pretty(artifact)
        files[home / "bindings.py"] = bindgen.generate(app, artifacts).encode()
    return files


def committed() -> list[Path]:
    """Every artifact that is there, whether or not it has a source."""
    folders = [
        Path(config.path) / "contracts" for config in apps.get_app_configs() if config.name.startswith("citychain.")
    ]
    return [path for folder in folders for path in sorted(folder.glob("*.json"))]


def _pretty(artifact: Artifact) -> bytes:
    """One line an ABI entry, so that a change can be read in a diff."""
    plain = msgspec.to_builtins(artifact)
    abi = ",\n  ".join(json.dumps(entry, sort_keys=True) for entry in plain.pop("abi"))
    rest = ",\n ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items())
    return f'{{{rest},\n "abi": [\n  {abi}\n ]}}\n'.encode()


def _collect(out: Path) -> dict[str, list[Artifact]]:
    found: dict[str, list[Artifact]] = {}
    for path in sorted(out.glob("*.sol/*.json")):
        compiled = json.loads(path.read_bytes())
        if compiled["bytecode"]["object"] in ("", "0x"):
            continue
        target = compiled["metadata"]["settings"]["compilationTarget"] if "metadata" in compiled else {}
        source = next(iter(target), "")
        app = _app(source, path.stem)
        if app:
            found.setdefault(app, []).append(_artifact(path.stem, app, compiled))
    return found


def _app(source: str, name: str) -> str | None:
    parts = Path(source).parts
    if parts[:2] == ("src", "citychain") and "contracts" in parts:
        return parts[2]
    return "chain" if name in THIRD_PARTY and "@safe-global" in source else None


def _artifact(name: str, app: str, compiled: dict[str, Any]) -> Artifact:
    places = [
        (place["start"], place["length"])
        for found in compiled["deployedBytecode"].get("immutableReferences", {}).values()
        for place in found
    ]
    return Artifact(
        name=name,
        app=app,
        abi=compiled["abi"],
        bytecode=compiled["bytecode"]["object"].removeprefix("0x"),
        deployed=compiled["deployedBytecode"]["object"].removeprefix("0x"),
        immutables=sorted(places),
        compiler=compiled["metadata"]["compiler"]["version"],
    )
