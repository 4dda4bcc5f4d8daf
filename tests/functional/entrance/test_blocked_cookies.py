"""Where a browser keeps no cookie in a frame, its storage and a bearer in the page stand in for it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.lti import audit
from lti_tool.lti.models import Audit, LaunchSession
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import SigningPlatform

pytestmark = pytest.mark.sqlite

IN_A_FRAME = {"Sec-Fetch-Dest": "iframe"}
OWN = "http://127.0.0.1:29999"


def attribute(page: str, name: str) -> str:
    """Return the value of an attribute that stands once on a page."""
    (value,) = re.findall(rf'{name}="([^"]*)"', page)
    return unescape(value)


def bearer_of(page: TestResponse) -> str:
    return attribute(
        page.text.replace('name="bearer" content', "bearer-of-page"), "bearer-of-page"
    )


class Frame:
    """A browser that keeps no cookie, in a frame; its storage holds what pages put there."""

    def __init__(self, platform: SigningPlatform, **login: str) -> None:
        self.platform = platform
        self.client = platform.app.test_client(use_cookies=False)
        fields = {
            "iss": platform.issuer,
            "client_id": platform.client_id,
            "login_hint": "1",
            "lti_message_hint": "m",
            "target_link_uri": f"{platform.base_url}/lti/launch",
            **login,
        }
        self.entering = self.client.post("/lti/login", data=fields, headers=IN_A_FRAME)
        query = parse_qs(urlsplit(attribute(self.entering.text, "data-entering")).query)
        self.state, self.nonce = query["state"][0], query["nonce"][0]
        self.secret = attribute(self.entering.text, "data-secret")

    def post(
        self, path: str, data: Any, origin: str = OWN, **more: Any
    ) -> TestResponse:
        """Post as a page of the tool does, or one of another site."""
        return self.client.post(path, data=data, headers={"Origin": origin}, **more)

    def launch(
        self, secret: str | None = None, origin: str = OWN, **claims: Any
    ) -> TestResponse:
        signed = self.platform.claims(**claims)
        token = self.platform.sign({**signed, "nonce": self.nonce})
        form = {"state": self.state, "id_token": token}
        if secret is not None:
            form["storage_secret"] = secret
        return self.post("/lti/launch", form, origin)

    def enter(self, **claims: Any) -> TestResponse:
        """Come through the launch to the first page."""
        return self.follow(self.launch(self.secret, **claims))

    def follow(self, leading_on: TestResponse) -> TestResponse:
        """Do what the script of a page that leads on does."""
        bearer = attribute(
            leading_on.text.replace('name="bearer" value', "sent"), "sent"
        )
        return self.visit(attribute(leading_on.text, "action"), bearer)

    def visit(self, path: str, bearer: str, origin: str = OWN) -> TestResponse:
        """Follow a link as the page's script does: by a form of plain text."""
        return self.post(
            path, f"bearer={bearer}\r\n", origin, content_type="text/plain"
        )


@pytest.fixture
def frame(platform: SigningPlatform) -> Frame:
    return Frame(platform)


def home_of(page: TestResponse) -> str:
    return attribute(page.text, "data-session")


def test_a_client_outside_a_frame_is_sent_on_at_once(platform: SigningPlatform) -> None:
    state, _nonce = platform.login(platform.app.test_client())

    assert state


def test_a_browser_that_sends_its_cookie_into_a_frame_is_sent_on_at_once(
    platform: SigningPlatform,
) -> None:
    client = platform.app.test_client()
    platform.launch(client)

    fields = {
        "iss": platform.issuer,
        "login_hint": "1",
        "target_link_uri": f"{platform.base_url}/lti/launch",
    }
    answer = client.post("/lti/login", data=fields, headers=IN_A_FRAME)

    assert answer.status_code == 302


def test_the_page_of_a_doubtful_login_tells_where_it_may_lead(frame: Frame) -> None:
    page = frame.entering

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://lms.example;" in policy
    assert attribute(page.text, "data-platform") == "https://lms.example"


def test_without_cookie_the_launch_asks_for_the_secret_and_changes_nothing(
    frame: Frame, database: Database
) -> None:
    answer = frame.launch()

    assert answer.status_code == 200
    assert "data-returning" in answer.text
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(LaunchSession)).all() == []
        assert session.scalars(sa.select(Audit)).all() == []


