"""Webhooks: what happens to requests reaches a real receiver, signed, at least once, and nobody else's network."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from citychain.chain import clock
from citychain.outbox.models import Request, RequestEvent
from citychain.programs import courier, receivers, webhooks
from citychain.programs.errors import ReceiverRefused, TooMany, UnknownWebhook
from citychain.programs.models import Delivery, Webhook

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
OWNER, STRANGER = "0x" + "1a" * 20, "0x" + "2b" * 20
NOW = 1_795_316_640


class Receiver(ThreadingHTTPServer):
    """Answers each message with `status`, and keeps its headers and body."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 204
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/hook?city=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({"path": self.path} | {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://localhost:1/")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.CITYCHAIN_SANDBOX = True
    clock.simulate(NOW)
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()
    clock.simulate(None)


def _request(signer: str = OWNER) -> Request:
    return Request.objects.create(
        digest=f"0x{Request.objects.count():064x}", signer=signer, target="0x" + "3c" * 20, selector="0xa9059cbb",
        nonce=Request.objects.count(), gas=1, deadline=NOW, data=b"", signature=b"", wallet=False, created=NOW,
    )  # fmt: skip


def _event(request: Request, state: str = "received", code: str = "accepted") -> RequestEvent:
    return RequestEvent.objects.create(request=request, state=state, at=NOW, code=code)


def _carry() -> None:
    worker = courier.Courier()
    while worker.step():
        pass


def test_what_happens_to_my_requests_reaches_my_program_signed(receiver: Receiver) -> None:
    request = _request()
    _event(request)
    webhook = webhooks.add(OWNER, receiver.url)
    _event(_request(STRANGER))
    _event(request, "final", "final")
    _carry()
    ((headers, body),) = receiver.got
    assert json.loads(body) == {
        "type": "request.final",
        "timestamp": clock.local_time(NOW).isoformat(),
        "simulated": True,
        "data": {
            "id": str(request.id),
            "state": "final",
            "code": "final",
            "signer": OWNER,
            "nonce": 0,
            "digest": request.digest,
            "url": f"http://localhost:8000/api/requests/{request.id}",
        },
    }
    assert headers["path"] == "/hook?city=1"
    assert headers["host"] == f"localhost:{receiver.server_port}"
    secret = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{NOW}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(NOW)
    assert Delivery.objects.get().state == "delivered"


def test_message_is_tried_again_later_and_later_then_has_failed_and_can_be_replayed(receiver: Receiver) -> None:
    webhook = webhooks.add(OWNER, receiver.url)
    receiver.status = 500
    _event(_request())
    now = NOW
    for pause in courier.BACK_OFF:
        _carry()
        clock.simulate(now + pause - 1)
        _carry()
        now += pause
        clock.simulate(now)
    _carry()
    clock.simulate(now + 10**6)
    _carry()
    assert len(receiver.got) == len(courier.BACK_OFF) + 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.status, delivery.attempts) == ("failed", 500, len(courier.BACK_OFF) + 1)
    receiver.status = 200
    webhooks.replay(webhook, delivery.id)
    _carry()
    assert {headers["webhook-id"] for headers, _body in receiver.got} == {str(delivery.id)}
    assert Delivery.objects.get().state == "delivered"


def test_courier_killed_before_it_notes_sends_again_under_the_same_id(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.add(OWNER, receiver.url)
    _event(_request())

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(courier, "_note", killed)
        with pytest.raises(KeyboardInterrupt):
            _carry()
    _carry()
    assert len(receiver.got) == 2
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]
    assert receiver.got[0][1] == receiver.got[1][1]


def test_line_that_is_committed_late_is_told_too_and_none_twice(receiver: Receiver) -> None:
    """On PostgreSQL a smaller number may appear after a larger one."""
    webhooks.add(OWNER, receiver.url)
    request = _request()
    first = _event(request)
    late = RequestEvent(id=first.id + 1, request=request, state="sent", at=NOW, code="sent")
    RequestEvent.objects.create(id=first.id + 2, request=request, state="included", at=NOW, code="included")
    _carry()
    late.save(force_insert=True)
    _event(request, "final", "final")
    _carry()
    kinds = [json.loads(body)["type"] for _headers, body in receiver.got]
    assert sorted(kinds) == ["request.final", "request.included", "request.received", "request.sent"]


def test_receiver_that_is_gone_hears_nothing_more(receiver: Receiver) -> None:
    webhook = webhooks.add(OWNER, receiver.url)
    receiver.status = 410
    webhooks.test(webhook)
    _carry()
    _event(_request())
    _carry()
    assert (len(receiver.got), Webhook.objects.get().gone) == (1, True)


def test_redirect_is_not_followed_and_a_closed_port_is_told(receiver: Receiver) -> None:
    webhook = webhooks.add(OWNER, receiver.url)
    receiver.status = 307
    webhooks.test(webhook)
    _carry()
    assert Delivery.objects.get().status == 307
    receiver.server_close()
    clock.simulate(NOW + 10)
    _carry()
    found = Delivery.objects.get()
    assert (found.state, found.status, found.attempts, found.trouble != "") == ("waiting", 0, 2, True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:8.8.8.8", "2002:0a00:0001::", "64:ff9b::a00:1", "64:ff9b:1::1", "2001:db8::1", "fe80::1%eth0",
        "::7f00:1", "::ffff:0:7f00:1", "2001:0:7f00:1::", "2606:4700::5efe:a00:1", "2606:4700::200:5efe:a00:1",
        "4000::1",
    ],
)  # fmt: skip
def test_address_that_is_not_public_is_never_reached(address: str) -> None:
    assert not receivers._allowed(address, local=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "114.114.114.114"])
