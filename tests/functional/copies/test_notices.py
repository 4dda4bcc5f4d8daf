"""A platform tells by itself that it copied a course: believed only when signed, kept once."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import select
from werkzeug import Request, Response
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.jobs import WORK
from lti_tool.lti.models import Audit, ContextCopy, Deployment, Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.functional.copies.conftest import CopyOf, Courses
from tests.serving import served
from tests.signing_platform import CLAIM, SigningPlatform, Visitor, enter

pytestmark = pytest.mark.sqlite

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
ABSENT = object()
Send = Callable[..., TestResponse]


def notice(platform: SigningPlatform, **changes: Any) -> dict[str, Any]:
    """Return the claims of a notice that c1 was copied to c2, as Canvas sends them."""
    now = int(time.time())
    claims = {
        "iss": platform.issuer,
        "aud": platform.client_id,
        "azp": platform.client_id,
        "iat": now,
        "exp": now + 3600,
        "nonce": "n1",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": "1",
        f"{CLAIM}notice": {
            "id": "7a70",
            "timestamp": "2026-11-26T09:00:00Z",
            "type": "LtiContextCopyNotice",
        },
        f"{CLAIM}context": {"id": "c2", "title": "Copy"},
        f"{CLAIM}origin_contexts": ["c1"],
    } | changes
    return {name: value for name, value in claims.items() if value is not ABSENT}


def post(platform: SigningPlatform, *tokens: str) -> TestResponse:
    body = {"notices": [{"jwt": token} for token in tokens]}
    return platform.app.test_client().post("/lti/notices", json=body)


def kept(database: Database) -> list[tuple[str, str]]:
    with database.reading(EVERYWHERE) as session:
        return [
            (c.context_id, c.origin_context_id)
            for c in session.scalars(select(ContextCopy))
        ]


def newest_audit(database: Database) -> tuple[str, str]:
    with database.reading(EVERYWHERE) as session:
        row = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
        return row.event, row.reason


# Receiving


def test_a_signed_notice_is_kept_and_finds_its_course(
    earlier: Visitor,
    copy_of: CopyOf,
    known: Courses,
    platform: SigningPlatform,
    database: Database,
) -> None:
    answer = post(platform, platform.sign(notice(platform)))

    assert answer.status_code == 204
    assert kept(database) == [("c2", "c1")]
    assert newest_audit(database) == ("notice", "accepted")
    copy_of(None)
    assert known.find("c2").copied_from_id == known.find("c1").id
    assert known.find("c2").copied_at is not None


def test_the_same_notice_again_changes_nothing(
    earlier: Visitor, platform: SigningPlatform, database: Database
) -> None:
    token = platform.sign(notice(platform))

    assert post(platform, token, token).status_code == 204
    assert post(platform, token).status_code == 204

    assert kept(database) == [("c2", "c1")]


def test_a_notice_that_comes_after_the_first_launch_counts_at_the_next(
    earlier: Visitor, copy_of: CopyOf, known: Courses, platform: SigningPlatform
) -> None:
    copy_of(None)
    post(platform, platform.sign(notice(platform)))

    copy_of(None)

    assert known.find("c2").copied_from_id == known.find("c1").id


def test_contents_brought_into_a_course_that_long_exists_make_no_copy_of_it(
    earlier: Visitor,
    copy_of: CopyOf,
    known: Courses,
    platform: SigningPlatform,
    database: Database,
) -> None:
    copy_of(None)
    with database.transaction(EVERYWHERE) as session:
        session.merge(known.find("c2")).created_at = clock.now() - timedelta(days=3)
    post(platform, platform.sign(notice(platform)))

    copy_of(None)

    assert known.find("c2").copied_from_id is None


def test_a_copy_of_an_unknown_copy_leads_to_the_known_course(
    earlier: Visitor, copy_of: CopyOf, known: Courses, platform: SigningPlatform
) -> None:
    further = notice(
        platform,
        **{f"{CLAIM}context": {"id": "c3"}, f"{CLAIM}origin_contexts": ["c2"]},
    )
    post(platform, platform.sign(notice(platform)), platform.sign(further))

    copy_of(None, course="c3")

    assert known.find("c3").copied_from_id == known.find("c1").id


def test_other_notices_are_taken_and_ignored(
    earlier: Visitor, platform: SigningPlatform, database: Database
) -> None:
    hello = notice(
        platform, **{f"{CLAIM}notice": {"id": "1", "type": "LtiHelloWorldNotice"}}
    )

    assert post(platform, platform.sign(hello)).status_code == 204
    assert kept(database) == []


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("registration_unknown", {"iss": "https://elsewhere.example"}),
        ("registration_unknown", {"aud": "other", "azp": "other"}),
        ("aud_invalid", {"azp": "other"}),
        ("aud_invalid", {"aud": ["x"], "azp": "tool"}),
        ("aud_invalid", {"iss": ABSENT}),
        ("azp_missing", {"aud": ["tool", "other"], "azp": ABSENT}),
        ("token_invalid", {"exp": 1}),
        ("token_invalid", {"exp": ABSENT}),
        ("token_invalid", {"iat": ABSENT}),
        ("token_invalid", {"iat": 2**33}),
        ("token_invalid", {"nonce": ABSENT}),
        ("token_lives_too_long", {"exp": int(time.time()) + 100_000}),
        ("deployment_unknown", {f"{CLAIM}deployment_id": "2"}),
        ("deployment_unknown", {f"{CLAIM}deployment_id": ABSENT}),
        ("version_not_1_3", {f"{CLAIM}version": "1.1"}),
        ("aud_invalid", {"aud": []}),
        ("exp_invalid", {"exp": "4102444800"}),
        ("iat_invalid", {"iat": "1700000000"}),
        ("context_missing", {f"{CLAIM}context": ABSENT}),
        ("context_missing", {f"{CLAIM}context": {"id": 7}}),
        ("context_missing", {f"{CLAIM}origin_contexts": ABSENT}),
        ("context_missing", {f"{CLAIM}origin_contexts": "c1"}),
        ("context_missing", {f"{CLAIM}origin_contexts": ["a\nb", 3, None]}),
    ],
)
def test_a_notice_that_is_wrong_in_one_thing_is_refused(
    earlier: Visitor,
    platform: SigningPlatform,
    database: Database,
    reason: str,
    changes: dict[str, Any],
) -> None:
    answer = post(platform, platform.sign(notice(platform, **changes)))

    assert answer.status_code == 400
    assert newest_audit(database) == ("notice", reason)
    assert kept(database) == []


def test_a_foreign_signature_is_refused(
    earlier: Visitor, platform: SigningPlatform, database: Database
) -> None:
    stranger = SigningPlatform(platform.app, "https://stranger.example")
    forged = jwt.encode(
        notice(platform), stranger.key, algorithm="RS256", headers={"kid": platform.kid}
    )

    assert post(platform, forged).status_code == 400
    assert newest_audit(database) == ("notice", "token_invalid")


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "e30.e30.", jwt.encode({"iss": "x"}, "k" * 32), "A" * 70_000],
)
def test_what_is_no_signed_notice_is_refused(
    earlier: Visitor, platform: SigningPlatform, database: Database, token: str
) -> None:
    assert post(platform, token).status_code == 400
    assert kept(database) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b'{"notices": 1}',
        b'{"notices": [1]}',
        b'{"notices": [{"jwt": 1}]}',
    ],
)
def test_a_request_of_another_form_is_refused(
    platform: SigningPlatform, body: bytes
) -> None:
    client = platform.app.test_client()

    answer = client.post("/lti/notices", data=body, content_type="application/json")

    assert answer.status_code == 400


def test_one_bad_notice_costs_the_others_nothing(
    earlier: Visitor, platform: SigningPlatform, database: Database
) -> None:
    answer = post(platform, "x", platform.sign(notice(platform)))

    assert answer.status_code == 400
    assert kept(database) == [("c2", "c1")]


# Subscribing


@dataclass
class Service:
    """A platform's notification service that really listens."""

    address: str = ""
    status: int = 200
    asked: list[tuple[str, Any]] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)

    @property
    def claims(self) -> dict[str, Any]:
        return {
            f"{CLAIM}platformnotificationservice": {
                "service_versions": ["1.0"],
                "platform_notification_service_url": f"{self.address}/handlers",
                "scope": [SCOPE],
                "notice_types_supported": [
                    "LtiHelloWorldNotice",
                    "LtiContextCopyNotice",
                ],
            }
        }

    @Request.application
    def answer(self, request: Request) -> Response:
        if request.path == "/token":
            self.scopes.append(request.form["scope"])
            token = {"access_token": "t", "expires_in": 3600, "scope": SCOPE}
            return Response(json.dumps(token))
        self.asked.append((request.method, json.loads(request.data)))
        return Response("{}", self.status)


