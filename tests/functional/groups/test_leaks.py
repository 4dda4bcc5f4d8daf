"""Everything that forming groups shows a participant, and nothing private of others in it.

Words that stand nowhere else are planted in whatever is private of others, in every table of
forming groups. Then all that a participant can get is collected: every page that links lead to,
every answer to a form, what the platform's privacy page says. None of the words may be there.
What has no words, such as wishes and times, is changed instead: no page may change by a letter.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, DictLoader

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.groups import service
from lti_tool.groups.choosing.models import ChoiceNews, WrongCode
from lti_tool.groups.criteria.models import Criterion, FeasibilityCheck, Pair
from lti_tool.groups.exchange.models import GroupUpload
from lti_tool.groups.models import (
    Choice,
    ChosenGroup,
    ChosenPlace,
    Formation,
    Response,
    Topic,
    Wish,
)
from lti_tool.groups.proposals.models import Move, Proposal, ProposalGroup
from lti_tool.groups.publishing.models import (
    PublicationSeen,
    PublishedMember,
)
from lti_tool.groups.room.models import Room
from lti_tool.groups.survey.models import Answer, Availability, PersonWish, Question
from lti_tool.operation.tables import metadata
from lti_tool.persistence.base import Base
from lti_tool.persistence.session import Session
from tests.functional.access.crawl import crawl
from tests.functional.groups.conftest import Classroom
from tests.signing_platform import CLAIM, SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

READER, MATE, OTHER, STRANGER = (f"Teilnehmerin {letter}" for letter in "AEBC")
"""A and E are in one group, B and C in others."""
PUBLISHED, ASKING, IN_ROOM, CHOSEN = 1, 2, 3, 4
"""Formations: published; ranked just now; on the projector; where groups are chosen."""
OK = 200
NUMBER = 7_654_321
"""What a cost, a bound and a seed are; found in any spelling of thousands."""


CODE = "SECRET"
"""How codes begin; pages show them in two halves."""
_WORD = re.compile(rf"witness[a-z0-9]+|{NUMBER}|SECR\W?ET\d")


def witness(what: str) -> str:
    """Return a word that stands nowhere but where it is planted."""
    return f"witness{what}"


@dataclass
class Planting:
    """A session, and the people by name."""

    session: Session
    ids: dict[str, int]

    def add(self, *rows: Base) -> None:
        self.session.add_all(rows)
        self.session.flush()


def proposals(plant: Planting) -> None:
    told = plant.session.get_one(Proposal, 1)
    told.cost = told.bound = told.seed = NUMBER
    told.input_hash = witness("hash")
    told.made_with = {"took": 1.0, "highspy": witness("made")}
    told.progress = {"share": 0.5, "cost": NUMBER, "bound": NUMBER}
    told.title = witness("title")
    group = plant.session.query(ProposalGroup).filter_by(proposal_id=1).first()
    pin = {"to_group_id": group.id, "pin": "group", "undone_at": None}
    plant.add(Move(proposal_id=1, person_id=plant.ids[OTHER], step=1, **pin))


def wishes(plant: Planting) -> None:
    """Another one wished for a topic that is removed by now, so that its title is nowhere else."""
    for formation in (PUBLISHED, ASKING, IN_ROOM):
        topic = Topic(formation_id=formation, title=witness("wish"), state="removed")
        plant.add(topic)
        for name in (MATE, OTHER):
            wish = {"formation_id": formation, "person_id": plant.ids[name]}
            plant.add(Wish(place=9, topic_id=topic.id, **wish))
            if formation != PUBLISHED:
                plant.add(Response(**wish))


def surveys(plant: Planting) -> None:
    for formation in (PUBLISHED, ASKING):
        row = plant.session.get_one(Formation, formation)
        row.slots, row.asks_company = ["0-8-12", "1-17-21"], True
        question = Question(
            formation_id=formation, title="Wie?", choices=["So", "Anders"]
        )
        plant.add(question)
        for name, other in ((MATE, READER), (OTHER, STRANGER)):
            person, named = plant.ids[name], plant.ids[other]
            who = {"formation_id": formation, "person_id": person}
            plant.add(
                Answer(question_id=question.id, person_id=person, choice=2),
                Availability(slots=["1-17-21", witness("slot")], **who),
                PersonWish(other_id=named, side="without", **who),
            )


def criteria(plant: Planting) -> None:
    for formation in (PUBLISHED, ASKING):
        first, second = sorted((plant.ids[READER], plant.ids[OTHER]))
        plant.add(
            Criterion(
                formation_id=formation,
                place=1,
                kind="not_alone",
                strength="nice",
                attribute="region",
                value=witness("rule"),
            ),
            Pair(
                formation_id=formation,
                first_id=first,
                second_id=second,
                bonding="apart",
                strength="nice",
                note=witness("note"),
                added_by=1,
            ),
            FeasibilityCheck(
                formation_id=formation,
                input_hash=witness("asked"),
                status="done",
                found={"rules": [witness("conflict")]},
            ),
        )


def choosing(plant: Planting) -> None:
    topic = plant.session.query(Topic).filter_by(formation_id=CHOSEN).first()
    plant.add(Choice(formation_id=CHOSEN, places=4, may_found=True))
    for number, name in enumerate((OTHER, STRANGER), start=1):
        person = plant.ids[name]
        group = ChosenGroup(
            formation_id=CHOSEN,
            number=number,
            topic_id=topic.id,
            code=f"{CODE}{number}",
            founded_by=person,
        )
        plant.add(group)
        who = {"formation_id": CHOSEN, "person_id": person}
        plant.add(
            ChosenPlace(group_id=group.id, is_waiting=False, **who),
            ChoiceNews(kind="put_in", group_label=witness(f"news{number}"), **who),
            WrongCode(since=group.created_at, count=3, **who),
        )


def uploads(plant: Planting) -> None:
    plant.add(
        GroupUpload(
            file_name=witness("file"), content="[]", by_person_id=plant.ids[OTHER]
        )
    )


def seen(plant: Planting) -> None:
    plant.add(PublicationSeen(publication_id=1, person_id=plant.ids[OTHER]))


PLANTED: dict[str, Callable[[Planting], None] | str] = {
    "proposal": proposals,
    "move": proposals,
    "wish": wishes,
    "response": wishes,
    "question": surveys,
    "answer": surveys,
    "availability": surveys,
    "person_wish": surveys,
    "criterion": criteria,
    "pair": criteria,
    "feasibility_check": criteria,
    "choice": choosing,
    "chosen_group": choosing,
    "chosen_place": choosing,
    "choice_news": choosing,
    "wrong_code": choosing,
    "group_upload": uploads,
    "publication_seen": seen,
    "formation": "opened by the room of the tests, and told to all",
    "topic": "told to all, but for those that are removed",
    "room": "its code is on the projector",
    "placement": "by the proposal that was computed",
    "proposal_group": "by the proposal that was computed",
    "publication": "by publishing",
    "published_group": "by publishing",
    "published_member": "by publishing, wishes included",
}
"""What puts something of others into each table, or why its rows are there already."""

LEADS_SEE = {"wish", "note", "title", "file"}
"""So these pages do show what is planted, to those who may see it."""


@pytest.fixture
def planted(ranked: Classroom) -> Classroom:
    """The room with published groups and three more formations, private things in every table."""
    ranked.propose()
    ranked.publish()
    with ranked.database.transaction(1) as session:
        for title in ("Zweite", "Dritte", "Vierte"):
            formation = service.open_formation(session, service.Plan(title), by=1)
            service.add_topics(session, formation, ["Ost", "West", "Süd"], by=1)
            service.set_stage(session, formation, "wishes")
        now = {"open_until": clock.now() + timedelta(hours=1)}
        code = {"code": "ABCDEF", "follows_people": True, **now}
        session.add(Room(formation_id=IN_ROOM, **code))
        ids = {
            person.name: person.person_id for person in courses.participants(session)
        }
        for act in dict.fromkeys(act for act in PLANTED.values() if callable(act)):
            act(Planting(session, ids))
    return ranked


def told_to(room: Classroom, name: str, platform: SigningPlatform) -> dict[str, str]:
    """Return everything that somebody can get: pages, answers to forms, and the privacy page."""
    visitor = room.people[name]
    # Visitors have the home and the client by which the crawler goes.
    found = {page.url: page.text for page in crawl(visitor).values()}  # type: ignore[arg-type]
    for url in sorted({url for text in found.values() for url in forms_of(text)}):
        if "/groups/" in url:
            found[f"POST {url}"] = visitor.post(url).text
            found[f"POST {url} filled"] = visitor.post(url, FILLED).text
    found |= {f"again {p.url}": p.text for p in crawl(visitor).values()}  # type: ignore[arg-type]
    return found | {"privacy": privacy_page(room.people.subs[name], platform)}


FILLED = {
    "wish_0": "1",
    "title": "Ost",
    "text": "Ost",
    "code": "XXXXXX",
    "topic": "1",
    "group": "1",
}


def forms_of(text: str) -> list[str]:
    return re.findall(r'<form[^>]*action="(/l/[^"]+)"', text)


def privacy_page(sub: str, platform: SigningPlatform) -> str:
    """Return what somebody reads who asks the platform what is stored about them."""
    claims = platform.claims(
        sub=sub,
        name=None,
        locale="en",
        **{
            f"{CLAIM}message_type": "DataPrivacyLaunchRequest",
            f"{CLAIM}context": None,
            f"{CLAIM}resource_link": None,
            f"{CLAIM}roles": [],
            f"{CLAIM}for_user": {"user_id": sub},
        },
    )
    return platform.launch(platform.app.test_client(), claims).text


def found_in(pages: dict[str, str]) -> dict[str, set[str]]:
    """Return the planted words, and where each was found."""
    found: dict[str, set[str]] = {}
    for url, text in pages.items():
        spelled = re.sub(r"(?<=\d)[.,\u202f\xa0 ](?=\d{3})", "", text)
        for word in _WORD.findall(spelled):
            found.setdefault(re.sub(r"\W", "", word), set()).add(url)
    return found


def groups_tables() -> dict[str, Any]:
    """Return the classes of all tables of forming groups by the tables' names."""
    return {
        mapper.class_.__tablename__: mapper.class_
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("lti_tool.groups")
    }


