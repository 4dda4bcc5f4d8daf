"""What happens in our course, done through the services that the pages call."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from lti_tool import clock
from lti_tool.attendance import service as attendance
from lti_tool.attendance import setup
from lti_tool.attendance.evidence import Hand, newest
from lti_tool.attendance.models import MeetingKind
from lti_tool.attendance.rules import State
from lti_tool.attendance.service import Draft, Wish
from lti_tool.certificate import service as certificate
from lti_tool.certificate.awards import Decision
from lti_tool.certificate.requirements import IHK_STANDARD
from lti_tool.courses import profile_import, profiles
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment
from lti_tool.gradebook import service as gradebook
from lti_tool.groups import service as groups
from lti_tool.groups.choosing import leading, looking
from lti_tool.groups.choosing import service as choosing
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.rules import Bonding, Card, Kind, Pairing, Strength
from lti_tool.groups.exchange import service as exchange
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.room import service as rooms
from lti_tool.groups.survey import service as survey
from lti_tool.groups.survey.rules import slots
from lti_tool.groups.survey.service import Answers
from lti_tool.persistence.session import Session
from lti_tool.projects import presentations
from lti_tool.projects import service as projects
from lti_tool.worksheet import network, phases, sharing, snapshots
from lti_tool.worksheet import service as worksheet
from lti_tool.worksheet.network import ActorFacts
from lti_tool.worksheet.rules import Window
from tests.functional.access.people import (
    BEN,
    COLLEAGUE,
    GONE,
    GUEST,
    LEAD,
    MAX,
    MIA,
    NEIGHBOUR,
    REVIEWER,
    SPEAKER,
    secret,
)
from tests.functional.access.world import World, end_memberships
from tests.signing_platform import CLAIM, enter


def plant(world: World) -> None:
    """Let everything happen in our course."""
    _earlier_course(world)
    _meetings(world)
    _groups(world)
    _choosing(world)
    _groups_elsewhere(world)
    _projects(world)
    _worksheets(world)
    _profiles(world)
    _certificates(world)
    _samples(world)
    end_memberships(world)


def _earlier_course(world: World) -> None:
    """The lead led another course, of which ours is a copy; one of its meetings waits for a date."""
    title = {f"{CLAIM}context": {"id": "c0", "title": secret("earlier", "title")}}
    enter(world.platform, "1", "Instructor", course="c0", name=None, **title)
    with world.writing() as session:
        course = courses.course_of(session)
        earlier = select(Course.id).where(Course.context_id == "c0")
        course.copied_from_id = session.scalars(earlier).one()
        waiting = {
            "kind": "webinar",
            "theme": secret("waiting", "theme"),
            "begins": "09:00",
            "lasts": 90,
            "minutes": 90,
            "place": "",
            "material": "",
            "mandatory": False,
        }
        setup.set_up.write(session, [waiting])


def _meetings(world: World) -> None:
    with world.writing() as session:
        past = attendance.add_meeting(
            session, _meeting("meeting", -7, world.ids[SPEAKER])
        )
        attendance.add_meeting(session, _meeting("next", 7, world.ids[GUEST]))
        everybody = {
            p.person_id: Wish(State.ON_SITE) for p in courses.participants(session)
        }
        hand = Hand(world.ids[LEAD])
        attendance.record(session, past, everybody, hand=hand, seen=newest(session))
        attendance.sign_off(session, past, by=world.ids[LEAD])
        for key in (MIA, BEN):
            why = Hand(world.ids[LEAD], reason=secret(key, "excuse"))
            wish = {world.ids[key]: Wish(State.EXCUSED)}
            attendance.record(session, past, wish, hand=why, seen=newest(session))
        world.samples["meeting_id"] = past.id


def _meeting(what: str, days: int, speaker: int) -> Draft:
    starts_at = clock.now() + timedelta(days=days)
    return Draft(
        MeetingKind.WEBINAR,
        secret(what, "theme"),
        starts_at,
        starts_at + timedelta(minutes=90),
        90,
        place=secret(what, "place"),
        speaker_ids=(speaker,),
    )


# The prompts that the short form of the start requires.
ANSWERS = {
    "A4.choice": "trial",
    "C2.now.connect": "6",
    "C2.now.steer": "4",
    "D1.choice": "2",
    "D6.choice": "na",
    "D8.choice": "0",
}


def _worksheets(world: World) -> None:
    today = clock.now().date()
    with world.writing() as session:
        phases.set_window(session, "mid", Window(opens_on=today - timedelta(days=7)))
        for key in (MIA, MAX, BEN):
            _hand_in_start(session, world.ids[key], key)
            middle = worksheet.begin(session, world.ids[key], "mid", today)
            write(session, middle, {"A4.note": secret(key, "draft")})
            actors = network.actors_of(session, middle)
            tie = network.set_tie(session, middle, actors[0].uuid, actors[1].uuid, 3)
            if key == MIA:
                world.samples |= {
                    "phase": "mid",
                    "number": 1,
                    "actor": actors[0].uuid,
                    "tie": tie.id,
                }
        _share(world, session)
    with world.database.transaction(world.other_course_id) as session:
        # A draft of their own leads people of another course as far as to Mia's actors and ties.
        phases.set_window(session, "mid", Window(opens_on=today - timedelta(days=7)))
        worksheet.begin(session, world.ids[NEIGHBOUR], "mid", today)


def _hand_in_start(session: Session, person: int, key: str) -> None:
    draft = worksheet.begin(session, person, "start", clock.now().date())
    texts = {
        "A1.text": secret(key, "answer"),
        "C1.text": secret(key, "shared"),
        "E2.1.what": "x",
        "B5.note": "x",
    }
    write(session, draft, ANSWERS | texts)
    for label in ("actor", "partner"):
        facts = ActorFacts(secret(key, label), "school", closeness="1")
        network.add_actor(session, draft, str(uuid.uuid4()), facts)
    one, other = network.actors_of(session, draft)
    network.set_tie(session, draft, one.uuid, other.uuid, 2)
    snapshots.hand_in(session, draft, person)


def write(session: Session, draft: worksheet.Draft, texts: dict[str, str]) -> None:
    """Type texts over whatever stands in these fields."""
    kept = worksheet.answers_of(session, draft)
    for path, value in texts.items():
        base = kept[path].number if path in kept else 0
        worksheet.save(
            session, draft, worksheet.Edit(path, value, base, str(uuid.uuid4()))
        )


def _share(world: World, session: Session) -> None:
    """Mia shows section C to the team, Ben his to the course, and each everything else to nobody."""
    for key, audience in ((MIA, "team"), (BEN, "course")):
        sheet = worksheet.ensure_worksheet(session, world.ids[key])
        sharing.share(session, sheet, "C", audience)
        snapshot = worksheet.find_snapshot(session, world.ids[key], "start")
        assert snapshot is not None
        world.samples[f"snapshot of {key}"] = snapshot.id
    world.samples |= {"snapshot": world.samples["snapshot of mia"], "section": "C"}


def _groups(world: World) -> None:
    """Groups that were published, a round in which people still wish, one that collects topics."""
    with world.writing() as session:
        first = groups.open_formation(
            session,
            groups.Plan(secret("first", "round"), groups_wanted=2),
            by=world.ids[LEAD],
        )
        north, _south = _wish(world, session, first, "north", "south")
        proposal = proposals.ask(session, first, by=world.ids[LEAD])
        world.samples |= {
            "formation_id": first.id,
            "topic_id": north,
            "proposal_id": proposal.id,
        }
    assert proposals.compute_due(world.database) == 1
    with world.writing() as session:
        first = groups.get_formation(session, world.samples["formation_id"])
        proposal = proposals.get_proposal(session, first, world.samples["proposal_id"])
        publication = publishing.publish(
            session,
            first,
            proposal,
            name=lambda number: f"Group {number}",
            by=world.ids[LEAD],
        )
        _room(world, session, first)
        second = groups.open_formation(
            session, groups.Plan(secret("second", "round")), by=world.ids[LEAD]
        )
        _wish(world, session, second, "east", "west")
        _survey(world, session, second)
        third = groups.open_formation(
            session, groups.Plan(secret("third", "round")), by=world.ids[LEAD]
        )
        world.samples["@third"] = third.id
        world.samples |= {
            "publication_id": publication.id,
            "version": publication.version,
        }
        own, other = (courses.group_of(session, world.ids[key]) for key in (MIA, BEN))
        assert own
        assert other
        assert own.id != other.id
        assert world.ids[MAX] in own.member_ids
        assert world.ids["bea"] in other.member_ids
        world.samples |= {"group_id": own.id, "@south": other.id, "@second": second.id}


def _choosing(world: World) -> None:
    """Mia is in a group that she chose; Ben waits for the other place."""
    with world.writing() as session:
        lead = world.ids[LEAD]
        formation = groups.open_formation(
            session, groups.Plan(secret("chosen", "round")), by=lead
        )
        groups.add_topics(session, formation, [secret("choice", "topic")], by=lead)
        settings = leading.Settings(places=1, may_found=True)
        leading.begin(session, formation, settings, open_groups=True)
        open_group = looking.groups_of(session, formation)[0]
        for key in (MIA, BEN):
            choosing.join(session, formation, open_group.id, world.ids[key])
        world.samples |= {"@choosing": formation.id, "@chosen": open_group.id}


def _survey(world: World, session: Session, formation: groups.Formation) -> None:
    """Ask for a habit, times and people; Ben would rather not work with Mia."""
    purpose = secret("survey", "purpose")
    habit = survey.add_question(session, formation, "Habit", purpose, ["one", "two"])
    survey.ask_times(session, formation, slots(["0-8-12", "1-8-12"]))
    survey.show_profile_fields(session, formation, ["region"])
    formation.asks_company = True
    said = Answers({habit.id: 1}, slots(["0-8-12"]), unwanted=(world.ids[MIA],))
    survey.store_answers(session, formation, world.ids[BEN], said)
    world.samples["question_id"] = habit.id
    _rules(world, session, formation)


def _rules(world: World, session: Session, formation: groups.Formation) -> None:
    """A lead mixes people by region, and keeps two apart for a reason."""
    card = Card(
        Kind.SPREAD, attribute="region", purpose=secret("rule", "purpose"), most=2
    )
    row = criteria.add(session, formation, card)
    pair = criteria.add_pair(
        session,
        formation,
        Pairing(world.ids[MIA], world.ids[MAX], Bonding.APART, Strength.NICE),
        secret("pair", "note"),
        by=world.ids[LEAD],
    )
    world.samples |= {"criterion_id": row.id, "pair_id": pair.id}


def _groups_elsewhere(world: World) -> None:
    """The platform told a group of Mia's, and a lead uploaded a table of groups."""
    with world.writing() as session:
        course = courses.course_of(session)
        course.platform_groups = {"p1": secret("platform", "group")}
        mia = select(Enrolment).where(Enrolment.person_id == world.ids[MIA])
        session.scalars(mia).one().platform_groups = ["p1"]
        table = f"E-Mail;Gruppe\n{secret('mia', 'mail')}@example.org;{secret('uploaded', 'group')}"
        entries = exchange.read_file(table.encode())
        upload = exchange.upload(session, "g.csv", entries, by=world.ids[LEAD])
        world.samples["upload_id"] = upload.id


