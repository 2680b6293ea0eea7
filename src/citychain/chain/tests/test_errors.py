"""From revert bytes to words."""

import pytest

from citychain.chain import errors
from citychain.chain.abi import bytes32
from citychain.chain.artifacts import all_artifacts, bindings
from citychain.chain.bindings import Authority, Forwarder, Parameters
from citychain.chain.codec import encode
from citychain.errors import ContractError


def revert(selector: bytes, kinds: tuple[str, ...], *values: object) -> bytes:
    return selector + encode(kinds, values)


@pytest.mark.parametrize("contract", sorted(all_artifacts()))
def test_contract_errors_each_have_a_python_class(contract: str) -> None:
    named = {entry["name"] for entry in all_artifacts()[contract].abi if entry["type"] == "error"}
    assert sorted(named - errors.by_solidity_name().keys()) == []


def test_python_errors_have_codes_of_their_own() -> None:
    classes = list(errors.by_solidity_name().values())
    assert len({python.code for python in classes}) == len(classes)


def test_revert_with_arguments_becomes_its_error_with_details() -> None:
    data = revert(Forwarder.InvalidAccountNonce.selector, ("address", "uint256"), "0x" + "5f" * 20, 7)
    problem = errors.from_revert(data)
    assert type(problem) is errors.WrongNonce
    assert problem.details == {"name": "InvalidAccountNonce", "account": "0x" + "5f" * 20, "currentNonce": 7}
    assert str(7) in str(problem)


def test_revert_with_keyword_argument_keeps_its_solidity_name() -> None:
    data = revert(Forwarder.InvalidSignature.selector, ("address", "bytes32"), "0x" + "5f" * 20, "0x" + "ff" * 32)
    problem = errors.from_revert(data)
    assert problem.details["from"] == "0x" + "5f" * 20
    assert "{" not in str(problem)


def test_revert_with_argument_called_name_shows_its_text() -> None:
    problem = errors.from_revert(revert(Parameters.UnknownParameter.selector, ("bytes32",), bytes32("filing-days")))
    assert problem.details == {"name": "filing-days"}


def test_revert_without_bytes_is_silent() -> None:
    assert type(errors.from_revert(b"")) is errors.RefusedSilently


def test_revert_in_words_keeps_them() -> None:
    data = revert(bytes.fromhex("08c379a0"), ("string",), "GS026")
    problem = errors.from_revert(data)
    assert (type(problem), problem.details["text"]) == (errors.RefusedInWords, "GS026")


def test_panic_is_the_contracts_fault() -> None:
    problem = errors.from_revert(revert(bytes.fromhex("4e487b71"), ("uint256",), 0x11))
    assert (type(problem), problem.details["panic"], problem.status) == (errors.ContractFault, 0x11, 500)


def test_unknown_revert_names_its_selector() -> None:
    problem = errors.from_revert(bytes.fromhex("deadbeef") + bytes(64))
    assert (type(problem), problem.details) == (ContractError, {"name": "0xdeadbeef"})


def test_revert_cut_short_keeps_its_class() -> None:
    for length in range(4, 68):
        problem = errors.from_revert(Authority.AccessManagerUnauthorizedAccount.selector.ljust(length, b"\0"))
        assert type(problem) is errors.LacksRole


def test_bindings_know_each_error() -> None:
    for selector, (error, _python) in errors.known().items():
        assert error.selector == selector
    assert bindings("Forwarder").ValueRefused.selector in errors.known()
