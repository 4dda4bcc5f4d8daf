"""A platform with a wrong certificate or a wrong name gets no grade and no token, but a sentence."""

import dataclasses
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
import trustme
from sqlalchemy import select, update
from werkzeug.serving import make_server

from lti_tool.gradebook.models import LineItem
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import Settings
from tests.functional.gradebook.scripted import ScriptedPlatform

TRUSTED, STRANGER = trustme.CA(), trustme.CA()
Wait = Callable[..., None]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The tool trusts one authority."""
    file = tmp_path / "authority.pem"
    TRUSTED.cert_pem.write_to_path(file)
    return dataclasses.replace(settings, ca_file=file)


@contextmanager
def secured(
    platform: ScriptedPlatform, certificate: trustme.LeafCert
) -> Iterator[None]:
    """Let the platform answer over https only, with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = make_server(
        "127.0.0.1", 0, platform.app, threaded=True, ssl_context=context
    )
    move(platform, f"https://localhost:{server.server_port}")
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def move(platform: ScriptedPlatform, url: str) -> None:
    with platform.tool.database.transaction(EVERYWHERE) as session:
        known = session.scalars(select(Registration)).one()
        known.issuer, known.token_url = url, f"{url}/token"
        session.execute(update(LineItem).values(url=f"{url}/item"))


def past(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


CERTIFICATES = {
    "expired": lambda: TRUSTED.issue_cert(
        "localhost", not_before=past(90), not_after=past(1)
    ),
    "not valid yet": lambda: TRUSTED.issue_cert(
        "localhost", not_before=past(-1), not_after=past(-90)
    ),
    "of another name": lambda: TRUSTED.issue_cert("lms.example"),
    "of an authority that nobody trusts": lambda: STRANGER.issue_cert("localhost"),
}


@pytest.mark.parametrize("issue", CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate_that_does_not_hold_lets_the_grade_wait(
    scripted: ScriptedPlatform, issue: Callable[[], trustme.LeafCert]
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.want()

    with secured(scripted, issue()):
        scripted.deliver()

    assert (scripted.row().state, scripted.row().answer) == ("due", "unreachable_tls")
    assert scripted.asked == []


def test_with_a_new_certificate_the_grade_goes_out_by_itself(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.want()
    move(scripted, "https://lms.invalid")
    scripted.deliver()
    assert scripted.row().answer == "unreachable_dns"

    wait(hours=1)
    with secured(scripted, TRUSTED.issue_cert("localhost")):
        scripted.deliver()

    assert (scripted.row().state, scripted.row().answer) == ("sent", "delivered")
