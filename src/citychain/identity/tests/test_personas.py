"""Keys of the demonstration city's personas, and that they exist nowhere else."""

import stat
from pathlib import Path
from typing import Any

import pytest

from citychain.chain.keys import Key
from citychain.chain.wallets import key_from_seed, seed_from_mnemonic
from citychain.identity import personas
from citychain.identity.errors import NotASandbox, UnknownPersona
from citychain.identity.models import Persona

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.CITYCHAIN_HOME = tmp_path
    return tmp_path


@pytest.fixture
def wang() -> Persona:
    return Persona.objects.create(id="wang", name_zh="王", name_en="Wang", role_zh="居民", role_en="Resident")


def test_account_is_a_fresh_one_for_each_affair(wang: Persona) -> None:
    money, title = personas.add_account(wang, "money"), personas.add_account(wang, "title:1")
    assert money != title
    assert personas.add_account(wang, "money") == money
    assert [row.index for row in wang.accounts.all()] == [0, 1]
    assert (personas.account(wang, "money"), personas.account(wang, "title:1")) == (money, title)


def test_drafted_account_is_fresh_and_stored_by_whoever_confirms_it(wang: Persona) -> None:
    first, second = personas.draft_account(wang, "title:1"), personas.draft_account(wang, "title:1")
    assert first.address != second.address
    assert wang.accounts.count() == 0
    first.save()
    assert personas.key(first.address).address == first.address
    assert wang.accounts.get(address=personas.add_account(wang, "money")).index == 0


def test_key_is_that_of_the_account(wang: Persona) -> None:
    address = personas.add_account(wang, "money")
    assert personas.key(address).address == address


def test_mnemonic_is_drawn_once_and_read_by_nobody_else(home: Path, wang: Persona) -> None:
    address = personas.add_account(wang, "money")
    path = home / "keys" / "sandbox.mnemonic"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    words = path.read_text()
    assert len(words.split()) == 12
    secret = key_from_seed(seed_from_mnemonic(words, ""), "m/44'/60'/0'/0/0")
    assert personas.derive(0).address == address
    assert Key(secret).address == address


def test_key_of_another_installation_is_another(settings: Any, tmp_path: Path, wang: Persona) -> None:
    first = personas.derive(0).address
    settings.CITYCHAIN_HOME = tmp_path / "other"
    assert personas.derive(0).address != first


def test_unknown_persona_account_or_purpose_is_named(wang: Persona) -> None:
    for ask in (
        lambda: personas.by_id("li"),
        lambda: personas.key("0x" + "00" * 20),
        lambda: personas.account(wang, "office"),
    ):
        with pytest.raises(UnknownPersona):
            ask()


def test_nobody_is_a_persona_off_the_sandbox(settings: Any, wang: Persona) -> None:
    address = personas.add_account(wang, "money")
    settings.CITYCHAIN_SANDBOX = False
    for ask in (
        lambda: personas.by_id("wang"),
        lambda: personas.key(address),
        lambda: personas.derive(0),
        lambda: personas.add_account(wang, "money"),
        lambda: personas.add_account(wang, "title:1"),
        lambda: personas.draft_account(wang, "title:1"),
    ):
        with pytest.raises(NotASandbox):
            ask()
    assert list(personas.all_personas()) == []
