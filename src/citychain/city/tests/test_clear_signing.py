"""What wallets show before they sign covers everything that may be requested, and says what the page says."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from citychain.chain.abi import bytes32
from citychain.chain.artifacts import artifact, bindings
from citychain.city import clear_signing
from citychain.identity.tests.district import District
from citychain.outbox import arguments, published
from citychain.outbox.wording import Fact, facts, labels

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
PUBLISHED = {entry.name: entry for entry in published.catalogue().values()}
NAMES = sorted(PUBLISHED)
FORMATS = {"unit", "date", "addressName", "raw"}
SOMEBODY, OTHER = "0x" + "11" * 20, "0x" + "22" * 20


def leaves(parameters: list[dict[str, Any]], before: str = "") -> list[str]:
    """Paths of all values, as ERC-7730 writes them."""
    found: list[str] = []
    for parameter in parameters:
        path = before + parameter["name"] + ".[]" * parameter["type"].count("[")
        found += leaves(parameter["components"], path + ".") if "components" in parameter else [path]
    return found


def format_of(name: str) -> tuple[str, dict[str, Any]]:
    with translation.override("en"):
        [(signature, shown)] = clear_signing._function(PUBLISHED[name]).items()
    return signature, shown


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_of_every_function_is_shown_in_words(name: str) -> None:
    contract, _, function = name.partition(".")
    signature, shown = format_of(name)
    assert [field["path"] for field in shown["fields"]] == leaves(arguments.parameters(contract, function))
    assert all(field["label"] and field["format"] in FORMATS for field in shown["fields"])
    with translation.override("en"):
        assert shown["intent"] == str(PUBLISHED[name].words)
    plain = re.sub(r" \w+(?=[,)])", "", signature)
    assert plain == getattr(bindings(contract), function).signature


def test_labels_name_nothing_that_does_not_exist() -> None:
    used: set[str] = set()

    def walk(parameters: list[dict[str, Any]]) -> None:
        for parameter in parameters:
            used.add(parameter["name"])
            walk(parameter.get("components", []))

    for name in NAMES:
        walk(arguments.parameters(*name.split(".")))
    assert set(labels()) == used


def test_page_and_wallet_say_the_same() -> None:
    Titles = bindings("Titles")
    owners = [Titles.Owner(SOMEBODY, 6_667, True), Titles.Owner(OTHER, 3_333, False)]
    call = Titles.openTransfer(titleId=7, newOwners=owners, newCommitment="0x" + "ab" * 32, deadline=1_800_000_000)
    with translation.override("en"):
        assert facts(call) == [
            Fact("Number of the title", "text", 7),
            Fact("New owners 1 · Account", "address", SOMEBODY),
            Fact("New owners 1 · Share", "share", 6_667),
            Fact("New owners 1 · Must agree to a transfer", "truth", True),
            Fact("New owners 2 · Account", "address", OTHER),
            Fact("New owners 2 · Share", "share", 3_333),
            Fact("New owners 2 · Must agree to a transfer", "truth", False),
            Fact("Commitment to the new deed", "hash", "0x" + "ab" * 32),
            Fact("Deadline", "time", 1_800_000_000),
        ]
        labels = [fact.label.rpartition(" · ")[2] for fact in facts(call)]
    _signature, shown = format_of("Titles.openTransfer")
    assert list(dict.fromkeys(labels)) == [field["label"] for field in shown["fields"]]


def test_short_text_is_shown_as_text() -> None:
    call = bindings("Titles").reverseRegistration(titleId=1, reason=bytes32("wrong-village"))
    assert facts(call)[-1].value == "wrong-village"


def test_list_of_given_length_is_shown_in_its_parts() -> None:
    three = ["0x" + digit * 64 for digit in "89a"]
    with translation.override("en"):
        shown = facts(bindings("Passkeys").chooseGuardians(three))
    assert [(fact.label, fact.value) for fact in shown] == [
        (f"Commitment to the guardian {number}", commitment) for number, commitment in enumerate(three, 1)
    ]


def test_descriptors_name_the_deployment(district: District, client: Client) -> None:
    http = Client(HTTP_HOST="localhost:8000")
    shown = http.get("/erc7730/Deposits.json").json()
    [where] = shown["context"]["contract"]["deployments"]
    assert (where["chainId"], where["address"].lower()) == (district.book.chain_id, district.deposits)
    functions = {item["name"] for item in artifact("Deposits").abi if item["type"] == "function"}
    assert {key.partition("(")[0] for key in shown["display"]["formats"]} < functions
    requests = http.get("/erc7730/requests.json").json()
    assert requests["context"]["eip712"]["deployments"][0]["address"].lower() == district.forwarder
    assert http.get("/erc7730/Nothing.json").status_code == 404


def leaves_of(types: dict[str, list[dict[str, str]]], name: str, before: str = "") -> list[str]:
    """Paths of all members of typed data."""
    found: list[str] = []
    for member in types[name]:
        path = before + member["name"] + ".[]" * member["type"].count("[")
        kind = member["type"].partition("[")[0]
        found += leaves_of(types, kind, path + ".") if kind in types else [path]
    return found


@pytest.mark.parametrize("key", ["requests", "deeds"])
def test_every_member_of_typed_data_is_shown_or_left_out_on_purpose(district: District, key: str) -> None:
    described = Client(HTTP_HOST="localhost:8000").get(f"/erc7730/{key}.json").json()
    [schema] = described["context"]["eip712"]["schemas"]
    shown = described["display"]["formats"][schema["primaryType"]]
    told = [*(field["path"] for field in shown["fields"]), *shown["excluded"]]
    assert sorted(told) == sorted(leaves_of(schema["types"], schema["primaryType"]))