def test_public_address_may_be_reached_and_a_local_name_may_not_be_one(address: str) -> None:
    assert receivers._allowed(address, local=False)
    assert not receivers._allowed(address, local=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "nonsense", "https://u:p@example.org/", "file:///etc/x",
        "https://example.org/#x", "http://localhost:8000/", "http://127.0.0.1/", "https://[::1", "\x00",
    ],
)  # fmt: skip
def test_url_that_can_be_no_receiver_is_refused_at_once(url: str, settings: Any) -> None:
    settings.CITYCHAIN_SANDBOX = False
    with pytest.raises(ReceiverRefused):
        webhooks.add(OWNER, url)
    assert Webhook.objects.count() == 0


def test_city_that_others_reach_sends_nothing_to_its_own_machine(settings: Any) -> None:
    settings.CITYCHAIN_SANDBOX, settings.CITYCHAIN_ORIGIN = True, "https://demo.city.example"
    with pytest.raises(ReceiverRefused):
        webhooks.add(OWNER, "http://localhost:8545/")
    assert not receivers.parse("https://localhost/").local


def test_name_of_this_machine_is_refused_outside_the_sandbox_when_it_is_resolved(
    receiver: Receiver, settings: Any
) -> None:
    webhook = webhooks.add(OWNER, receiver.url.replace("http:", "https:"))
    webhooks.test(webhook)
    settings.CITYCHAIN_SANDBOX = False
    _carry()
    assert receiver.got == []
    assert Delivery.objects.get().attempts == 1


def test_webhooks_belong_to_their_account_and_are_few(receiver: Receiver) -> None:
    mine = [webhooks.add(OWNER, receiver.url) for _ in range(webhooks.MOST)]
    with pytest.raises(TooMany):
        webhooks.add(OWNER, receiver.url)
    with pytest.raises(UnknownWebhook):
        webhooks.one([STRANGER], mine[0].id)
    other = webhooks.test(webhooks.add(STRANGER, receiver.url))
    with pytest.raises(UnknownWebhook):
        webhooks.replay(mine[0], other.id)
    webhooks.remove(mine[0])
    assert {webhook.id for webhook in webhooks.of([OWNER])} == {webhook.id for webhook in mine[1:]}


def test_deliveries_end_after_thirty_days_and_do_not_come_back(receiver: Receiver) -> None:
    webhooks.add(OWNER, receiver.url)
    request = _request()
    _event(request)
    _carry()
    clock.simulate(NOW + 31 * 86_400)
    assert webhooks.purge() == 0  # a line so new could be written anew
    RequestEvent.objects.create(id=5_000, request=request, state="final", at=NOW, code="final")
    _carry()
    assert webhooks.purge() == 1
    _event(request, "final", "final")
    _carry()
    assert len(receiver.got) == 3
