"""An administrator registers the tool from a platform, sees what that means, and what comes next."""

import json
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from lti_tool.lti.models import Registration, RegistrationInvitation
from lti_tool.lti.registrations import find_deployment, put_registration
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms.example import EXAMPLE
from lti_tool.practice_lms.lms import PracticeLMS
from tests.functional.registration.conftest import (
    REGISTER,
    Administrator,
    hidden_fields,
)

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
Stored = Callable[[], list[Registration]]
Audited = Callable[[], list[str]]


def test_the_tool_is_registered_with_what_the_platform_says_of_itself(
    admin: Administrator, lms: PracticeLMS, stored: Stored, audited: Audited
) -> None:
    done = admin.registers(admin.invited(name="Our Moodle"))

    [registration] = stored()
    [tool] = lms.tools.all()
    assert done.status_code == 200
    assert registration.name == "Our Moodle"
    assert registration.source == "dynamic"
    assert registration.open_deployments
    assert (registration.issuer, registration.client_id) == (
        lms.addresses.issuer,
        tool.client_id,
    )
    assert (registration.auth_url, registration.token_url, registration.jwks_url) == (
        lms.addresses.auth_url,
        lms.addresses.token_url,
        lms.addresses.jwks_url,
    )
    assert audited() == ["registered"]


def test_the_deployment_of_the_answer_is_known_from_then_on(
    admin: Administrator, lms: PracticeLMS, stored: Stored, database: Database
) -> None:
    admin.registers(admin.invited())

    [tool] = lms.tools.all()
    with database.reading(EVERYWHERE) as session:
        assert find_deployment(session, stored()[0].id, tool.deployment_id)


def test_without_a_name_the_platform_is_called_by_its_host(
    admin: Administrator, stored: Stored
) -> None:
    admin.registers(admin.invited())

    assert stored()[0].name == "localhost"


def test_a_registered_platform_launches_at_once(
    app: Flask, admin: Administrator, lms: PracticeLMS
) -> None:
    admin.registers(admin.invited())
    [tool] = lms.tools.all()
    person, link = EXAMPLE.courses[0].members[0].person, EXAMPLE.courses[0].links[0]
    browser = app.test_client()
    login = {**lms.login_fields(person, link), "client_id": tool.client_id}
    asked = dict(
        part.split("=", 1)
        for part in browser.post(
            "/lti/login",
            data={**login, "lti_deployment_id": tool.deployment_id},
            base_url="https://localhost",
        )
        .headers["Location"]
        .partition("?")[2]
        .split("&")
    )

    token = lms.id_token(
        person,
        link,
        asked["nonce"],
        aud=tool.client_id,
        **{
            "https://purl.imsglobal.org/spec/lti/claim/deployment_id": tool.deployment_id
        },
    )
    launched = browser.post(
        "/lti/launch",
        data={"state": asked["state"], "id_token": token},
        base_url="https://localhost",
    )

    assert (launched.status_code, "/l/" in launched.headers.get("Location", "")) == (
        303,
        True,
    )


