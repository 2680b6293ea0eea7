"""An event's arguments as a JSON text for a row of history, so that pages can tell the step in words."""

import json
from typing import Any

import msgspec

from citychain.chain.abi import Event, text32


def of(event: Event, *, without: tuple[str, ...] = ()) -> str:
    """Arguments by name, sorted; short ASCII in bytes32 as text, structs as objects."""
    arguments = {name: _plain(value) for name, value in msgspec.structs.asdict(event).items() if name not in without}
    return json.dumps(arguments, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(part) for name, part in msgspec.structs.asdict(value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str) and len(value) == 66:
        return text32(value)
    return value
