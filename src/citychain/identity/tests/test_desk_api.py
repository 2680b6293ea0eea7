"""Everything that is decided about institutions is decided over HTTP as well: prepare, sign, submit, read."""

from typing import Any

import pytest
from django.test import Client

from citychain.chain.abi import bytes32
from citychain.chain.forwarding import Domain, ForwardRequest
from citychain.chain.keys import Key
from citychain.identity.apps import IdentityConfig
from citychain.outbox.tests.city import COUNCIL, key

from .district import FOREVER, OTHER_BANK, OTHER_BANK_ID, SUPERVISOR
from .office import GUARDIAN, SPARE, YOUNG_BANK_ID, Office
from .office import office as office  # the fixture

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
NEW, NEWEST = key("new"), key("newest")
NEW_ID, NEWEST_ID = 8, 9
DAY = 86_400


class Api:
    """Somebody without a browser: they know their key and the address of the API."""

    def __init__(self, office: Office) -> None:
        self.office, self.http, self.used = office, Client(), set[str]()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(f"/api/requests{path}", body, content_type="application/json")
        assert answer.status_code < 300, answer.content.decode()
        return answer.json()

    def act(self, key: Key, function: str, **arguments: Any) -> None:
        asked = {"signer": key.address, "contract": "Institutions", "function": function, "arguments": arguments}
        prepared = self.post("/prepare", asked)
        message, domain = prepared["request"], prepared["domain"]
        request = ForwardRequest(
            message["from"], message["to"], int(message["gas"]), int(message["nonce"]), int(message["deadline"]),
            bytes.fromhex(message["data"][2:]),
        )  # fmt: skip
        digest = request.digest(Domain(int(domain["chainId"]), domain["verifyingContract"]))
        submitted = self.post("", {"request": message, "signature": "0x" + key.sign(digest).hex()})
        self.office.block()
        found = self.http.get(f"/api/requests/{submitted['id']}").json()
        assert (found["state"], found["reason_code"]) == ("included", ""), function
        self.used.add(f"Institutions.{function}")

    def institution(self, number: int) -> Any:
        return self.http.get(f"/api/institutions/{number}").json()["institution"]


def test_every_act_on_institutions_goes_by_api(office: Office) -> None:
    api = Api(office)
    term = {"validFrom": 1, "validUntil": FOREVER}
    new = {"kind": "bank", "name": "新芽银行 · Sprout Bank", "webPage": "", **term, "firstKey": NEW.address}
    api.act(SUPERVISOR, "accredit", **new)
    api.act(SUPERVISOR, "describe", institution=NEW_ID, name="春芽银行", webPage="https://bud.example.org/")
    api.act(SUPERVISOR, "renew", institution=NEW_ID, validUntil=office.district.now + 90 * DAY)
    bank = {"institution": NEW_ID}
    api.act(NEW, "addKey", **bank, account=SPARE.address, scopes=["mint", "keys"])
    api.act(NEW, "changeScopes", **bank, account=SPARE.address, scopes=["mint"])
    api.act(NEW, "removeKey", **bank, account=SPARE.address)
    api.act(NEW, "rotateKey", **bank, account=NEW.address, newAccount=NEWEST.address)
    api.act(NEWEST, "offerSuccession", **bank, to=OTHER_BANK_ID)
    api.act(NEWEST, "withdrawSuccession", **bank)
    api.act(NEWEST, "offerSuccession", **bank, to=OTHER_BANK_ID)
    api.act(OTHER_BANK, "acceptSuccession", **bank)
    found = api.institution(NEW_ID)
    assert (found["name"], found["state"], found["successor"]) == ("春芽银行", "succeeded", OTHER_BANK_ID)
    young = {"institution": YOUNG_BANK_ID}
    api.act(COUNCIL, "endFounding")
    api.act(SUPERVISOR, "suspend", **young, reason="late")
    api.act(SUPERVISOR, "reinstate", **young, reason=bytes32("came"))
    api.act(GUARDIAN, "veto", **young, reason="not its word")
    assert api.institution(YOUNG_BANK_ID)["state"] == "suspended"
    api.act(COUNCIL, "revoke", **young, reason="over")
    assert api.institution(YOUNG_BANK_ID)["state"] == "revoked"
    assert api.used == {name for name in IdentityConfig.published if name.startswith("Institutions.")}
