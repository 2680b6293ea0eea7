"""The ABI codecs against eth-abi, the generated bindings against real shapes."""

from typing import Any

import pytest
from eth_abi.abi import decode as reference_decode
from eth_abi.abi import encode as reference_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from citychain.chain.abi import bytes32, text32
from citychain.chain.artifacts import all_artifacts, bindings, type_of
from citychain.chain.bindings import Authority, Forwarder
from citychain.chain.codec import arguments, codec, decode, encode

BASES: dict[str, st.SearchStrategy[Any]] = {
    "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    "bool": st.booleans(),
    "bytes": st.binary(max_size=100),
    "string": st.text(max_size=40),
    "uint256": st.integers(0, 2**256 - 1),
    "uint48": st.integers(0, 2**48 - 1),
    "int256": st.integers(-(2**255), 2**255 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "bytes32": st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex()),
    "bytes4": st.binary(min_size=4, max_size=4).map(lambda raw: "0x" + raw.hex()),
}
kinds = st.recursive(
    st.sampled_from(sorted(BASES)),
    lambda inner: st.one_of(
        inner.map(lambda kind: kind + "[]"),
        st.tuples(inner, st.integers(1, 3)).map(lambda pair: f"{pair[0]}[{pair[1]}]"),
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: f"({','.join(parts)})"),
    ),
    max_leaves=6,
)


def values(kind: str) -> st.SearchStrategy[Any]:
    if kind.endswith("]"):
        item, count = kind[:-1].rsplit("[", 1)
        return st.lists(values(item), min_size=int(count or 0), max_size=int(count or 3))
    if kind.startswith("("):
        return st.tuples(*(values(part) for part in split(kind[1:-1])))
    return BASES[kind]


def split(inside: str) -> list[str]:
    parts, depth = [""], 0
    for sign in inside:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def for_reference(kind: str, value: Any) -> Any:
    if kind.endswith("]"):
        return [for_reference(kind[: kind.rindex("[")], item) for item in value]
    if kind.startswith("("):
        return tuple(for_reference(part, item) for part, item in zip(split(kind[1:-1]), value, strict=True))
    return bytes.fromhex(value[2:]) if kind in ("bytes32", "bytes4") else value


@st.composite
def typed(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    row = draw(st.lists(kinds, max_size=4))
    return tuple(row), tuple(draw(values(kind)) for kind in row)


@given(typed())
def test_encoding_is_the_reference_encoding_and_decodes_back(case: tuple[tuple[str, ...], tuple[Any, ...]]) -> None:
    row, given_values = case
    data = encode(row, given_values)
    expected = [for_reference(kind, value) for kind, value in zip(row, given_values, strict=True)]
    assert data == reference_encode(row, expected)
    assert decode(row, data) == given_values


@given(typed(), st.data())
def test_data_cut_short_is_a_value_error_or_the_same_value(case: Any, data: st.DataObject) -> None:
    row, given_values = case
    whole = encode(row, given_values)
    cut = whole[: data.draw(st.integers(0, max(len(whole) - 1, 0)))]
    try:
        assert decode(row, cut) == given_values
    except ValueError:
        pass


@given(st.binary(max_size=400))
def test_any_bytes_decode_or_are_a_value_error(data: bytes) -> None:
    row = ("uint256", "bytes", "string[]", "(address,bytes32[])[]")
    try:
        decode(row, data)
    except ValueError:
        with pytest.raises(Exception):  # noqa: B017 - eth-abi has several roots of errors
            reference_decode(row, data)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint48", 2**48),
        ("uint256", -1),
        ("int64", 2**63),
        ("address", "0x12"),
        ("address", "5f" * 21),
        ("address", "0x" + " 5f" * 13 + "5"),
        ("bytes4", "0x" + "00" * 5),
        ("bytes32", "text"),
        ("(uint8,uint8)", (1,)),
        ("uint8[2]", [1]),
    ],
)
def test_value_that_does_not_fit_is_refused(kind: str, value: object) -> None:
    with pytest.raises(ValueError):
        codec(kind).encode(value)