def _room(world: World, session: Session, first: groups.Formation) -> None:
    """Favourites in a room are for all to see: Ben's, which change, must not be among them."""
    together = groups.open_formation(
        session, groups.Plan(secret("together", "round")), by=world.ids[LEAD]
    )
    _wish(world, session, together, "air", "sea")
    for in_the_room in (first, together):
        rooms.open_room(session, in_the_room)
    world.samples["@together"] = together.id


def _wish(
    world: World, session: Session, formation: groups.Formation, one: str, other: str
) -> tuple[int, int]:
    """Let Mia, Max and another wish for one topic, Ben and Bea for the other."""
    words = [secret(name, "topic") for name in (one, other)]
    first, second = (
        t.id for t in groups.add_topics(session, formation, words, by=world.ids[LEAD])
    )
    groups.set_stage(session, formation, "wishes")
    for key, wished in (
        (MIA, first),
        (MAX, first),
        (GONE, first),
        (BEN, second),
        ("bea", second),
    ):
        groups.rank_topics(session, formation, world.ids[key], [wished])
    return first, second


def _projects(world: World) -> None:
    """Mia's group was told to change something; the project of Ben's was accepted."""
    starts_at, reviewer = (
        clock.now() + timedelta(days=20),
        projects.Hand(world.ids[REVIEWER]),
    )
    with world.writing() as session:
        for key, name, at in ((MIA, "north", "group_id"), (BEN, "south", "@south")):
            group, link = world.samples[at], f"https://{secret(name, 'link')}.example"
            sender = projects.Hand(world.ids[key])
            projects.hand_in(session, group, sender, secret(name, "handin"), link)
            presentations.set_slot(session, group, starts_at, 20)
            comment = secret(name, "comment")
            if key == MIA:
                projects.send_back(session, group, 1, reviewer, comment)
            else:
                projects.accept(session, group, 1, reviewer, comment)


