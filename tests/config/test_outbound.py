"""The server asks only what it may ask: no spelling, answer or name leads it inside."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from config.outbound import OutboundClient, OutboundRefused
from config.outbound.addresses import is_public, target_of

# A server of this machine


class Server(ThreadingHTTPServer):
    """Answers by path; `asked` keeps what it was sent: (method, path, Host)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.stopped = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *args: object) -> None:
        """Stay silent: clients of these tests hang up."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers["Host"]))
        self.server.headers.append(dict(self.headers))
        length = int(self.headers.get("Content-Length", 0))
        sent = self.rfile.read(length)
        getattr(self, f"answer_{self.path.strip('/').partition('?')[0] or 'plainly'}")(sent)

    do_POST = do_GET  # noqa: N815 - the base class finds it by this name

    def answer_plainly(self, sent: bytes) -> None:
        self.answer(200, sent or b'{"answer": 42}')

    def answer_elsewhere(self, sent: bytes) -> None:
        self.answer(302, b"", Location="/plainly")

    def answer_list(self, sent: bytes) -> None:
        self.answer(200, b"[1]")

    def answer_deep(self, sent: bytes) -> None:
        self.answer(200, b"[" * 100_000)

    def answer_long(self, sent: bytes) -> None:
        self.answer(200, b"x" * 1001)

    def answer_nonsense(self, sent: bytes) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")

    def answer_slowly(self, sent: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.server.stopped.wait(0.02):
            self.wfile.write(b".")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Set-Cookie", "seen=1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the tests' output to the tests."""


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a running server."""
    with Server() as running:
        yield from _run(running)


def _run(running: Server) -> Iterator[Server]:
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield running
    running.stopped.set()
    running.shutdown()
    thread.join()


Book = dict[str, list[str]]


def resolver(book: Book, asked: list[str] | None = None) -> Callable[[str, int], list[str]]:
    """Return a name server that knows what is in a book."""

    def resolve(host: str, port: int) -> list[str]:
        if asked is not None:
            asked.append(host)
        return book[host]

    return resolve


def always(*addresses: str) -> Callable[[str, int], list[str]]:
    """Return a name server that has the same answer to everything."""
    return lambda *_: list(addresses)


def client_for(server: Server, host: str = "named.example", **options: object) -> OutboundClient:
    """Return a client that may ask the server, under a name."""
    known = {"resolve": resolver({host: ["127.0.0.1"]})} | options
    return OutboundClient(allowed_hosts=frozenset({f"{host}:{server.port}"}), **known)  # type: ignore[arg-type]


def refused(client: OutboundClient, url: str) -> None:
    """Check that a request is refused, with words that tell nothing."""
    with pytest.raises(OutboundRefused) as caught:
        client.get(url)
    assert str(caught.value) == "The server cannot be asked."


# Where it may go

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.127.127.127",
    "127.0.0.1.",
    "127.00.00.01",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0X7F.0x0.0x0.0x1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost.localdomain",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[::1%25lo]",
    "[fe80::1%lo]",
    "\uff11\uff12\uff17.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "public.example@127.0.0.1",
    "public.example:80@127.0.0.1",
    "127.0.0.1#@public.example",
    "127.0.0.1\\@public.example",
    "public.example\\@127.0.0.1",
    "127.0.0.1%2f@public.example",
    "127%2e0%2e0%2e1",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_spelling_of_this_machine_is_asked(server: Server, host: str) -> None:
    for port in ("", f":{server.port}"):
        for scheme in ("http", "https"):
            refused(OutboundClient(seconds=1), f"{scheme}://{host}{port}/")
    assert server.asked == []


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_resolver_that_reads_odd_spellings_makes_no_hole(server: Server, host: str) -> None:
    client = OutboundClient(resolve=always("127.0.0.1"))
    refused(client, f"http://{host}:{server.port}/")
    assert server.asked == []


INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.1.2",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:8.8.8.8", "::ffff:10.0.0.1",
    "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:10::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:20::1", "2001:db8::1", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "5f00::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:a00:1", "2606:4700::1%lo",
    "", "localhost", "127.1", "1.1.1.1.1", "1.1.1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_or_beside_the_internet_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "223.255.255.255",
                "2606:4700:4700::1111", "2a00:1450:4001:800::200e", "2001:4860:4860::8888"],
)  # fmt: skip
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_whatever_python_knows_as_special_is_not_public(address: IPv4Address) -> None:
    special = address.is_private or address.is_reserved or address.is_multicast
    assert not (special and is_public(str(address)))


@given(st.ip_addresses(v=4))
def test_no_address_that_embeds_another_is_public(inner: IPv4Address) -> None:
    for prefix, shift in (
        ("::ffff:0:0", 0),
        ("::", 0),
        ("64:ff9b::", 0),
        ("64:ff9b:1::", 0),
        ("2002::", 80),
        ("2001::", 0),
        ("2606:4700::5efe:0:0", 0),
    ):
        assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) | int(inner) << shift)))


MALFORMED = [
    "", " ", "/", "//127.0.0.1/", "\\\\127.0.0.1\\share", "http:", "http:/127.0.0.1", "http://",
    "http:///path", "http:127.0.0.1", "http:\\\\127.0.0.1", "http://:80/", "http://[", "http://[]/",
    "http://[::1", "http://[v7.a]/", "http://[1.1.1.1]/", "http://a..example/", "http://-a.example/",
    "http://a-.example/", "http://.example/", "http://a.example:port/", "http://a.example:99999/",
    "http://a.example:-1/", "http://a.example:0/", "http://a.example/ b",
    "http://a.example/\r\nX: y", "http://a.example/\x00", "http://a.example/é",
    "http://a.example/#part", " http://a.example/",
    "http://a.example\t/", "file:///etc/passwd", "file://localhost/etc/passwd", "ftp://a.example/",
    "gopher://a.example:70/_x", "jar:http://a.example!/x", "dict://a.example:2628/", "ldap://a.example",
    "data:text/plain,x", "javascript:alert(1)", "unix:///run/docker.sock", "http+unix://%2Frun/x",
    "ws://a.example/", "wss://a.example/", "httpx://a.example/", "h\u0442tp://a.example/",
    "http://" + "a" * 64 + ".example/", "http://" + "a." * 130 + "example/",
    "http://a.example/" + "a" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_plain_address_is_not_even_looked_up(url: str) -> None:
    asked: list[str] = []
    refused(OutboundClient(resolve=resolver({}, asked)), url)
    assert asked == []


@given(st.text())
def test_whatever_is_taken_for_an_address_names_a_host_and_a_port(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}/"):
        try:
            target = target_of(url)
        except ValueError:
            continue
        assert target.scheme in {"http", "https"}
        assert target.host
        assert target.host.isascii()
        assert 0 <= target.port < 65536


@pytest.mark.parametrize("port", [21, 22, 25, 53, 110, 143, 443, 587, 1023])
def test_ports_of_other_protocols_are_not_asked(port: int) -> None:
    asked: list[str] = []
    refused(OutboundClient(resolve=resolver({}, asked)), f"http://public.example:{port}/")
    assert asked == []


ADDRESSES = [
    ["10.0.0.1"],
    ["127.0.0.1"],
    ["1.1.1.1", "127.0.0.1"],
    ["127.0.0.1", "1.1.1.1"],
    ["2606:4700:4700::1111", "::1"],
    [],
]


@pytest.mark.parametrize("addresses", ADDRESSES)
def test_a_name_with_one_address_inside_is_refused(server: Server, addresses: list[str]) -> None:
    client = OutboundClient(resolve=resolver({"public.example": addresses}))
    refused(client, f"http://public.example:{server.port}/")
    assert server.asked == []


def test_only_the_very_host_and_port_that_were_allowed_may_lie_inside(server: Server) -> None:
    book = resolver({"named.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    for allowed in (f"other.example:{server.port}", f"named.example:{server.port + 1}", "named"):
        client = OutboundClient(allowed_hosts=frozenset({allowed}), resolve=book)
        refused(client, f"http://named.example:{server.port}/")
    assert server.asked == []


def test_a_name_that_means_another_address_a_moment_later_leads_nowhere_else(
    server: Server,
) -> None:
    answers = [["127.0.0.9"], ["127.0.0.1"]]
    client = client_for(server, resolve=lambda *_: answers.pop())
    assert client.get(f"http://named.example:{server.port}/").status == 200
    assert answers == [["127.0.0.9"]]  # which was not asked for


def test_what_it_is_connected_to_is_what_was_judged(server: Server) -> None:
    client = client_for(server, resolve=always("127.1"))
    refused(client, f"http://named.example:{server.port}/")
    assert server.asked == []


# What it asks and takes


def test_asks_the_address_under_the_name(server: Server) -> None:
    answer = client_for(server).get(f"http://named.example:{server.port}/plainly?a=b")
    assert (answer.status, answer.json_object()) == (200, {"answer": 42})
    assert server.asked == [("GET", "/plainly?a=b", f"named.example:{server.port}")]


def test_sends_content_and_headers(server: Server) -> None:
    url = f"http://named.example:{server.port}/"
    assert client_for(server).post(url, b'{"sent": 1}', {"X-Sent": "2"}).body == b'{"sent": 1}'
    assert server.headers[0]["X-Sent"] == "2"
    assert server.headers[0]["Accept-Encoding"] == "identity"


def test_goes_on_to_the_next_address_where_one_does_not_answer(server: Server) -> None:
    client = client_for(server, resolve=always("127.0.0.9", "127.0.0.1"))
    assert client.get(f"http://named.example:{server.port}/").status == 200


def test_gives_up_where_no_address_answers(server: Server) -> None:
    client = client_for(server, resolve=always("127.0.0.8", "127.0.0.9"))
    refused(client, f"http://named.example:{server.port}/")


def test_finds_hosts_by_the_systems_resolver(server: Server) -> None:
    allowed = frozenset({f"localhost:{server.port}"})
    client = OutboundClient(allowed_hosts=allowed)
    assert client.get(f"http://localhost:{server.port}/").status == 200


def test_redirects_are_not_followed(server: Server) -> None:
    assert client_for(server).get(f"http://named.example:{server.port}/elsewhere").status == 302
    assert len(server.asked) == 1


def test_cookies_are_not_kept(server: Server) -> None:
    client = client_for(server)
    for _ in range(2):
        client.get(f"http://named.example:{server.port}/")
    assert "Cookie" not in server.headers[1]


def test_proxies_of_the_environment_are_not_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.9:9")
    assert client_for(server).get(f"http://named.example:{server.port}/").status == 200


@pytest.mark.parametrize("header", ["a\r\nX-Smuggled: b", "é"])
def test_a_header_is_one_header(server: Server, header: str) -> None:
    with pytest.raises(OutboundRefused):
        client_for(server).post(f"http://named.example:{server.port}/", b"", {"X-Sent": header})
    assert server.asked == []


@pytest.mark.parametrize("path", ["list", "nonsense", "deep"])
def test_an_answer_that_is_no_object_is_refused(server: Server, path: str) -> None:
    with pytest.raises(OutboundRefused):
        client_for(server).get(f"http://named.example:{server.port}/{path}").json_object()


def test_a_long_answer_is_cut_off(server: Server) -> None:
    url = f"http://named.example:{server.port}/long"
    assert len(client_for(server, max_bytes=1001).get(url).body) == 1001
    refused(client_for(server, max_bytes=1000), url)


def test_a_client_that_cuts_takes_the_beginning_of_an_answer(server: Server) -> None:
    url = f"http://named.example:{server.port}/long"
    answer = client_for(server, max_bytes=10, cuts=True).get(url)
    assert (answer.status, answer.body) == (200, b"x" * 10)
    assert answer.headers["set-cookie"] == "seen=1"


def test_an_address_can_be_judged_without_asking(server: Server) -> None:
    client_for(server).check(f"http://named.example:{server.port}/")
    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "addresses", "reason"),
    [
        ("http://public.example/", ["10.0.0.1"], "address_refused"),
        ("http://public.example:25/", ["1.1.1.1"], "address_refused"),
        ("no address", [], "address_refused"),
    ],
)
def test_who_named_an_address_is_told_in_one_word(
    url: str, addresses: list[str], reason: str
) -> None:
    for ask in (OutboundClient.check, OutboundClient.get):
        with pytest.raises(OutboundRefused) as caught:
            ask(OutboundClient(resolve=always(*addresses)), url)
        assert caught.value.reason == reason


def test_each_way_of_failing_has_its_word(server: Server) -> None:
    url = f"http://named.example:{server.port}/"
    tried: dict[str, tuple[OutboundClient, str]] = {
        "unknown_host": (client_for(server, resolve=_knows_nobody), url),
        "unreachable": (client_for(server, resolve=always("127.0.0.8")), url),
        "timeout": (client_for(server, seconds=0.2), f"{url}slowly"),
        "unusable_answer": (client_for(server), f"{url}nonsense"),
    }
    for reason, (client, address) in tried.items():
        with pytest.raises(OutboundRefused) as caught:
            client.get(address)
        assert caught.value.reason == reason


def _knows_nobody(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "unknown")


def test_a_slow_answer_is_given_up_however_steadily_it_drips(server: Server) -> None:
    began = time.monotonic()
    refused(client_for(server, seconds=0.3), f"http://named.example:{server.port}/slowly")
    assert 0.2 < time.monotonic() - began < 2


def test_a_slow_name_server_is_given_up() -> None:
    release = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        release.wait(10)
        return ["1.1.1.1"]

    refused(OutboundClient(seconds=0.1, resolve=resolve), "http://public.example/")
    release.set()


def test_no_time_is_no_request(server: Server) -> None:
    refused(client_for(server, seconds=0), f"http://named.example:{server.port}/")
    assert server.asked == []


def test_an_unknown_name_is_refused() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    refused(OutboundClient(resolve=resolve), "http://public.example/")


def test_the_log_holds_no_header(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://named.example:{server.port}/"
    for value in ("Bearer secret\r\n", "Bearer secret\u00e9"):
        with pytest.raises(OutboundRefused):
            client_for(server).get(url, {"Authorization": value})
    assert "Refused to ask" in caplog.text
    assert "secret" not in caplog.text


def test_the_log_says_why_without_the_query(caplog: pytest.LogCaptureFixture) -> None:
    refused(OutboundClient(), "http://127.0.0.1/path?secret=value")
    assert "no public address" in caplog.text
    assert "secret" not in caplog.text


# Certificates


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of a certificate for named.example, signed by itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "named.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("named.example")]), False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.fixture
def secured(authority: tuple[Path, Path]) -> Iterator[Server]:
    """Return a running server that shows a certificate for named.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority)
    with Server() as running:
        running.socket = context.wrap_socket(running.socket, server_side=True)
        yield from _run(running)


def test_a_certificate_is_held_against_the_name_not_the_address(
    secured: Server, authority: tuple[Path, Path]
) -> None:
    def trust() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority[0])
        return context

    named = client_for(secured, trust=trust)
    assert named.get(f"https://named.example:{secured.port}/").status == 200
    other = client_for(secured, "other.example", trust=trust)
    refused(other, f"https://other.example:{secured.port}/")
    assert [host for _, _, host in secured.asked] == [f"named.example:{secured.port}"]


def test_only_public_authorities_are_believed_whatever_the_environment_says(
    secured: Server, authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    with pytest.raises(OutboundRefused) as caught:
        client_for(secured).get(f"https://named.example:{secured.port}/")
    assert caught.value.reason == "certificate_refused"
    assert secured.asked == []
