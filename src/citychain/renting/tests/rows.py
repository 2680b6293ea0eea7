"""Rows that pages of titles are tested on, and what a page shows. Two owners, Wang (60 %) and Li (40 %)."""

import json
import re
from typing import Any

from django.test import Client

from citychain.chain.abi import bytes32
from citychain.chain.keys import Key
from citychain.identity import personas
from citychain.identity.models import InstitutionKey, Persona, PersonaAccount
from citychain.renting import services
from citychain.renting.models import Encumbrance, Title, TitleOwner, TitleStep

WANG, LI, CONTRACT = "0x" + "1a" * 20, "0x" + "1b" * 20, "0x" + "c0" * 20
REGISTRAR = Key(b"\x01" * 32)
TX, SEIZED = "0x" + "ab" * 32, "0x" + "cd" * 32
NOW = 1_795_316_601
LONG = 2**40
XIONGZHOU, RONGCHENG = 130638100, 130629100
REGISTRY, COURT, BANK, OTHER_REGISTRY = 2, 3, 4, 5
HOME = services.DeedBody(XIONGZHOU, "130638100001", "住宅", 89_50, "1号楼2单元301室", "冀（2026）第000001号")


def add_title(number: int, town: int = XIONGZHOU, commitment: str = "", **changes: Any) -> Title:
    """A title of Wang (60 %) and Li (40 %)."""
    values = {"version": 1, "owners_version": 1, "state": "registered", "registered_at": NOW, "registered_block": 18}
    for position, (account, share) in enumerate(((WANG, 6_000), (LI, 4_000))):
        TitleOwner.objects.create(
            id=f"{number}:1:{position}", title=number, version=1, account=account, share=share, must_consent=True
        )
    add_step(number * 100, number, "TitleRegistered", registrar=REGISTRY)
    return Title.objects.create(
        id=number, town=town, commitment=commitment or f"0x{number:064x}", holder=WANG, registrar=REGISTRY,
        **{**values, **changes},
    )  # fmt: skip


def add_step(number: int, title: int, event: str, tx: str = TX, **detail: Any) -> None:
    TitleStep.objects.create(
        id=number, title=title, event=event, detail=json.dumps(detail), time=NOW, block=18, tx=tx
    )  # fmt: skip


def add_burden(number: int, title: int, kind: str, **changes: Any) -> None:
    values = {"ref": bytes32("2026-17"), "valid_from": 0, "valid_until": LONG, "released": False}
    institution = COURT if kind == "seizure" else BANK
    Encumbrance.objects.create(id=number, title=title, kind=kind, institution=institution, **{**values, **changes})


def add_person(name: str, address: str = "", purpose: str = "title:1") -> Persona:
    person = Persona.objects.create(id=name, name_zh=name, name_en=name.title(), role_zh="居民", role_en="Resident")
    if address:
        index = 1_000 + PersonaAccount.objects.count()
        PersonaAccount.objects.create(address=address, persona=person, purpose=purpose, index=index)
    return person


def add_officer(name: str, institution: int, *, current: bool = True) -> str:
    """An officer who acts for an institution; returns the office's account, whose key the sandbox has."""
    person = Persona.objects.create(
        id=name, name_zh=name, name_en=name, role_zh="官员", role_en="Officer", institution=institution
    )
    address = personas.add_account(person, "office")
    InstitutionKey.objects.create(address=address, institution=institution, scopes="*", current=current, since=NOW)
    return address


def act_as(reader: Client, persona: str) -> Client:
    reader.post("/act-as/", {"persona": persona})
    return reader


def main_of(response: Any) -> str:
    return str(response.content.decode().partition("<main")[2].partition("</main>")[0])


def text_of(response: Any) -> str:
    without_data = re.sub(r"<script.*?</script>", " ", main_of(response), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without_data))


def listed(response: Any) -> list[int]:
    return [int(number) for number in re.findall(r'<th scope="row"><a href="/titles/(\d+)/">', main_of(response))]


def typed(**changes: str) -> dict[str, str]:
    typed = {"village": HOME.village, "use": "住宅", "area": "89.5", "address": HOME.address, "number": HOME.number}
    return {**typed, "owner": "wang", "second_owner": "", "second_share": "", **changes}