def _profiles(world: World) -> None:
    """Mia and Ben introduced themselves; a lead imported Bea's profile and uploaded Max's."""
    with world.writing() as session:
        for key in (MIA, BEN):
            said = {
                "network": secret(key, "network"),
                "region": secret(key, "region"),
                "experience": "3_to_5",
            }
            asked = {
                "question": secret(key, "question"),
                "network_kind": "stem",
                "employer_kind": "chamber",
            }
            profiles.confirm_profile(session, world.ids[key], said | asked)
        for key, name in (("bea", "@applied"), (MAX, "import_id")):
            lines = [
                "E-Mail;Netzwerk;Frage",
                f"{secret(key, 'mail')}@example.org;{secret(key, 'network')};{secret(key, 'question')}",
            ]
            table = profile_import.read_file("\n".join(lines).encode())
            batch = profile_import.upload(
                session, f"{secret(key, 'file')}.csv", table, by=world.ids[LEAD]
            )
            if key == "bea":
                assert profile_import.apply(session, batch.id, {}) == 1
            world.samples[name] = batch.id


def _certificates(world: World) -> None:
    with world.writing() as session:
        certificate.publish(session, IHK_STANDARD, by=world.ids[LEAD])
        for key in (MIA, BEN):
            person = world.ids[key]
            seen = certificate.standing_of(session, person).seen
            certificate.decide(
                session,
                person,
                Decision.DENY,
                by=world.ids[LEAD],
                seen=seen,
                reason=secret(key, "denial"),
            )


def _samples(world: World) -> None:
    with world.writing() as session:
        world.samples["grade_id"] = gradebook.rows(session, person_id=world.ids[MIA])[
            0
        ].id
    world.samples |= {"person_id": world.ids[MIA], "@colleague": world.ids[COLLEAGUE]}
