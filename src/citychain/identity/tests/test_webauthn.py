"""What a passkey's browser answers: taken as it is, or refused with the field that is wrong."""

from typing import Any

import pytest

from citychain.errors import InvalidInput
from citychain.identity import webauthn

from .device import ORIGIN, Device

DIGEST = bytes(range(32))
PHONE = Device("phone")


def test_key_of_a_browser_has_two_coordinates() -> None:
    assert webauthn.public_key("key", PHONE.spki) == (PHONE.x, PHONE.y)


@pytest.mark.parametrize("spki", ["", "?", PHONE.spki[:-4], webauthn.text_of(bytes(91))])
def test_another_key_is_refused(spki: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        webauthn.public_key("key", spki)
    assert caught.value.details["field"] == "key"


def test_assertion_names_its_credential_and_the_lower_form() -> None:
    for _again in range(8):  # half of all signatures have the higher form
        found = webauthn.assertion(PHONE.sign(DIGEST), DIGEST, ORIGIN)
        assert found.credential == PHONE.credential
        assert 0 < found.s <= webauthn.ORDER // 2
        assert int.from_bytes(found.encoded()[:32], "big") == found.r


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("client", {"kind": "webauthn.create"}),
        ("client", {"origin": "http://localhost:8001"}),
        ("client", {"origin": "https://elsewhere.example"}),
        ("authenticator", {"flags": 0x01}),
        ("authenticator", {"flags": 0x04}),
    ],
)
def test_assertion_for_something_else_is_refused(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        webauthn.assertion(PHONE.sign(DIGEST, **changes), DIGEST, ORIGIN)
    assert caught.value.details["field"] == field


@pytest.mark.parametrize("field", ["authenticator", "client", "der"])
@pytest.mark.parametrize("value", ["", "AA", "MA", "*", "MAYCAQACAQA", "W10"])
def test_malformed_assertion_is_refused(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        webauthn.assertion({**PHONE.sign(DIGEST), field: value}, DIGEST, ORIGIN)
    assert caught.value.details["field"] == field


def test_assertion_of_another_text_is_refused() -> None:
    with pytest.raises(InvalidInput):
        webauthn.assertion(PHONE.sign(DIGEST), bytes(32), ORIGIN)


@pytest.mark.parametrize(
    ("origin", "possible"),
    [
        ("http://localhost:8000", True),
        ("http://city.localhost", True),
        ("https://city.example.org", True),
        ("http://city.example.org", False),
        ("https://192.0.2.1", False),
        ("http://[::1]:8000", False),
    ],
)
def test_passkeys_are_possible_on_sites_with_a_name_and_a_safe_way(origin: str, possible: bool) -> None:
    assert webauthn.possible(origin) is possible
