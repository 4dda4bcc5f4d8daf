"""What tools must accept (certification T-01 to T-10, S-01 to S-10), and in which role."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from lti_tool.courses.models import Enrolment
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.certification.forging import ABSENT, ForgingPlatform
from tests.signing_platform import CLAIM, MEMBERSHIP

PERSON = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
STAFF, PARTICIPANT, NONE = "staff", "participant", "none"

ROLES = {
    "T-01 instructor": ([f"{MEMBERSHIP}Instructor"], STAFF),
    "T-02 several roles": ([f"{MEMBERSHIP}Instructor", f"{PERSON}Staff", f"{PERSON}Other"], STAFF),
    "T-03 short role": (["Instructor"], STAFF),
    "T-04 unknown role": (["http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper"], NONE),
    "T-05 no role": ([""], NONE),
    "no roles at all": ([], NONE),
    "S-01 learner": ([f"{MEMBERSHIP}Learner"], PARTICIPANT),
    "S-02 several roles": ([f"{MEMBERSHIP}Learner", f"{PERSON}Student", f"{MEMBERSHIP}Mentor"], PARTICIPANT),
    "S-03 short role": (["Learner"], PARTICIPANT),
    "S-04 known and unknown role": ([f"{MEMBERSHIP}Learner", "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown"], PARTICIPANT),
    "teaching assistant": (["http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"], STAFF),
    "teacher of the institution only": ([f"{PERSON}Instructor"], NONE),
    "teacher of the institution, learner here": ([f"{PERSON}Instructor", f"{MEMBERSHIP}Learner"], PARTICIPANT),
    "administrator of the system only": (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], NONE),
    "an invented vocabulary": (["https://evil.example/membership#Instructor"], NONE),
    "a role that only ends alike": (["http://purl.imsglobal.org/vocab/lis/v2/membershipX#Instructor"], NONE),
    "mentor": ([f"{MEMBERSHIP}Mentor"], NONE),
}  # fmt: skip


def launch(forger: ForgingPlatform, claims: Mapping[str, Any]) -> TestResponse:
    wanted = {**forger.claims(), **claims}
    return forger.launch(
        forger.app.test_client(), {k: v for k, v in wanted.items() if v is not ABSENT}
    )


def enrolled_as(database: Database) -> str | None:
    with database.reading(EVERYWHERE) as session:
        return session.scalar(sa.select(Enrolment.role))


@pytest.mark.parametrize(("roles", "expected"), ROLES.values(), ids=ROLES)
def test_context_roles_alone_decide(
    forger: ForgingPlatform, database: Database, roles: list[str], expected: str
) -> None:
    answer = launch(forger, {f"{CLAIM}roles": roles})

    assert (answer.status_code, enrolled_as(database)) == (303, expected)


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize(
    "person",
    [
        {"name": ABSENT},
        {"email": ABSENT},
        {"name": ABSENT, "given_name": "Mia", "family_name": "Muster"},
        {"name": ABSENT, "email": ABSENT},
        {"name": "", "email": None},
        {"name": "Mia\x00\nMuster", "email": 7},
        {"name": "Ü" * 5000},
    ],
    ids=[
        "e-mail only",
        "name only",
        "parts of a name",
        "neither",
        "empty",
        "odd",
        "long",
    ],
)
def test_names_and_e_mail_may_be_missing(
    forger: ForgingPlatform, role: str, person: dict[str, Any]
) -> None:
    client = forger.app.test_client()
    claims = {**forger.claims(role=role), **person}

    answer = forger.launch(client, {k: v for k, v in claims.items() if v is not ABSENT})

    assert client.get(answer.location).status_code == 200


def test_a_new_resource_link_opens_too(forger: ForgingPlatform) -> None:
    link = {f"{CLAIM}resource_link": {"id": "brand-new"}}

    assert launch(forger, link).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["tool"]},
        {"aud": ["tool"], "azp": "tool"},
        {"aud": ["other-tool", "tool"], "azp": "tool"},
    ],
    ids=["a list of us", "a list of us and azp", "others too, azp is us"],
)
def test_audiences_that_name_us_are_accepted(
    forger: ForgingPlatform, claims: dict[str, Any]
) -> None:
    assert launch(forger, claims).status_code == 303


@pytest.mark.parametrize(
    ("issued", "expires"),
    [(-30, 30), (30, 90), (-90, -30), (0.5, 60.5), (-540, 60)],
    ids=[
        "half a minute old",
        "clock ahead",
        "clock behind",
        "fractions",
        "nine minutes old",
    ],
)
def test_clocks_may_differ_by_less_than_a_minute(
    forger: ForgingPlatform, issued: float, expires: float
) -> None:
    now = int(time.time())

    assert (
        launch(forger, {"iat": now + issued, "exp": now + expires}).status_code == 303
    )


def test_a_key_without_algorithm_or_use_signs(forger: ForgingPlatform) -> None:
    forger.keys = [{k: v for k, v in forger.jwk.items() if k not in {"alg", "use"}}]

    assert launch(forger, {}).status_code == 303
