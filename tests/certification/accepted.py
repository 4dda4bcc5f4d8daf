"""The launches that tools must accept, as data: what is said, and what it makes of the person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.certification.forging import ABSENT
from tests.certification.launching import Changes
from tests.certification.table import INSTITUTION, REVIEW, from_now, lti
from tests.signing_platform import AGS, MEMBERSHIP, NRPS

SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
ASSISTANT = f"{VOCABULARY}membership/Instructor#TeachingAssistant"
STAFF, PARTICIPANT, NONE = "staff", "participant", "none"
PLACES = {"Instructor": STAFF, "Learner": PARTICIPANT}


@dataclass(frozen=True)
class Accepted:
    """A launch that opens a page."""

    case: str
    name: str
    role: str = "Instructor"
    """The role of the person, unless the change names others."""
    change: Changes = field(default_factory=dict)
    place: str | None = None
    """What the launch makes of the person; what the role says where it is not named."""

    def __str__(self) -> str:
        return f"{self.case} {self.name} - {self.role}"


def in_roles(case: str, name: str, roles: Sequence[str], place: str) -> Accepted:
    return Accepted(case, name, change=lti("roles", list(roles)), place=place)


def both(teacher: str, student: str, name: str, change: Changes) -> list[Accepted]:
    """Return a row for a teacher and one for a student."""
    return [
        Accepted(teacher, name, "Instructor", change),
        Accepted(student, name, "Learner", change),
    ]


NO_NAME = {"claims.name": ABSENT, "claims.given_name": ABSENT}
NO_MAIL = {"claims.email": ABSENT}
ONLY_REQUIRED = {
    **NO_NAME,
    **NO_MAIL,
    **lti("launch_presentation", ABSENT),
    **lti("custom", ABSENT),
    **lti("context", {"id": "c1"}),
    **lti("resource_link", {"id": "only"}),
}

NULL = {
    part: value
    for name in ("custom", "launch_presentation", "tool_platform", "lis", "for_user")
    for part, value in lti(name, None).items()
}

ROLES = [
    in_roles("T-01", "instructor", [f"{MEMBERSHIP}Instructor"], STAFF),
    in_roles("T-02", "several roles", [f"{MEMBERSHIP}Instructor", f"{INSTITUTION}Staff", f"{INSTITUTION}Other"], STAFF),
    in_roles("T-03", "short role", ["Instructor"], STAFF),
    in_roles("T-04", "unknown role", [f"{VOCABULARY}unknown/unknown#Helper"], NONE),
    in_roles("T-05", "no role", [""], NONE),
    in_roles("T-05", "an empty list of roles", [], NONE),
    in_roles("S-01", "learner", [f"{MEMBERSHIP}Learner"], PARTICIPANT),
    in_roles("S-02", "several roles", [f"{MEMBERSHIP}Learner", f"{INSTITUTION}Student", f"{INSTITUTION}Mentor"], PARTICIPANT),
    in_roles("S-03", "short role", ["Learner"], PARTICIPANT),
    in_roles("S-04", "known and unknown role", [f"{MEMBERSHIP}Learner", f"{VOCABULARY}uknownrole/unknown#Unknown"], PARTICIPANT),
    in_roles("S-05", "no role", [""], NONE),
    in_roles("AUTH-05", "teacher of the institution, learner here", [f"{INSTITUTION}Instructor", f"{MEMBERSHIP}Learner"], PARTICIPANT),
    in_roles("AUTH-05", "administrator of the system, learner here", [f"{SYSTEM}Administrator", f"{MEMBERSHIP}Learner"], PARTICIPANT),
    in_roles("AUTH-05", "teacher of the institution only", [f"{INSTITUTION}Instructor"], NONE),
    in_roles("AUTH-05", "administrator of the system only", [f"{SYSTEM}Administrator"], NONE),
    in_roles("AUTH-05", "an invented vocabulary", ["https://evil.example/membership#Instructor"], NONE),
    in_roles("AUTH-05", "a role that only ends alike", [f"{VOCABULARY}membershipX#Instructor"], NONE),
    in_roles("AUTH-05", "an institution role in the place of a sub-role", [f"{VOCABULARY}institution/person/Instructor#TeachingAssistant"], NONE),
    in_roles("AUTH-06", "teaching assistant", [ASSISTANT], STAFF),
    in_roles("AUTH-06", "a teaching assistant's name without its place", ["TeachingAssistant"], NONE),
    in_roles("AUTH-07", "mentor without people", [f"{MEMBERSHIP}Mentor"], NONE),
    Accepted("AUTH-07", "mentor of somebody", change={**lti("roles", [f"{MEMBERSHIP}Mentor"]), **lti("role_scope_mentor", ["7"])}, place=NONE),
    in_roles("AUTH-07", "a learner's mentor who learns too", [f"{MEMBERSHIP}Mentor", f"{MEMBERSHIP}Learner"], PARTICIPANT),
]  # fmt: skip

PEOPLE = [
    *both("T-06", "S-06", "e-mail only", NO_NAME),
    *both("T-07", "S-07", "name only", NO_MAIL),
    *both("T-07", "S-07", "parts of a name", {**NO_MAIL, "claims.name": ABSENT, "claims.given_name": "Mia", "claims.family_name": "Muster"}),
    *both("T-08", "S-08", "neither", {**NO_NAME, **NO_MAIL}),
    *both("T-08", "S-08", "empty", {"claims.name": "", "claims.email": None}),
    *both("T-08", "S-08", "odd", {"claims.name": "Mia\x00\nMuster", "claims.email": 7}),
    *both("T-08", "S-08", "long", {"claims.name": "Ü" * 5000}),
    *both("T-08", "S-08", "null in place of claims", {**NULL, f"claims.{AGS}": None, f"claims.{NRPS}": None}),
    *both("AUTH-12", "AUTH-12", "a review without a gradebook", {**REVIEW, f"claims.{AGS}": None}),
    *both("AUTH-12", "AUTH-12", "a review of no line item", {**REVIEW, f"claims.{AGS}": {}}),
    *both("T-10", "S-10", "a new resource link", lti("resource_link", {"id": "brand-new"})),
    *both("T-10", "S-10", "nothing but what is required", ONLY_REQUIRED),
]  # fmt: skip

TOKENS = [
    Accepted("LTIJS-03", "a list of us", change={"claims.aud": ["tool"]}),
    Accepted("LTIJS-03", "a list of us, and azp", change={"claims.aud": ["tool"], "claims.azp": "tool"}),
    Accepted("LTIJS-03", "others too, azp is us", change={"claims.aud": ["other", "tool"], "claims.azp": "tool"}),
    Accepted("TIME-05", "half a minute old", change={"claims.iat": from_now(-30), "claims.exp": from_now(30)}),
    Accepted("TIME-05", "clock half a minute ahead", change={"claims.iat": from_now(30), "claims.exp": from_now(90)}),
    Accepted("TIME-05", "clock half a minute behind", change={"claims.iat": from_now(-90), "claims.exp": from_now(-30)}),
    Accepted("TIME-05", "not before in half a minute", change={"claims.nbf": from_now(30)}),
    Accepted("TIME-06", "fractions of a second", change={"claims.iat": from_now(0.5), "claims.exp": from_now(60.25)}),
    Accepted("TIME-04", "nine minutes old", change={"claims.iat": from_now(-540)}),
    Accepted("TIME-03", "lives for an hour", change={"claims.exp": from_now(3600)}),
    Accepted("JWT-15", "a key without algorithm and use", change={"platform": lambda a: setattr(a.platform, "keys", [{k: v for k, v in a.platform.jwk.items() if k not in {"alg", "use"}}])}),
    Accepted("JWT-14", "another key besides", change={"platform": lambda a: setattr(a.platform, "keys", [{"kty": "EC", "kid": "x"}, *a.platform.keys])}),
]  # fmt: skip

ACCEPTED = [*ROLES, *PEOPLE, *TOKENS]
