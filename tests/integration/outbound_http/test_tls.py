"""TLS: the certificate is checked against certifi's authorities, the name against the URL's."""

import socket
import ssl
import warnings

import certifi
import pytest

from integration.outbound_http import connections, origins
from tests.integration.support.certificates import Authority
from tests.integration.support.exchanges import send
from tests.integration.support.raw_server import OK, RawServer, answering

pytestmark = pytest.mark.once

HOST = "hooks.example.com"


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = True


@pytest.fixture(autouse=True)
def _every_name_is_this_machine(monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **kwargs: real("127.0.0.1", port, **kwargs)
    )


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority, monkeypatch):
    """Add the authority to certifi's list."""
    monkeypatch.setattr(certifi, "where", lambda: str(authority.file))
    connections._tls_context.cache_clear()
    yield authority
    connections._tls_context.cache_clear()
    connections.close_idle()


@pytest.fixture
def serve():
    servers = []

    def start(context):
        server = RawServer(lambda connection: None, context)
        server.behave = answering(server, OK)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


def test_a_good_certificate_is_accepted_and_the_connection_kept(trusted, serve, monkeypatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 60)
    context = trusted.context(HOST)
    asked = []
    context.sni_callback = lambda sock, name, context: asked.append(name)
    server = serve(context)
    for _ in range(3):
        assert send(f"https://{HOST}:{server.port}/hook").status_code == 200
    assert f"\r\nHost: {HOST}:{server.port}\r\n".encode() in server.requests[0]
    assert asked == [HOST]
    assert server.accepted == 1


def test_the_dot_of_a_whole_name_is_no_part_of_the_certificate(trusted, serve):
    server = serve(trusted.context(HOST))
    assert send(f"https://{HOST}.:{server.port}/hook").status_code == 200


def test_the_port_of_https_is_not_written_into_the_request():
    origin, _ = origins.parse(f"https://{HOST}/hook")
    assert (origin.port, origin.netloc) == (443, HOST)


def test_an_unknown_authority_is_refused_whatever_the_environment_says(
    authority, serve, monkeypatch
):
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(authority.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(authority.folder))
    connections._tls_context.cache_clear()
    server = serve(authority.context(HOST))
    answer = send(f"https://{HOST}:{server.port}/hook")
    assert answer.status_code is None
    assert answer.error.startswith(f"The certificate of {HOST} is not valid: ")
    assert "unable to get local issuer certificate" in answer.error
    assert server.requests == []


def test_a_certificate_for_another_name_is_refused(trusted, serve):
    server = serve(trusted.context("other.example.com"))
    answer = send(f"https://{HOST}:{server.port}/hook")
    assert answer.error == (
        f"The certificate of {HOST} is not valid: Hostname mismatch, certificate is not valid for"
        f" '{HOST}'."
    )
    assert server.requests == []


def test_a_certificate_that_has_ended_is_refused(trusted, serve):
    server = serve(trusted.context(HOST, days=-1))
    answer = send(f"https://{HOST}:{server.port}/hook")
    assert answer.error == f"The certificate of {HOST} is not valid: certificate has expired."
    assert server.requests == []


def test_old_protocols_are_refused(trusted, serve):
    assert connections._tls_context().minimum_version == ssl.TLSVersion.TLSv1_2
    context = trusted.context(HOST)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = serve(context)
    answer = send(f"https://{HOST}:{server.port}/hook")
    assert answer.error.startswith(f"TLS with {HOST} failed: ")


def test_secrets_of_the_session_are_not_written_where_the_environment_says(
    trusted, serve, monkeypatch, tmp_path
):
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    server = serve(trusted.context(HOST))
    assert send(f"https://{HOST}:{server.port}/hook").status_code == 200
    assert not keys.exists()


def test_a_receiver_without_tls_is_told(serve):
    server = RawServer(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"))
    answer = send(f"https://{HOST}:{server.port}/hook")
    server.stop()
    assert answer.status_code is None
    assert answer.error.startswith(f"TLS with {HOST} failed: ")