def people_columns(table: Any) -> set[str]:
    return {
        element.parent.name
        for key in table.foreign_key_constraints
        for element in key.elements
        if element.target_fullname in {"person.id", "enrolment.person_id"}
    }


def test_every_table_of_forming_groups_is_thought_of() -> None:
    assert metadata.tables.keys() >= groups_tables().keys()
    assert groups_tables().keys() == PLANTED.keys()


def test_every_table_of_people_holds_something_of_others(planted: Classroom) -> None:
    with planted.database.reading(1) as session:
        people = {p.person_id: p.name for p in courses.participants(session)}
        for name, table in groups_tables().items():
            columns = people_columns(table.__table__)
            rows = session.query(table).all()
            assert rows, name
            whose = {
                people.get(getattr(row, column)) for row in rows for column in columns
            }
            if columns and not columns <= LEADS_COLUMNS:
                assert whose - {None, READER}, name


LEADS_COLUMNS = {"opened_by", "asked_by", "published_by", "moved_by", "proposed_by"}


@pytest.mark.parametrize("reader", [READER, MATE])
def test_nothing_private_of_others_is_told(
    planted: Classroom, platform: SigningPlatform, reader: str
) -> None:
    found = found_in(told_to(planted, reader, platform))

    assert found == {}


def test_people_find_what_is_their_own_and_no_more(
    planted: Classroom, platform: SigningPlatform
) -> None:
    found = found_in(told_to(planted, OTHER, platform))

    assert found.keys() == {f"{CODE}1", witness("news1")}


