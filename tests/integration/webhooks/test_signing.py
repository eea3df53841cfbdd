"""Signatures: Stream's own (contract WH), and Standard Webhooks as its own library checks them."""

import base64
import hashlib
import hmac

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integration.webhooks.signing import signature, standard_signature
from tests.integration.support.exchanges import BODY, EVENT_ID, exchange, send

STANDARD = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PLAIN = "schlüssel-of-the-tests"


@pytest.fixture
def receiver(receiver, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    return receiver


def test_the_published_hmac_vector_holds():
    # RFC 4231, test case 2.
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    message = b"what do ya want for nothing?"
    assert signature(message, secret="Jefe", encoding="hex") == digest
    assert base64.b64decode(signature(message, secret="Jefe", encoding="base64")).hex() == digest


def test_the_published_standard_vector_holds():
    # The example of the specification's own libraries.
    assert standard_signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ) == ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")


def test_a_secret_that_only_looks_like_a_standard_one_is_used_as_is():
    digest = hmac.new(b"whsec_no*base64", b"id.1.body", hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}"
    assert standard_signature("id", 1, "body", ["whsec_no*base64"]) == expected


@pytest.mark.parametrize("secret", [STANDARD, STANDARD.rstrip("="), PLAIN])
def test_a_standard_webhooks_receiver_accepts_the_signature(receiver, secret):
    assert send(receiver.url, secret).is_success
    request = receiver.received[0]
    assert request.headers["webhook-id"] == EVENT_ID
    assert request.body == BODY.encode()
    key = secret if secret.startswith("whsec_") else secret.encode()
    assert Webhook(key).verify(request.body, request.headers) == {
        "type": "location.catalog.updated",
        "object": {"location_id": "Señor ☕"},
    }


def test_a_receiver_with_any_of_several_secrets_accepts_the_signature(receiver):
    send(receiver.url, PLAIN, STANDARD)
    request = receiver.received[0]
    for key in (PLAIN.encode(), STANDARD):
        assert Webhook(key).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another").verify(request.body, request.headers)


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_the_stream_signature_covers_the_exact_bytes(receiver, encoding):
    exchange(receiver.url, STANDARD, encoding=encoding).run()
    request = receiver.received[0]
    # Stream's own scheme knows no prefix: the whole secret is the key.
    digest = hmac.new(STANDARD.encode(), request.body, hashlib.sha256).digest()
    sent = request.headers["Stream-Webhook-Signature"]
    decoded = bytes.fromhex(sent) if encoding == "hex" else base64.b64decode(sent, validate=True)
    assert decoded == digest
