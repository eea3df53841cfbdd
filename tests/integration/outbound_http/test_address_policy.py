"""Events are sent to public addresses only, checked at the moment of connecting."""

import socket

import pytest

from integration.outbound_http.address_policy import rejection_reason
from tests.integration.support.exchanges import send
from tests.integration.support.raw_server import OK, RawServer, answering, serving

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
    "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
    "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:82a::200e",
    "2001:200::1", "2001:db7:ffff::", "2001:db9::", "2003::1", "3ffe::1", "3fff:1000::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip
REFUSED = {
    "an address of this machine": ["0.0.0.0", "0.9.9.9", "::", "::ffff:0.0.0.0"],  # noqa: S104  # Refused.
    "a private address": [
        "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "192.168.255.255", "fc00::1", "fdff:ffff::1", "fec0::1", "64:ff9b:1::a00:1",
        "::ffff:10.0.0.1", "::ffff:192.168.1.1",
    ],
    "a provider's shared address": ["100.64.0.0", "100.127.255.255"],
    "a loopback address": [
        "127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1",
    ],
    "a link-local address": [
        "169.254.169.254", "169.254.0.0", "fe80::1", "fe80::1%eth0", "febf::1%2",
        "::ffff:a9fe:a9fe",
    ],
    "an address for examples": [
        "192.0.2.1", "198.51.100.255", "203.0.113.0", "2001:db8::1", "3fff::1", "3fff:fff::1",
    ],
    "an address for measurements": ["198.18.0.0", "198.19.255.255"],
    "a multicast address": ["224.0.0.1", "239.255.255.255", "ff02::1", "::ffff:224.0.0.1"],
    "a reserved address": [
        "192.0.0.1", "192.0.0.170", "240.0.0.1", "255.255.255.255", "100::1", "2001::1",
        "2001:2::1", "2001:20::1", "2001:1ff::1", "5f00::1", "4000::1", "1fff::1", "200::1",
        "::2", "::8.8.8.8", "::127.0.0.1", "::ffff:0:8.8.8.8", "e000::1",
    ],
    "an address of a tunnel to IPv4": [
        "192.88.99.1", "2002:808:808::1", "2002:7f00:1::", "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1", "2606:4700::5efe:8.8.8.8", "2606:4700::200:5efe:10.0.0.1",
    ],
    "not an IP address": [
        "", "localhost", "2130706433", "0x7f.1", "127.1", "010.0.0.1", "1.2.3.4.5",
    ],
}  # fmt: skip
EVERY_REFUSED = [(address, why) for why, found in REFUSED.items() for address in found]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_used(address):
    assert rejection_reason(address, allow_loopback=False) is None


@pytest.mark.parametrize(("address", "why"), EVERY_REFUSED)
def test_any_other_address_is_refused(address, why):
    assert rejection_reason(address, allow_loopback=False) == why


@pytest.mark.parametrize(("address", "why"), EVERY_REFUSED)
def test_allowing_loopback_allows_nothing_else(address, why):
    expected = None if why == "a loopback address" else why
    assert rejection_reason(address, allow_loopback=True) == expected


@pytest.fixture
def server():
    yield from serving(OK)


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (5, 5)
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = True


