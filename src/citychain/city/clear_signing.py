"""What wallets show before they sign: descriptors by ERC-7730, version 1, of the city's contracts and typed data."""

from typing import Any

from django.utils import translation

from citychain.chain.addressbook import AddressBook, Entry
from citychain.chain.forwarding import NAME, REQUEST_TYPE, VERSION
from citychain.chain.keys import checksum
from citychain.outbox import arguments, published
from citychain.outbox.wording import Kind, kind_of, labels
from citychain.renting import typed_deeds

SCHEMA = "https://eips.ethereum.org/assets/eip-7730/erc7730-v1.schema.json"
OWNER = "Xiong'an city record (demonstration)"
CURRENCY, DECIMALS = "CNY", 2
_FORMATS: dict[Kind, dict[str, Any]] = {
    "money": {"format": "unit", "params": {"base": CURRENCY, "decimals": DECIMALS}},
    "time": {"format": "date", "params": {"encoding": "timestamp"}},
    "day": {"format": "raw"},
    "share": {"format": "unit", "params": {"base": "%", "decimals": 2}},
    "address": {"format": "addressName", "params": {"types": ["eoa", "contract"]}},
    "hash": {"format": "raw"},
    "truth": {"format": "raw"},
    "institution": {"format": "raw"},
    "text": {"format": "raw"},
}


def of_contract(book: AddressBook, entry: Entry) -> dict[str, Any]:
    """Of a contract's functions that may be requested. In English: a wallet has no language of its own here."""
    formats = {}
    with translation.override("en"):
        for (owner, _selector), found in published.catalogue().items():
            if owner == entry.contract:
                formats.update(_function(found))
    where = [{"chainId": book.chain_id, "address": checksum(entry.address)}]
    return _document(f"{NAME} {entry.key}", {"contract": {"deployments": where}}, formats)


def of_requests(book: AddressBook) -> dict[str, Any]:
    """Of the ForwardRequest that everybody signs; what it carries is shown by the called contract's descriptor."""
    context = _typed(book, "ForwardRequest", {"ForwardRequest": _members(REQUEST_TYPE)})
    shown: list[dict[str, Any]] = [
        {"path": "from", "label": "Signer", **_FORMATS["address"]},
        {"path": "to", "label": "Contract", **_FORMATS["address"]},
        {"path": "data", "label": "What it does", "format": "calldata", "params": {"calleePath": "to"}},
        {"path": "deadline", "label": "Good until", **_FORMATS["time"]},
        {"path": "nonce", "label": "Number of the signer", "format": "raw"},
    ]
    request = {"intent": "Sign a request", "fields": shown, "required": ["to", "data"], "excluded": ["value", "gas"]}
    return _document(f"{NAME} requests", context, {"ForwardRequest": request})


def of_deeds(book: AddressBook) -> dict[str, Any]:
    """Of the deeds that are signed beside a request about titles. The area is in 0.01 m²."""
    types = {"Deeds": _members(typed_deeds.DEEDS_TYPE), "Deed": _members(typed_deeds.DEED_TYPE)}
    shown: list[dict[str, Any]] = [
        {"path": "deeds.[].number", "label": "Number of the deed", "format": "raw"},
        {"path": "deeds.[].village", "label": "Village or community", "format": "raw"},
        {"path": "deeds.[].address", "label": "Full address", "format": "raw"},
        {"path": "deeds.[].use", "label": "Use", "format": "raw"},
        {"path": "deeds.[].area", "label": "Area", "format": "unit", "params": {"base": "m²", "decimals": 2}},
        {"path": "deeds.[].commitment", "label": "Commitment to the deed", **_FORMATS["hash"]},
    ]
    deeds = {
        "intent": "Sign deeds",
        "fields": shown,
        "required": [field["path"] for field in shown],
        "excluded": ["deeds.[].salt", "deeds.[].town"],
    }
    return _document(f"{NAME} deeds", _typed(book, "Deeds", types), {"Deeds": deeds})


def _typed(book: AddressBook, primary: str, types: dict[str, Any]) -> dict[str, Any]:
    """The context of typed data in the domain of requests."""
    return {
        "eip712": {
            "schemas": [{"primaryType": primary, "types": types}],
            "domain": {"name": NAME, "version": VERSION},
            "deployments": [{"chainId": book.chain_id, "address": checksum(book.address("Forwarder"))}],
        }
    }


def _members(declaration: bytes) -> list[dict[str, str]]:
    inside = declaration.decode().partition("(")[2].rstrip(")")
    return [dict(zip(("type", "name"), part.split(" "), strict=True)) for part in inside.split(",")]


def _document(identity: str, context: dict[str, Any], formats: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "context": {"$id": identity, **context},
        "metadata": {"owner": OWNER},
        "display": {"formats": formats},
    }


def _function(found: published.Published) -> dict[str, dict[str, Any]]:
    contract, _, function = found.name.partition(".")
    parameters = arguments.parameters(contract, function)
    signature = f"{function}({','.join(_declared(parameter) for parameter in parameters)})"
    return {signature: {"intent": str(found.words), "fields": _fields(parameters, "")}}


def _declared(parameter: dict[str, Any]) -> str:
    """A parameter with its name, structs written out, as ERC-7730 names functions."""
    solidity: str = parameter["type"]
    if solidity.startswith("tuple"):
        inside = ",".join(_declared(part) for part in parameter["components"])
        solidity = f"({inside}){solidity.removeprefix('tuple')}"
    return f"{solidity} {parameter['name']}"


def _fields(parameters: list[dict[str, Any]], before: str) -> list[dict[str, Any]]:
    found = []
    for parameter in parameters:
        solidity, path = parameter["type"], before + parameter["name"]
        while solidity.endswith("]"):
            solidity, path = solidity[: solidity.rindex("[")], f"{path}.[]"
        if solidity == "tuple":
            found += _fields(parameter["components"], f"{path}.")
        else:
            label = str(labels()[parameter["name"]])
            found.append({"path": path, "label": label, **_FORMATS[kind_of(parameter["name"], solidity)]})
    return found