def test_array_longer_than_its_data_is_refused_before_it_is_made() -> None:
    with pytest.raises(ValueError):
        decode(("uint256[]",), (32).to_bytes(32, "big") + (2**62).to_bytes(32, "big"))


def test_short_text_travels_as_bytes32() -> None:
    assert text32(bytes32("bank")) == "bank"
    assert text32("0x" + "ff" * 32) == "0x" + "ff" * 32
    assert text32("0x" + "00" * 32) == "0x" + "00" * 32
    for bad in ("x" * 32, "雄安"):
        with pytest.raises(ValueError):
            bytes32(bad)


@pytest.mark.parametrize("contract", sorted(all_artifacts()))
def test_bindings_have_every_member_of_the_contract(contract: str) -> None:
    generated = vars(bindings(contract)).values()
    selectors = {member.selector for member in generated if getattr(member, "selector", b"")}
    topics = {member.topic for member in generated if getattr(member, "topic", "")}
    entries = all_artifacts()[contract].abi
    assert len(selectors) == sum(entry["type"] in ("function", "error") for entry in entries)
    assert len(topics) == sum(entry["type"] == "event" for entry in entries)


EVENTS = [
    (contract, entry)
    for contract, artifact in sorted(all_artifacts().items())
    for entry in artifact.abi
    if entry["type"] == "event"
]


@pytest.mark.parametrize(("contract", "entry"), EVENTS, ids=[f"{name}.{entry['name']}" for name, entry in EVENTS])
@settings(max_examples=5)
@given(data=st.data())
def test_generated_events_decode_what_a_contract_emits(contract: str, entry: Any, data: st.DataObject) -> None:
    types = [type_of(item) for item in entry["inputs"]]
    emitted = [data.draw(_value(kind)) for kind in types]
    topics, plain = ["0x"], []
    for item, kind, value in zip(entry["inputs"], types, emitted, strict=True):
        if item["indexed"]:
            topics.append("0x" + encode((kind,), (value,)).hex())
        else:
            plain.append((kind, value))
    body = encode(tuple(kind for kind, _ in plain), tuple(value for _, value in plain))
    event = getattr(bindings(contract), entry["name"]).decode(topics, body)
    assert [_plain(getattr(event, name)) for name in event.__struct_fields__] == emitted
    if types:
        with pytest.raises((ValueError, IndexError)):
            type(event).decode(topics[:-1], body[:-32])


def _value(kind: str) -> st.SearchStrategy[Any]:
    """A value of `kind`: integers small enough for every width, all else as `values` draws it."""
    if kind.endswith("]"):
        item, count = kind[:-1].rsplit("[", 1)
        return st.lists(_value(item), min_size=int(count or 0), max_size=int(count or 3))
    if kind.startswith("("):
        return st.tuples(*(_value(part) for part in split(kind[1:-1])))
    if kind.startswith("uint"):
        return st.integers(0, 255)
    if kind.startswith("int"):
        return st.integers(-128, 127)
    return BASES[kind]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    fields = getattr(value, "__struct_fields__", None)
    return tuple(_plain(getattr(value, name)) for name in fields) if fields else value


def test_call_with_structs_decodes_back() -> None:
    request = Forwarder.ForwardRequestData(
        from_="0x" + "5f" * 20,
        to="0x" + "6f" * 20,
        value=0,
        gas=9,
        nonce=1,
        deadline=4,
        data=b"x" * 100,
        signature=b"s" * 65,
    )
    batch = Forwarder.executeBatch(requests=[request, request])
    assert Forwarder.executeBatch.decode(batch.data()) == batch
    with pytest.raises(ValueError):
        Authority.multicall.decode(batch.data())
    assert arguments(("uint8",)) is arguments(("uint8",))