def test_with_the_secret_the_visit_goes_on_by_a_bearer(frame: Frame) -> None:
    home = frame.enter()

    assert home.status_code == 200
    assert "Course c1" in home.text
    assert bearer_of(home)


def test_a_wrong_secret_is_refused(frame: Frame) -> None:
    answer = frame.launch("guessed")

    assert answer.status_code == 400
    assert "cookie_missing" in answer.text


def test_a_secret_of_another_login_is_refused(platform: SigningPlatform) -> None:
    mine, others = Frame(platform), Frame(platform)

    assert mine.launch(others.secret).status_code == 400


def test_a_secret_that_another_site_sends_is_not_looked_at(frame: Frame) -> None:
    answer = frame.launch(frame.secret, origin="https://evil.example")

    assert "data-returning" in answer.text
    assert frame.enter().status_code == 200


def test_no_other_site_can_lead_into_a_visit_by_its_bearer(frame: Frame) -> None:
    home = frame.enter()
    form = {"language": "de", "back": home_of(home), "bearer": bearer_of(home)}
    evil = "https://evil.example"

    assert frame.visit(home_of(home), bearer_of(home), evil).status_code == 401
    assert frame.post(f"{home_of(home)}language", form, evil).status_code == 400


def test_the_secret_works_once(frame: Frame) -> None:
    assert frame.launch(frame.secret).status_code == 200

    again = frame.launch(frame.secret)

    assert again.status_code == 400
    assert "state_used" in again.text


def test_a_login_without_the_page_takes_no_secret(platform: SigningPlatform) -> None:
    client = platform.app.test_client()
    state, nonce = platform.login(client)
    token = platform.sign({**platform.claims(), "nonce": nonce})

    answer = platform.app.test_client().post(
        "/lti/launch",
        data={"state": state, "id_token": token, "storage_secret": "any"},
    )

    assert answer.status_code == 400
    assert "cookie_missing" in answer.text


def test_a_bearer_never_stands_in_an_address(frame: Frame) -> None:
    home = frame.enter()
    bearer = bearer_of(home)

    assert frame.client.get(f"{home_of(home)}?bearer={bearer}").status_code == 401
    assert not re.search(rf'(href|action)="[^"]*{re.escape(bearer)}', home.text)


def test_a_script_sends_the_bearer_in_a_header(frame: Frame) -> None:
    home = frame.enter()

    answer = frame.client.get(
        f"{home_of(home)}bearer",
        headers={"Authorization": f"Bearer {bearer_of(home)}"},
    )

    assert answer.status_code == 200
    assert frame.visit(home_of(home), answer.json["bearer"]).status_code == 200


def test_a_form_needs_the_bearer_and_no_other_code(frame: Frame) -> None:
    home = frame.enter()
    form = {"language": "de", "back": home_of(home)}
    path = f"{home_of(home)}language"

    assert frame.post(path, form).status_code == 400
    answer = frame.post(path, {**form, "bearer": bearer_of(home)})

    assert 'lang="de"' in frame.follow(answer).text


def test_what_an_action_says_is_shown_once_on_the_next_page(frame: Frame) -> None:
    home = frame.enter(role="Instructor")
    form = {"time_zone": "Europe/Vienna", "language": "de", "bearer": bearer_of(home)}

    answer = frame.post(f"{home_of(home)}settings", form)
    page = frame.follow(answer)

    assert "The settings are stored." in page.text
    again = frame.visit(f"{home_of(home)}settings", bearer_of(page))
    assert "The settings are stored." not in again.text


def test_a_bearer_opens_no_other_visit(platform: SigningPlatform) -> None:
    mine, others = Frame(platform), Frame(platform)
    my_home, other_home = mine.enter(sub="7"), others.enter(sub="8", course="c2")

    answer = mine.visit(home_of(other_home), bearer_of(my_home))

    assert answer.status_code == 401


def test_a_bearer_does_not_stand_in_for_the_cookie_of_a_visit_that_has_one(
    platform: SigningPlatform, app: Flask
) -> None:
    client = app.test_client()
    place = platform.launch(client).location
    thief = app.test_client()

    assert 'name="bearer"' not in client.get(place).text
    assert (
        thief.post(place, data="bearer=x\r\n", content_type="text/plain").status_code
        == 401
    )


