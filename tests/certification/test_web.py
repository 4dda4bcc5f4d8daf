"""What every answer on the way in says to the browser, and what nobody writes down."""

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from tests.certification.forging import ForgingPlatform, KeyServer
from tests.certification.launching import Attempt, Changes
from tests.certification.table import NOT_TOLD


def way_in(attempt: Attempt) -> list[TestResponse]:
    """Return the answers to login, launch and the first page."""
    login, launch = attempt.login(), attempt.post()
    page = attempt.browser.get(launch.location or "/l/unknown/")
    return [login, launch, page]


@pytest.mark.parametrize("changes", [{}, {"claims.exp": 1}], ids=["in", "refused"])
def test_headers_keep_the_way_in_to_the_browser_and_its_frame(
    shared_app: Flask, key_server: KeyServer, changes: Changes
) -> None:
    attempt = Attempt(ForgingPlatform(shared_app, key_server), changes=changes)

    for answer in way_in(attempt):
        assert "X-Frame-Options" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]


def test_only_the_platform_that_launched_may_frame_the_page(
    shared_app: Flask, key_server: KeyServer
) -> None:
    platform = ForgingPlatform(shared_app, key_server)

    page = way_in(Attempt(platform))[-1]

    policy = page.headers["Content-Security-Policy"]
    assert policy.split("frame-ancestors ")[1].split(";")[0] == platform.issuer


def test_a_launch_leaves_nothing_of_the_token_in_the_log(
    shared_app: Flask, key_server: KeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        answers = way_in(Attempt(ForgingPlatform(shared_app, key_server)))

    assert [answer.status_code for answer in answers] == [302, 303, 200]
    written = f"{lines}{caplog.text}"
    assert [said for said in NOT_TOLD if said in written] == []
