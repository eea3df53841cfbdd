"""The settings of the DSP role are checked on a public deployment once it has a client."""

import pytest

from .test_settings import GOOD_SECRET, PUBLIC, start_outcomes

DSP = {
    "STREAM_DSP_CLIENT_ID": "stream-dsp",
    "STREAM_DSP_CLIENT_SECRET": GOOD_SECRET[7:45],
    "STREAM_DSP_REDIRECT_URIS": "https://stream.example/dsp/callback",
    "STREAM_DSP_WEBHOOK_SECRET": GOOD_SECRET[3:33],
}
ONE_CLIENT = {**DSP, "STREAM_DSP_CLIENT_ID": "stream", "STREAM_DSP_CLIENT_SECRET": ""}


@pytest.mark.parametrize(
    ("beginning", "changes"),
    [
        ("starts", DSP),
        ("starts", ONE_CLIENT),
        ("starts", {**DSP, "STREAM_DSP_CLIENT_ID": "", "STREAM_DSP_CLIENT_SECRET": "short"}),
        ("STREAM_DSP_CLIENT_SECRET is not set", {**DSP, "STREAM_DSP_CLIENT_SECRET": ""}),
        ("STREAM_DSP_CLIENT_SECRET is too weak", {**DSP, "STREAM_DSP_CLIENT_SECRET": "short"}),
        ("STREAM_DSP_WEBHOOK_SECRET is not set", {**DSP, "STREAM_DSP_WEBHOOK_SECRET": ""}),
        (
            "STREAM_DSP_WEBHOOK_OTHER_SECRETS is too weak",
            {**DSP, "STREAM_DSP_WEBHOOK_OTHER_SECRETS": "short"},
        ),
        (
            "STREAM_DSP_WEBHOOK_URL: write an https URL",
            {**DSP, "STREAM_DSP_WEBHOOK_URL": "http://stream.example/order/us"},
        ),
        (
            "STREAM_DSP_EVENT_TYPES='new_order,new_order,x,y': write four different types",
            {**DSP, "STREAM_DSP_EVENT_TYPES": "new_order,new_order,x,y"},
        ),
        ("STREAM_DSP_CLIENT_ID is STREAM_CLIENT_ID", {**DSP, "STREAM_DSP_CLIENT_ID": "stream"}),
        ("STREAM_DSP_REDIRECT_URIS is not set", {**DSP, "STREAM_DSP_REDIRECT_URIS": ""}),
        (
            "STREAM_DSP_REDIRECT_URIS: 'http://stream.example/x' is not an https URL",
            {**DSP, "STREAM_DSP_REDIRECT_URIS": "http://stream.example/x"},
        ),
        (
            "STREAM_DSP_REDIRECT_URIS: write 'https://a.example/#x' without a fragment",
            {**DSP, "STREAM_DSP_REDIRECT_URIS": "https://a.example/#x"},
        ),
    ],
)
def test_the_client_of_the_dsp_role_is_checked_once_it_has_an_id(tmp_path, beginning, changes):
    (message,) = start_outcomes(tmp_path, [{**PUBLIC, **changes}])
    assert message.startswith(beginning)
