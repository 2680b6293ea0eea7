"""Calls from JSON: every published function, against the bindings' own decoding."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citychain.chain.abi import Function, bytes32
from citychain.chain.artifacts import bindings
from citychain.errors import CityError
from citychain.outbox import published
from citychain.outbox.arguments import call, parameters
from citychain.outbox.errors import MalformedField, NotPublished

FUNCTIONS = sorted(entry.name for entry in published.catalogue().values())
HOME = "0x" + "ab" * 20


def fitting(part: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a parameter as JSON writes them."""
    kind = part["type"]
    if kind.endswith("]"):
        within = kind.rindex("[")
        least, most = [int(kind[within + 1 : -1] or bound) for bound in (0, 3)]
        return st.lists(fitting({**part, "type": kind[:within]}), min_size=least, max_size=most)
    if kind == "tuple":
        return st.fixed_dictionaries({member["name"]: fitting(member) for member in part["components"]})
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    if kind.startswith("bytes"):
        size = int(kind[5:] or 0)
        return st.binary(min_size=size, max_size=size or 40).map(lambda raw: "0x" + raw.hex())
    return {
        "bool": st.booleans(),
        "string": st.text(max_size=20),
        "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    }[kind]


def plain(value: Any) -> Any:
    """A decoded value as JSON writes it."""
    if isinstance(value, msgspec.Struct):
        return {name.rstrip("_"): plain(part) for name, part in msgspec.structs.asdict(value).items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return "0x" + value.hex() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=20)
@given(data=st.data())
def test_call_carries_what_was_given(name: str, data: st.DataObject) -> None:
    contract, function = name.split(".")
    given_ = {part["name"]: data.draw(fitting(part)) for part in parameters(contract, function)}
    binding: type[Function[Any]] = getattr(bindings(contract), function)
    decoded = binding.decode(call(contract, function, json.loads(json.dumps(given_))).data())
    assert plain(decoded) == given_


def test_integer_may_be_text_and_bytes32_short_text_and_an_address_in_capitals() -> None:
    given_ = {"to": "0x" + "AB" * 20, "amount": str(2**62), "ref": "opening"}
    minted = bindings("Deposits").mint(to=HOME, amount=2**62, ref=bytes32("opening"))
    assert call("Deposits", "mint", given_).data() == minted.data()


def refused(contract: str, function: str, arguments: Any) -> CityError:
    with pytest.raises(CityError) as caught:
        call(contract, function, arguments)
    return caught.value


@pytest.mark.parametrize(
    ("owner", "field"),
    [
        ({"account": HOME, "share": "half", "mustConsent": True}, "arguments.owners.0.share"),
        ({"account": HOME, "share": 1}, "arguments.owners.0.mustConsent"),
        ({"account": HOME, "share": 1, "mustConsent": 1}, "arguments.owners.0.mustConsent"),
        ({"account": HOME, "share": 1, "mustConsent": True, "name": "Wang"}, "arguments.owners.0"),
        ([HOME, 1, True], "arguments.owners.0"),
    ],
)
def test_wrong_part_of_a_struct_is_named_by_its_place(owner: Any, field: str) -> None:
    given_ = {"townCode": 130629100, "commitment": "0x" + "00" * 32, "owners": [owner]}
    problem = refused("Titles", "register", given_)
    assert (type(problem), problem.details["field"]) == (MalformedField, field)


@pytest.mark.parametrize("value", [-1, 2**256, "-1", 1.0, True, None, "", "１", " 1", "1" * 79, [1], {}])
def test_value_that_is_no_uint256_is_refused(value: Any) -> None:
    assert type(refused("Deposits", "transfer", {"to": HOME, "value": value})) is MalformedField


@pytest.mark.parametrize("ref", ["0x", "0x12", "0x" + "g0" * 32, "x" * 32, "é", "\ud800", 5])
def test_value_that_is_no_bytes32_is_refused(ref: Any) -> None:
    problem = refused("Deposits", "mint", {"to": HOME, "amount": 1, "ref": ref})
    assert (type(problem), problem.details["field"]) == (MalformedField, "arguments.ref")


def test_text_that_utf8_cannot_write_is_refused() -> None:
    given_ = {"institution": 1, "name": "\ud800", "webPage": ""}
    assert type(refused("Institutions", "describe", given_)) is MalformedField


@pytest.mark.parametrize(
    ("contract", "function"),
    [("Deposits", "transferFrom"), ("Deposits", "Transfer"), ("Deposits", "__class__"), ("Safe", "setup"), ("", "")],
)
def test_function_that_is_not_published_is_refused(contract: str, function: str) -> None:
    assert type(refused(contract, function, {})) is NotPublished
