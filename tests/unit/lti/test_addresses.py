"""No platform's address leads where it must not, and no token to another host."""

import ipaddress
import socket
from collections.abc import Callable

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lti.addresses import AddressGuard, acceptable_url, origin, same_host

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
PRIVATE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0",  # noqa: S104  # Nothing is bound here.
    "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:169.254.169.254",
    "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "::ffff:0:10.0.0.1", "192.0.0.192", "192.88.99.1", "168.63.129.16", "3fff::1", "4000::1",
    "64:ff9b:1::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert AddressGuard([]).allows(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_inside_are_refused(address: str) -> None:
    assert not AddressGuard([]).allows(address)


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2002:a01:203::", True),
        ("64:ff9b::a01:203", True),
        ("10.2.0.1", False),
        ("127.0.0.1", False),
        ("fd00::1", True),
        ("fd01::1", False),
    ],
)
def test_a_permitted_network_permits_itself_only(
    address: str, is_allowed: bool
) -> None:
    guard = AddressGuard(
        [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/64")]
    )

    assert guard.allows(address) == is_allowed


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "::1",
        "[::1]",
    ],
)
def test_no_spelling_of_this_machine_gets_through(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011  # Not permitted, or no name at all.
        AddressGuard([]).addresses(host, 443)


Answers = Callable[[list[str]], None]


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let every name have these addresses."""

    def say(addresses: list[str]) -> None:
        found = [
            (0, socket.SOCK_STREAM, 0, "", (address, 443)) for address in addresses
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)

    return say


def test_of_several_addresses_the_permitted_ones_are_tried_in_turn(
    resolved: Answers,
) -> None:
    resolved(["10.0.0.1", "2606:4700::1111", "8.8.8.8", "8.8.8.8"])

    assert AddressGuard([]).addresses("lms.example", 443) == [
        "2606:4700::1111",
        "8.8.8.8",
    ]


def test_a_name_with_private_addresses_only_is_refused(resolved: Answers) -> None:
    resolved(["10.0.0.1", "::1"])

    with pytest.raises(PermissionError):
        AddressGuard([]).addresses("lms.example", 443)


@pytest.mark.parametrize(
    ("url", "is_acceptable"),
    [
        ("https://lms.example/token", True),
        ("https://lms.example:8443/token", True),
        ("http://localhost:8001/token", True),
        ("http://127.0.0.1/token", True),
        ("http://[::1]:8001/token", True),
        ("http://lms.example/token", False),
        ("https://user@lms.example/", False),
        ("https://lms.example;script-src/", False),
        ("https://lms.example,evil.example/", False),
        ("https://lms.example'/", False),
        ("https://user:secret@lms.example/", False),
        ("https://:@@lms.example/", False),
        ("ftp://lms.example/", False),
        ("file:///etc/passwd", False),
        ("gopher://127.0.0.1/", False),
        ("//lms.example/", False),
        ("https://", False),
        ("https://[broken/", False),
        ("https://lms.example:port/", False),
        ("https://lms.example\\@evil.example/", False),
        ("https://lms.example/\r\nX: y", False),
        ("https://lms.exam ple/", False),
        ("https://%30/", False),
        ("https://lms%2eexample/", False),
        ("https://[fe80::1%25eth0]/", False),
        ("https://lms.example/a%20b?c=%2F", True),
        ("https://lmś.example/", False),
        ("", False),
        ("https://lms.example:0/x", False),
    ],
)
def test_only_https_or_this_machine_is_called(url: str, is_acceptable: bool) -> None:
    assert acceptable_url(url) == is_acceptable


@pytest.mark.parametrize(
    ("url", "is_same"),
    [
        ("https://lms.example/2/lineitems?type_id=1", True),
        ("https://LMS.example:443/x", True),
        ("https://lms.example.evil.example/x", False),
        ("https://lms.example@evil.example/x", False),
        ("https://evil.example/https://lms.example/", False),
        ("https://lms.example:444/x", False),
        ("http://lms.example/x", False),
        ("//lms.example/x", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_only_the_host_of_the_registration_gets_a_token(
    url: str, is_same: bool
) -> None:
    assert (
        same_host(url, ["https://lms.example/token", "not an address", ""]) == is_same
    )


def test_an_origin_names_no_usual_port_and_no_user() -> None:
    assert origin("https://User@LMS.example:443/auth?x=1") == "https://lms.example"
    assert origin("http://[::1]:8001/auth") == "http://[::1]:8001"


@given(
    st.text()
    | st.text().map("https://".__add__)
    | st.text(alphabet="htps:/[]@\\.%0a1").map("http:".__add__)
)
def test_no_text_makes_them_stumble(text: str) -> None:
    origin(text)
    acceptable_url(text)
    same_host(text, [text])


@given(st.from_regex(r"\Ahttps://[a-z0-9.@:/?#\[\]%;&=,+~!$'()*_-]{1,40}\Z"))
def test_who_sends_reads_the_same_host_as_who_checks(url: str) -> None:
    if not acceptable_url(url):
        return
    try:
        sent_to = requests.Request("GET", url).prepare().url
    except (requests.exceptions.InvalidURL, UnicodeError):
        return

    assert origin(str(sent_to)).lower() == origin(url).lower()


@given(st.ip_addresses().map(str))
def test_what_is_allowed_is_global(address: str) -> None:
    if AddressGuard([]).allows(address):
        assert ipaddress.ip_address(address).is_global or "." not in address