def test_leads_find_what_is_planted(planted: Classroom) -> None:
    pages = {page.url: page.text for page in crawl(planted.lead).values()}  # type: ignore[arg-type]

    assert found_in(pages).keys() >= {witness(word) for word in LEADS_SEE}


def test_what_is_collected_reaches_into_every_corner(
    planted: Classroom, platform: SigningPlatform
) -> None:
    told = told_to(planted, READER, platform)

    home = planted.people[READER].home
    reached = {url.removeprefix(home) for url in told}
    assert reached >= {"", "groups/", "project/", "privacy", "groups/3/room"}
    assert sum(url.startswith("POST") for url in told) > 6
    assert "Forming groups" in told["privacy"]


def test_a_leak_that_is_built_into_a_page_is_found(
    planted: Classroom, platform: SigningPlatform, app: Flask
) -> None:
    loader = app.jinja_env.loader
    assert isinstance(loader, BaseLoader)
    name = "groups/published_own.html"
    text = loader.get_source(app.jinja_env, name)[0]
    with planted.database.reading(1) as session:
        note = session.query(Pair).first().note
    app.jinja_env.loader = ChoiceLoader([DictLoader({name: text + note}), loader])
    app.jinja_env.cache.clear()

    found = found_in(told_to(planted, READER, platform))

    assert found.keys() == {witness("note")}


def change_all_that_is_private(plant: Planting) -> None:
    """Let others want, say and be weighed otherwise, in ways that no sum over them shows."""
    session, reader = plant.session, plant.ids[READER]
    others = Wish.person_id != reader
    changed: dict[Any, dict[str, Any]] = {
        session.query(Wish).filter(others, Wish.formation_id != IN_ROOM): {
            "place": Wish.place + 20
        },
        session.query(PublishedMember).filter(PublishedMember.person_id != reader): {
            "rank": 5
        },
        session.query(PersonWish): {"side": "with"},
        session.query(Answer): {"choice": 1},
        session.query(Pair): {"bonding": "together", "note": "Anders"},
        session.query(Proposal): {"cost": 1, "seed": 1, "proof": "heuristic"},
        session.query(Availability): {"slots": ["0-8-12"]},
    }
    for rows, values in changed.items():
        assert rows.update(values, synchronize_session=False)
    for table in (Criterion, FeasibilityCheck, Move, PublicationSeen, WrongCode):
        session.query(table).delete()


def test_no_page_changes_when_only_private_things_of_others_do(
    planted: Classroom,
) -> None:
    reader = planted.people[READER]
    reader.get()
    before = plain_pages(reader)

    with planted.database.transaction(1) as session:
        ids = {p.name: p.person_id for p in courses.participants(session)}
        change_all_that_is_private(Planting(session, ids))

    after = plain_pages(reader)
    assert before.keys() == after.keys()
    assert [url for url in after if after[url] != before[url]] == []


def plain_pages(visitor: Visitor) -> dict[str, str]:
    """Return all pages without what is new in every answer."""
    new = r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|name="csrf_token" value="[^"]+"'
    return {
        page.url: re.sub(new, "", page.text)
        for page in crawl(visitor).values()  # type: ignore[arg-type]
        if page.status == OK
    }