@pytest.fixture
def service(platform: SigningPlatform) -> Iterator[Service]:
    offered = Service()
    with served(offered.answer) as port:
        offered.address = f"http://127.0.0.1:{port}"
        with platform.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Registration, platform.registration_id)
            registration.token_url = f"{offered.address}/token"
        yield offered


def deployment(database: Database) -> Deployment:
    with database.reading(EVERYWHERE) as session:
        return session.scalars(select(Deployment)).one()


def test_the_worker_subscribes_once_where_a_launch_names_the_service(
    service: Service, platform: SigningPlatform, database: Database
) -> None:
    for sub in ("1", "2"):
        enter(platform, sub, "Instructor", **service.claims)
    WORK["notices"](platform.tool)
    enter(platform, "3", "Instructor", **service.claims)
    WORK["notices"](platform.tool)

    handler = f"{platform.base_url}/lti/notices"
    wanted = {"notice_type": "LtiContextCopyNotice", "handler": handler}
    assert service.asked == [("PUT", wanted)]
    assert service.scopes == [SCOPE]
    assert deployment(database).notices_at is not None


def test_a_refused_subscription_is_tried_again_later(
    service: Service, platform: SigningPlatform, database: Database
) -> None:
    service.status = 403
    enter(platform, "1", "Instructor", **service.claims)
    WORK["notices"](platform.tool)
    WORK["notices"](platform.tool)

    assert len(service.asked) == 1
    due = deployment(database).notices_due_at
    assert due is not None
    assert due > clock.now() + timedelta(hours=1)


def test_a_platform_that_does_not_offer_it_is_not_asked(
    service: Service, platform: SigningPlatform, database: Database
) -> None:
    claims = service.claims
    claims[f"{CLAIM}platformnotificationservice"]["notice_types_supported"] = [
        "LtiHelloWorldNotice"
    ]
    enter(platform, "1", "Instructor", **claims)
    WORK["notices"](platform.tool)

    assert service.asked == []


def test_no_token_goes_to_another_host(
    service: Service, platform: SigningPlatform, database: Database
) -> None:
    claims = service.claims
    claims[f"{CLAIM}platformnotificationservice"][
        "platform_notification_service_url"
    ] = "http://127.0.0.2:9/handlers"
    enter(platform, "1", "Instructor", **claims)
    WORK["notices"](platform.tool)

    assert service.asked == service.scopes == []
    assert deployment(database).notices_at is None


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"notices": [{"jwt": ' + "[" * 100_000]
)
def test_a_notice_that_is_nested_without_end_is_refused(
    platform: SigningPlatform, body: str
) -> None:
    answer = platform.app.test_client().post(
        "/lti/notices", data=body, content_type="application/json"
    )

    assert answer.status_code == 400