def test_opening_in_a_window_of_its_own_uses_the_login_of_the_frame_up(
    platform: SigningPlatform, frame: Frame
) -> None:
    window: FlaskClient = platform.app.test_client()

    answer = window.post(
        "/lti/login",
        data={
            "iss": platform.issuer,
            "client_id": platform.client_id,
            "login_hint": "1",
            "target_link_uri": f"{platform.base_url}/lti/launch",
            "storage_secret": frame.secret,
        },
        headers={"Sec-Fetch-Dest": "document"},
    )

    assert answer.status_code == 302
    assert "state_used" in frame.launch(frame.secret).text


def test_two_tabs_that_open_their_first_page_at_once_both_come_in(
    platform: SigningPlatform,
) -> None:
    client = platform.app.test_client()
    first, second = client, platform.app.test_client()
    logins = [platform.login(tab) for tab in (first, second)]
    # One browser: the later login's cookies replace the earlier's, each keeps its own besides.
    for cookie in second._cookies.values():
        first._cookies[cookie._storage_key] = cookie

    for (state, nonce), course in zip(logins, ("c1", "c2"), strict=True):
        token = platform.sign({**platform.claims(course=course), "nonce": nonce})
        answer = first.post("/lti/launch", data={"state": state, "id_token": token})
        assert answer.status_code == 303
        assert f"Course {course}" in first.get(answer.location).text


def test_the_cookie_of_a_login_goes_with_its_launch(platform: SigningPlatform) -> None:
    client = platform.app.test_client()
    platform.launch(client)

    names = [cookie.key for cookie in client._cookies.values()]

    assert names == ["__Host-lti-tool"]


def test_first_launches_of_two_tabs_at_once_make_one_browser(
    platform: SigningPlatform,
) -> None:
    first, second = platform.app.test_client(), platform.app.test_client()
    logins = [platform.login(first), platform.login(first)]
    for cookie in first._cookies.values():
        second._cookies[cookie._storage_key] = cookie

    places = []
    for tab, (state, nonce), course in zip(
        (first, second), logins, ("c1", "c2"), strict=True
    ):
        token = platform.sign({**platform.claims(course=course), "nonce": nonce})
        answer = tab.post("/lti/launch", data={"state": state, "id_token": token})
        places.append(answer.location)

    assert [first.get(place).status_code for place in places] == [200, 200]
    assert [second.get(place).status_code for place in places] == [200, 200]


def test_an_ended_visit_with_a_bearer_goes_on_as_no_other(
    platform: SigningPlatform, database: Database
) -> None:
    mine, other = Frame(platform), Frame(platform)
    home = mine.enter()
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.update(LaunchSession).values(expires_at=clock.now() - timedelta(hours=1))
        )
    assert other.enter().status_code == 200

    assert mine.visit(home_of(home), bearer_of(home)).status_code == 401


def test_a_login_with_countless_parameters_is_refused(
    platform: SigningPlatform,
) -> None:
    fields = {f"p{number}": "x" for number in range(60)}
    known = {
        "iss": platform.issuer,
        "login_hint": "1",
        "target_link_uri": f"{platform.base_url}/lti/launch",
    }
    client = platform.app.test_client()

    assert client.post("/lti/login", data={**known, **fields}).status_code == 400
    assert client.post("/lti/login", data=known).status_code == 302


@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch"])
def test_nobody_sends_more_to_the_doorway_than_a_message_holds(
    platform: SigningPlatform, path: str
) -> None:
    answer = platform.app.test_client().post(path, data={"state": "x" * 300_000})

    assert answer.status_code == 413


def test_strangers_fill_the_audit_only_so_fast(
    platform: SigningPlatform, database: Database
) -> None:
    client = platform.app.test_client()
    for _ in range(audit.MOST_OF_STRANGERS + 20):
        client.post("/lti/launch", data={"state": "unknown", "id_token": "x"})
    client.post("/lti/login", data={"iss": platform.issuer})

    with database.reading(EVERYWHERE) as session:
        rows = session.scalars(sa.select(Audit.registration_id)).all()
    assert rows.count(None) == audit.MOST_OF_STRANGERS
    assert platform.registration_id in rows
