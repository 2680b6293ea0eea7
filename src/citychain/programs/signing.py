"""Standard Webhooks (standardwebhooks.com, 1.0.0): how a receiver knows that a message is the city's, and unchanged."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, message: str, seconds: int, body: bytes) -> dict[str, str]:
    """webhook-id, webhook-timestamp (UTC seconds of this attempt) and webhook-signature of `message`'s `body`."""
    signed = f"{message}.{seconds}.".encode() + body
    mac = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
