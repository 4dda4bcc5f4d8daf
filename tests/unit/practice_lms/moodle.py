"""The recorded Moodle rebuilt as a practice LMS, and its recordings to compare with."""

import json
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from lti_tool.practice_lms.access_tokens import OFFERED
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.practice_lms.world import (
    CoupledLineItem,
    Course,
    Member,
    Person,
    ResourceLink,
    Role,
    World,
)

RECORDED = Path(__file__).parents[2] / "recorded" / "moodle_4_5"
URL = "http://127.0.0.1:8080"
TOOL_URL = "http://127.0.0.1:9001"
CLIENT_ID = "KT4WTTCz0CVwQut"
NOW = 1795373730.0
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"

_TEACHERS = ("3", "4")
_NON_EDITING = "5"
_ENGLISH = ("2", "5")
_REVIEW = {"url": "http://127.0.0.1:9001/review", "custom": {"rv": "1"}}


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def ours(text: str) -> str:
    """A recorded text with our addresses in place of Moodle's."""
    for path, path_here in (
        ("/mod/lti/services.php", "/services"),
        ("/mod/lti/service.php", "/services/outcome"),
        (f"{TOOL_URL}/launch", f"{TOOL_URL}/lti/launch"),
    ):
        text = text.replace(path, path_here)
        text = text.replace(path.replace("/", "\\/"), path_here.replace("/", "\\/"))
    return text


def _role(sub: str) -> Role:
    if sub in _TEACHERS:
        return Role.TEACHER
    return Role.NON_EDITING_TEACHER if sub == _NON_EDITING else Role.STUDENT


def _members() -> tuple[Member, ...]:
    listed = tuple(
        Member(
            Person(
                sub=member["user_id"],
                given_name=member["given_name"],
                family_name=member["family_name"],
                username=member["ext_user_username"],
                email=member["email"],
                language="en" if member["user_id"] in _ENGLISH else "de",
                sourced_id=member["lis_person_sourcedid"],
            ),
            _role(member["user_id"]),
        )
        for member in recorded("nrps-members-all")["members"]
    )
    return (*listed, Member(_person("31", "stud25"), Role.STUDENT, active=False))


def _person(sub: str, username: str, language: str = "de") -> Person:
    return Person(
        sub=sub,
        given_name="Admin" if username == "admin" else "Ohne",
        family_name="User" if username == "admin" else "Kurs",
        username=username,
        email=f"{username}@example.org",
        language=language,
    )


def _link(link_id: str, title: str) -> ResourceLink:
    return ResourceLink(
        id=link_id,
        activity=f"activity-{link_id}",
        title=title,
        description="Beschreibung: Übung",
    )


def _course(key: str, context_id: str, total: int, **more: Any) -> Course:
    texts = {"label": key, "title": key, "sourced_id": key, "members": (), "links": ()}
    return Course(key=key, context_id=context_id, total_item_id=total, **texts | more)


_MOODLE_COURSE = _course(
    "ZNK-2026",
    "2",
    1,
    title="Zertifikatslehrgang Netzwerkkoordination",
    sourced_id="ZNK-2026-A",
    members=_members(),
    links=(
        _link("1", "Netzwerk-Reflexion"),
        _link("2", "Gruppenbildung"),
        _link("3", "Netzwerk-Reflexion R"),
        _link("4", "Zertifikat (vorkonfiguriert)"),
        _link("8", "Zwei"),
    ),
    line_items=(
        CoupledLineItem(
            id=2,
            link_id="1",
            label="Netzwerk-Reflexion",
            maximum=40,
            resource_id="res-77",
            tag="worksheet",
        ),
        CoupledLineItem(
            id=3,
            link_id="3",
            label="Netzwerk-Reflexion R",
            maximum=40,
            resource_id="res-77",
            tag="worksheet",
            submission_review=_REVIEW,
        ),
        CoupledLineItem(
            id=4, link_id="4", label="Zertifikat (vorkonfiguriert)", maximum=100
        ),
        CoupledLineItem(
            id=7, link_id="8", label="Zwei", maximum=40, resource_id="res-77", tag="t2"
        ),
    ),
)
_SECOND_COURSE = _course(
    "ZWEI",
    "3",
    5,
    links=(_link("6", "Zweitkurs-Aktivität"),),
    line_items=(
        CoupledLineItem(id=6, link_id="6", label="Zweitkurs-Aktivität", maximum=10),
    ),
)
# Its total stands behind no recorded request; the id only must not be in the way.
_SITE = _course("SITE", "1", -1)
MOODLE_WORLD = World(
    courses=(_MOODLE_COURSE, _SECOND_COURSE, _SITE),
    administrators=(_person("2", "admin", "en"),),
)


def make_moodle(data: Path) -> PracticeLMS:
    moodle = create_lms(
        url=URL,
        tool_url=TOOL_URL,
        data=data,
        client_id=CLIENT_ID,
        world=MOODLE_WORLD,
    )
    moodle.clock = lambda: NOW
    return moodle


class Tool:
    """Asks services as a tool with a token for everything, unless told otherwise."""

    def __init__(self, lms: PracticeLMS) -> None:
        self.lms = lms
        self.client = lms.test_client()

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        scopes: frozenset[str] = OFFERED,
        **headers: str,
    ) -> TestResponse:
        token = self.lms.tickets.issue_token(scopes, self.lms.clock())
        sent = {"Accept": "*/*", "Authorization": f"Bearer {token}"}
        for name, value in headers.items():
            sent[name.replace("_", "-")] = value
        return self.client.open(
            path,
            method=method,
            base_url=self.lms.addresses.url,
            data=body,
            headers=sent,
        )


def differences(response: TestResponse, case: dict[str, Any]) -> dict[str, Any]:
    """What differs between our answer and the recorded one, by part."""
    answer = {
        "status": response.status_code,
        "reason": response.status.partition(" ")[2],
        "content_type": response.headers.get("Content-Type"),
        "link": response.headers.get("Link"),
        "body": response.text,
    }
    wanted = {name: case[name] for name in answer}
    for name in ("reason", "body", "link"):
        if wanted[name] is not None:
            wanted[name] = ours(wanted[name])
    return {
        name: (answer[name], wanted[name])
        for name in answer
        if answer[name] != wanted[name]
    }
