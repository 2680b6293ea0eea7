"""Money's pages as tests read them: who is there, and what a page says."""

import re
from typing import Any

from django.test import Client

LAKE, FOREST = "0x" + "b1" * 20, "0x" + "b2" * 20
WANG, LI, SUN, OWN = ("0x" + byte * 20 for byte in ("a1", "a2", "a3", "a4"))
TX = "0x" + "ab" * 32
NOW = 1_795_316_601


def act_as(reader: Client, persona: str) -> Client:
    reader.post("/act-as/", {"persona": persona})
    return reader


def main(response: Any) -> str:
    return str(response.content.decode().partition("<main")[2].partition("</main>")[0])


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main(response)))


def form(**changes: str) -> dict[str, str]:
    return {"account": f"{LAKE}:{WANG}", "person": "li", "address": "", "amount": "12.34", "note": "", **changes}