def test_we_ask_for_what_we_use_and_nothing_beyond(
    admin: Administrator, lms: PracticeLMS
) -> None:
    admin.registers(admin.invited())

    said = lms.tools.all()[0].said
    scopes = said["scope"].split()
    assert sorted(scope.rpartition("/")[2] for scope in scopes) == [
        "contextmembership.readonly",
        "lineitem",
        "result.readonly",
        "score",
    ]
    assert said[TOOL]["domain"] == "127.0.0.1:29999"
    assert said["redirect_uris"] == ["http://127.0.0.1:29999/lti/launch"]
    assert said[TOOL]["claims"] == [
        *("iss", "sub", "name", "given_name", "family_name", "email")
    ]
    assert [m["type"] for m in said[TOOL]["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]
    assert "activity" not in said[TOOL]["custom_parameters"]


def test_names_are_there_in_both_languages_and_in_the_readers_without_one(
    admin: Administrator, lms: PracticeLMS
) -> None:
    secret = admin.invited()
    admin.confirms(admin.opens(secret, lang="de"))

    said = lms.tools.all()[0].said
    assert said["client_name"] == said["client_name#de"] == "Zertifikatslehrgang"
    assert said["client_name#en"] == "Certificate course"
    assert all("label#de" in m and "label#en" in m for m in said[TOOL]["messages"])


def test_the_page_says_what_leaves_the_platform_before_anything_is_sent(
    admin: Administrator, lms: PracticeLMS, stored: Stored
) -> None:
    page = admin.opens(admin.invited()).text

    for text in (
        "Which data leave the learning platform",
        "E-mail address",
        "Members of the course",
        "Where they lie, and how long",
        "Whom to ask",
        "With privacy “Never”",
        "How to remove the tool",
        lms.addresses.issuer,
        "Moodle",
    ):
        assert text in page
    assert (stored(), lms.tools.all()) == ([], [])


def test_the_platform_may_frame_the_pages_and_nobody_else(
    admin: Administrator, lms: PracticeLMS
) -> None:
    page = admin.opens(admin.invited())
    done = admin.confirms(page)

    for answer in (page, done):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.endswith(f"frame-ancestors {lms.addresses.issuer}")


def test_after_it_the_administrator_reads_the_next_steps_for_the_product(
    admin: Administrator, lms: PracticeLMS
) -> None:
    done = admin.registers(admin.invited()).text

    first = done[: done.index("Other learning platforms")]
    assert "What is left to do in Moodle" in first
    assert "Activate" in first
    for product in (
        "Canvas",
        "Brightspace",
        "Blackboard",
        "ILIAS",
        "OpenOlat",
        "Sakai",
    ):
        assert product in done[len(first) :]
        assert product not in first
    assert lms.tools.all()[0].client_id in first
    assert "registration.js" in done


def test_no_cookie_is_needed_or_set(admin: Administrator) -> None:
    page = admin.opens(admin.invited())
    done = admin.confirms(page)

    assert "Set-Cookie" not in page.headers
    assert (done.status_code, "Set-Cookie" in done.headers) == (200, False)


def test_opened_in_a_browser_the_address_says_where_to_enter_it(
    admin: Administrator,
) -> None:
    page = admin.tool.get(
        REGISTER, query_string={"token": admin.invited(), "lang": "en"}
    )

    assert page.status_code == 200
    assert "Enter this address in your learning platform" in page.text
    assert "Add LTI Advantage" in page.text


@pytest.mark.parametrize("round_", range(3))
def test_of_several_at_once_exactly_one_registers(
    admin: Administrator, lms: PracticeLMS, stored: Stored, app: Flask, round_: int
) -> None:
    secret = admin.invited()
    forms = [hidden_fields(admin.opens(secret).text) for _ in range(6)]
    answers: list[int] = []

    def post(form: dict[str, str]) -> None:
        answers.append(app.test_client().post(REGISTER, data=form).status_code)

    threads = [Thread(target=post, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 403, 403, 403, 403, 403]
    assert (len(stored()), len(lms.tools.all())) == (1, 1)


def test_an_invitation_works_once(
    admin: Administrator, stored: Stored, audited: Audited
) -> None:
    secret = admin.invited()
    page = admin.opens(secret)
    admin.confirms(page)

    assert admin.confirms(page).status_code == 403
    assert admin.opens(secret).status_code == 403
    assert len(stored()) == 1
    assert audited() == ["registered", "invitation_used", "invitation_used"]


def test_a_failed_registration_gives_the_invitation_back(
    admin: Administrator,
    lms: PracticeLMS,
    stored: Stored,
    audited: Audited,
    invitations: Callable[[], list[RegistrationInvitation]],
) -> None:
    secret = admin.invited()
    used = admin.opens(secret)
    admin.confirms(used)
    again = admin.invited()
    failed = admin.confirms(used, token=again)

    assert failed.status_code == 400
    assert "was used before" in failed.text
    assert [row.used_at is None for row in invitations()] == [False, True]
    assert admin.registers(again).status_code == 200
    assert audited() == ["registered", "token_already_used", "registered"]
    assert len(stored()) == len(lms.tools.all()) == 2


class TestRenewing:
    """An invitation for a registration changes that one, and no other."""

    @pytest.fixture
    def first(self, admin: Administrator, stored: Stored) -> Registration:
        admin.registers(admin.invited(name="Our Moodle"))
        return stored()[0]

    def opens(self, admin: Administrator, secret: str, tool: str) -> Any:
        return admin.tool.get(
            REGISTER, query_string={**admin.parameters(secret, tool), "lang": "en"}
        )

    def test_the_client_id_stays_and_the_addresses_are_taken_anew(
        self,
        admin: Administrator,
        lms: PracticeLMS,
        first: Registration,
        stored: Stored,
        audited: Audited,
        database: Database,
    ) -> None:
        with database.transaction(EVERYWHERE) as session:
            row = session.get_one(Registration, first.id)
            row.auth_url, row.open_deployments = "https://old.example/auth", False
            row.service_hosts = ["https://more.example"]
        page = self.opens(
            admin, admin.invited(registration_id=first.id), first.client_id
        )
        done = admin.confirms(page)

        [renewed] = stored()
        assert "The registration is renewed" in done.text
        assert (renewed.client_id, renewed.auth_url) == (
            first.client_id,
            lms.addresses.auth_url,
        )
        # What the operator decided stays.
        assert (renewed.name, renewed.open_deployments, renewed.service_hosts) == (
            "Our Moodle",
            False,
            ["https://more.example"],
        )
        assert audited() == ["registered", "updated"]

    def test_the_page_says_that_the_administrators_settings_are_overwritten(
        self, admin: Administrator, first: Registration
    ) -> None:
        page = self.opens(
            admin, admin.invited(registration_id=first.id), first.client_id
        )

        assert "This changes the registration “Our Moodle”" in page.text
        assert "Moodle resets" in page.text

    def test_a_new_client_id_is_not_stored(
        self,
        admin: Administrator,
        first: Registration,
        stored: Stored,
        audited: Audited,
    ) -> None:
        done = admin.registers(admin.invited(registration_id=first.id))

        assert done.status_code == 400
        assert "another registration of the tool" in done.text
        assert [r.client_id for r in stored()] == [first.client_id]
        assert audited() == ["registered", "client_id_changed"]

    def test_another_platform_cannot_use_it(
        self, admin: Administrator, database: Database, audited: Audited
    ) -> None:
        with database.transaction(EVERYWHERE) as session:
            other = put_registration(
                session,
                name="Other",
                issuer="https://other.example",
                client_id="c",
                auth_url="https://other.example/a",
                token_url="https://other.example/t",
                jwks_url="https://other.example/j",
            )
        secret = admin.invited(registration_id=other.id)

        page = admin.opens(secret)

        assert (page.status_code, audited()) == (400, ["other_platform"])
        mine = admin.opens(admin.invited())
        assert admin.confirms(mine, token=secret).status_code == 400

    def test_a_platform_that_was_switched_off_stays_so(
        self,
        admin: Administrator,
        first: Registration,
        stored: Stored,
        database: Database,
    ) -> None:
        with database.transaction(EVERYWHERE) as session:
            session.get_one(Registration, first.id).enabled = False
        page = self.opens(
            admin, admin.invited(registration_id=first.id), first.client_id
        )

        done = admin.confirms(page).text

        assert not stored()[0].enabled
        assert f"lti-tool platform enable {first.id}" in done


def confirms_known(admin: Administrator, lms: PracticeLMS, secret: str) -> TestResponse:
    """Register where the platform answers with the client id that it gave before."""
    known = lms.tools.all()[0].client_id
    parameters = {**admin.parameters(secret, tool=known), "lang": "en"}
    return admin.confirms(admin.tool.get(REGISTER, query_string=parameters))


def test_an_ordinary_invitation_changes_no_registration_that_is_there(
    admin: Administrator, lms: PracticeLMS, stored: Stored, audited: Audited
) -> None:
    admin.registers(admin.invited(name="Our Moodle"))

    done = confirms_known(admin, lms, admin.invited(name="Another school"))

    assert done.status_code == 400
    assert "registered here already" in done.text
    assert [r.name for r in stored()] == ["Our Moodle"]
    assert audited() == ["registered", "known_here"]


def test_no_platform_gets_the_client_id_of_another(
    admin: Administrator,
    lms: PracticeLMS,
    stored: Stored,
    audited: Audited,
    database: Database,
) -> None:
    admin.registers(admin.invited())
    with database.transaction(EVERYWHERE) as session:
        row = session.get_one(Registration, stored()[0].id)
        row.issuer = "https://victim.example"

    done = confirms_known(admin, lms, admin.invited())

    assert done.status_code == 400
    assert [r.issuer for r in stored()] == ["https://victim.example"]
    assert audited() == ["registered", "client_id_taken"]


def test_the_signed_form_holds_what_was_shown(admin: Administrator) -> None:
    page = admin.opens(admin.invited())
    fields = hidden_fields(page.text)

    assert set(fields) == {"token", "confirmed"}
    spoilt = fields["confirmed"][:-2] + json.dumps(0) * 2
    assert admin.confirms(page, confirmed=spoilt).status_code == 400
    assert admin.confirms(page, confirmed="").status_code == 400
