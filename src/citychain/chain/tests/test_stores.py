"""Key files and the address book: whole or not there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account

from citychain.chain import files
from citychain.chain.addressbook import AddressBook, Entry, NotDeployed, UnknownContractKey
from citychain.chain.keystore import KeysExposed, load_or_create
from citychain.errors import Damaged

TITLES = Entry("Titles", "Titles", "0x" + "11" * 20, 7, "0x" + "aa" * 32, "0x" + "bb" * 32)
BANK = Entry("Deposits", "Deposits:2", "0x" + "22" * 20, 9, "0x" + "cc" * 32, "0x" + "dd" * 32)


def test_key_is_drawn_once_and_kept_in_web3_secret_storage(tmp_path: Path) -> None:
    key = load_or_create(tmp_path / "keys", "relayer")
    assert load_or_create(tmp_path / "keys", "relayer").address == key.address
    assert load_or_create(tmp_path / "keys", "deployer").address != key.address
    stored = json.loads((tmp_path / "keys" / "relayer.json").read_text())
    assert (stored["version"], stored["crypto"]["kdf"]) == (3, "scrypt")
    assert bytes(Account.decrypt(stored, (tmp_path / "keys" / "password").read_text())) == key.secret
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_processes_that_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from citychain.chain.keystore import load_or_create\n"
        "print(load_or_create(pathlib.Path(sys.argv[1]), 'relayer').address)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "keys")]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "citychain.settings"}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(4)]
    assert len({process.communicate()[0] for process in running}) == 1


def test_key_that_others_can_open_is_refused(tmp_path: Path) -> None:
    load_or_create(tmp_path, "relayer")
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(KeysExposed):
        load_or_create(tmp_path, "relayer")


@pytest.mark.parametrize("name", ["relayer.json", "password"])
def test_damaged_key_is_never_replaced(tmp_path: Path, name: str) -> None:
    load_or_create(tmp_path, "relayer")
    (tmp_path / name).write_text("{}")
    with pytest.raises(Damaged):
        load_or_create(tmp_path, "relayer")
    assert (tmp_path / name).read_text() == "{}"


def test_lost_password_says_so(tmp_path: Path) -> None:
    load_or_create(tmp_path, "relayer")
    (tmp_path / "password").unlink()
    with pytest.raises(Damaged):
        load_or_create(tmp_path, "relayer")
    assert not (tmp_path / "password").exists()


def test_address_book_comes_back_as_it_was_saved(home: Path) -> None:
    book = AddressBook(5, "0x" + "33" * 20, [TITLES, BANK])
    book.save()
    read = AddressBook.load()
    assert read == book
    assert AddressBook.load() is read
    assert (read.address("Titles"), read.all("Deposits"), read.by_address(BANK.address)) == (
        TITLES.address,
        [BANK],
        BANK,
    )
    assert read.by_address("0x" + "00" * 20) is None
    with pytest.raises(UnknownContractKey):
        read.address("Deposits")


def test_address_book_is_read_again_when_it_changed(home: Path) -> None:
    book = AddressBook(5, "0x" + "33" * 20, [TITLES])
    book.save()
    assert AddressBook.load().all("Deposits") == []
    book.with_entry(BANK).save()
    assert AddressBook.load().all("Deposits") == [BANK]


def test_missing_and_damaged_address_books_say_so(home: Path) -> None:
    with pytest.raises(NotDeployed):
        AddressBook.load()
    AddressBook.path().write_text("{")
    with pytest.raises(Damaged):
        AddressBook.load()


def test_file_is_created_once_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    assert (files.create(path, b"first"), files.create(path, b"second"), path.read_bytes()) == (True, False, b"first")
    files.replace(path, b"third")
    assert path.read_bytes() == b"third"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