@pytest.fixture
def names(monkeypatch):
    """Replace the resolver: the results of each look-up of a name."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def fake(host, port, *args, **kwargs):
        if host not in answers:
            return real(host, port, *args, **kwargs)
        turns = answers[host]
        found = turns[0] if len(turns) == 1 else turns.pop(0)
        return [one for address in found for one in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return answers


SPELLINGS = [
    "127.0.0.1", "localhost", "LOCALHOST", "2130706433", "0x7f000001", "0x7f.1",
    "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "１２７.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_however_it_is_spelled_this_machine_is_refused(server, settings, host):
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = False
    answer = send(f"http://{host}:{server.port}/hook")
    assert answer.status_code is None
    assert ", a loopback address; it needs a public address." in answer.error
    assert answer.headers == ""
    assert server.accepted == 0


@pytest.mark.parametrize("host", SPELLINGS)
def test_however_it_is_spelled_this_machine_can_be_allowed(server, host):
    assert send(f"http://{host}:{server.port}/hook").status_code == 200


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("169.254.169.254", "169.254.169.254, a link-local address"),
        ("[::ffff:10.0.0.1]", "::ffff:10.0.0.1, a private address"),
        ("167772161", "10.0.0.1, a private address"),
        ("0", "0.0.0.0, an address of this machine"),
        ("[fe80::1]", "fe80::1, a link-local address"),
    ],
)
def test_a_private_address_is_refused_even_where_loopback_is_allowed(host, says):
    name = host.strip("[]")
    assert send(f"http://{host}/hook").error == (
        f"{name} resolves to {says}; it needs a public address."
    )


def test_the_dot_of_a_whole_name_changes_nothing(server, names, settings):
    names["localhost."] = [["127.0.0.1"]]
    url = f"http://localhost.:{server.port}/hook"
    assert send(url).status_code == 200
    assert f"\r\nHost: localhost:{server.port}\r\n".encode() in server.requests[0]
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = False
    assert send(url).error.startswith("localhost. resolves to 127.0.0.1, a loopback address;")


def test_a_name_is_refused_for_what_it_leads_to(names):
    names["hooks.example.com"] = [["192.168.7.1", "10.0.0.1"]]
    assert send("https://hooks.example.com/hook").error == (
        "hooks.example.com resolves to 192.168.7.1, a private address; it needs a public address."
    )


def test_the_advice_survives_a_very_long_name(names):
    name = ".".join(["a" * 60] * 4)
    names[name] = [["fd00::1"]]
    error = send(f"http://{name}/hook").error
    assert error.endswith("fd00::1, a private address; it needs a public address.")


def test_refused_addresses_of_a_name_are_passed_over(server, names):
    names["hooks.example.com"] = [["10.0.0.1", "169.254.169.254", "127.0.0.1"]]
    assert send(f"http://hooks.example.com:{server.port}/hook").status_code == 200
    assert f"\r\nHost: hooks.example.com:{server.port}\r\n".encode() in server.requests[0]


def test_the_next_address_is_tried_when_one_does_not_answer(server, names):
    # Nobody listens at 127.0.0.2 on the server's port.
    names["hooks.example.com"] = [["127.0.0.2", "127.0.0.1"]]
    assert send(f"http://hooks.example.com:{server.port}/hook").status_code == 200


def test_the_address_that_was_checked_is_the_one_that_is_used(names):
    """DNS rebinding gains nothing: the checked address is the one connected to."""
    asked = []

    def note(connection):
        asked.append(connection.getsockname()[0])

    server = RawServer(note)
    names["hooks.example.com"] = [["127.0.0.1"], ["10.0.0.1"], ["10.0.0.2"]]
    first = send(f"http://hooks.example.com:{server.port}/hook")
    second = send(f"http://hooks.example.com:{server.port}/hook")
    server.stop()
    assert first.error == "The connection was closed before an answer came."
    assert asked == ["127.0.0.1"]
    assert second.error.startswith("hooks.example.com resolves to 10.0.0.1, a private address;")


def test_an_open_connection_does_not_outlive_the_permission(server, settings):
    assert send(server.url).status_code == 200
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = False
    assert send(server.url).status_code is None
    assert len(server.requests) == 1


def test_ipv6_is_reached_and_named_in_brackets():
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("This machine has no IPv6.")
    server = RawServer(lambda connection: None, host="::1")
    server.behave = answering(server, OK)
    answer = send(f"http://[::1]:{server.port}/hook")
    server.stop()
    assert answer.status_code == 200
    assert f"\r\nHost: [::1]:{server.port}\r\n".encode() in server.requests[0]


def test_a_name_that_nobody_knows_is_a_plain_answer(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert send("https://nowhere.example/hook").error == (
        "nowhere.example has no address: Name or service not known."
    )


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://user:pass@127.0.0.1/", "The webhook URL must not hold a user name or a password."),
        ("http://user@127.0.0.1/", "The webhook URL must not hold a user name or a password."),
        ("ftp://127.0.0.1/", "The webhook URL must begin with http:// or https:// and a host."),
        ("http:///hook", "The webhook URL must begin with http:// or https:// and a host."),
        ("http://[::1/", "The webhook URL cannot be used: Invalid IPv6 URL."),
        ("http://127.0.0.1:99999/", "The webhook URL cannot be used: Port out of range 0-65535."),
    ],
)
def test_a_url_that_cannot_be_used_is_a_plain_answer(url, error):
    answer = send(url)
    assert (answer.status_code, answer.error) == (None, error)
