"""Compiled contracts and their bindings, found through Django's app registry, never by import."""

import functools
import importlib
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps

from .abi import Function


class UnknownContract(LookupError):
    """No installed part of the city has this contract."""


class Artifact(msgspec.Struct, frozen=True):
    """One compiled contract. Code is hex without 0x; `immutables` are [start, length] in the deployed code."""

    name: str
    app: str
    abi: list[dict[str, Any]]
    bytecode: str
    deployed: str
    immutables: list[tuple[int, int]]
    compiler: str

    @property
    def constructor(self) -> tuple[str, ...]:
        """Types of the constructor's arguments."""
        return tuple(type_of(item) for item in self._constructor_inputs)

    @property
    def constructor_names(self) -> tuple[str, ...]:
        """Names of the constructor's arguments."""
        return tuple(item["name"] for item in self._constructor_inputs)

    @property
    def _constructor_inputs(self) -> list[dict[str, Any]]:
        return next((entry["inputs"] for entry in self.abi if entry["type"] == "constructor"), [])

    def masked(self, code: bytes) -> bytes:
        """Deployed code with immutables set to zero, so that it can be compared with the artifact's."""
        masked = bytearray(code)
        for start, length in self.immutables:
            masked[start : start + length] = bytes(length)
        return bytes(masked)


def type_of(parameter: dict[str, Any]) -> str:
    """The canonical ABI type of a parameter; structs as tuples."""
    kind: str = parameter["type"]
    if kind.startswith("tuple"):
        return "(" + ",".join(type_of(part) for part in parameter["components"]) + ")" + kind[5:]
    return kind


def folder(app: str) -> Path:
    """Where an app keeps its contracts."""
    return Path(apps.get_app_config(app).path) / "contracts"


@functools.cache
def all_artifacts() -> dict[str, Artifact]:
    """Every committed artifact by contract name."""
    found: dict[str, Artifact] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("citychain."):
            for path in sorted((Path(config.path) / "contracts").glob("*.json")):
                artifact = msgspec.json.decode(path.read_bytes(), type=Artifact)
                found[artifact.name] = artifact
    return found


def artifact(name: str) -> Artifact:
    """Raises UnknownContract."""
    try:
        return all_artifacts()[name]
    except KeyError:
        raise UnknownContract(name) from None


@functools.cache
def bindings(name: str) -> Any:
    """The generated class of a contract: bindings("Titles").TitleRegistered."""
    module = importlib.import_module(f"{apps.get_app_config(artifact(name).app).name}.bindings")
    return getattr(module, name)


@functools.cache
def functions(name: str) -> dict[bytes, type[Function]]:
    """A contract's functions by selector."""
    members = vars(bindings(name)).values()
    return {member.selector: member for member in members if isinstance(member, type) and issubclass(member, Function)}
