"""Taking groups over from the learning platform or a file: look first, then confirm."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, select

from lti_tool.courses import service as courses
from lti_tool.courses.cells import MOST_BYTES, TableError
from lti_tool.courses.models import Person
from lti_tool.courses.platform_groups import name_of
from lti_tool.courses.profile_import import candidates
from lti_tool.courses.profile_matching import Candidate
from lti_tool.courses.profile_table import Entry
from lti_tool.courses.spreadsheet import is_spreadsheet, read_sheet
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.groups import service
from lti_tool.groups.exchange import rules
from lti_tool.groups.exchange.models import GroupUpload
from lti_tool.groups.exchange.rules import Draft, Row
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.problem import Group
from lti_tool.groups.proposals import recording
from lti_tool.groups.proposals.models import Proposal
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


def platform_groups(session: Session) -> dict[int, tuple[str, ...]]:
    """Return the ids of the platform's groups in which each participant is."""
    return {p.person_id: p.platform_groups for p in courses.participants(session)}


def platform_names(session: Session) -> dict[str, str]:
    """Return the names of the platform's groups in which somebody is, by id and sorted."""
    course = courses.course_of(session)
    ids = {g for groups in platform_groups(session).values() for g in groups}
    return dict(
        sorted(((i, name_of(course, i)) for i in ids), key=lambda pair: pair[::-1])
    )


# Files


def read_file(content: bytes) -> tuple[Entry, ...]:
    """Return the rows of a CSV or XLSX file or raise TableError."""
    if len(content) > MOST_BYTES:
        raise TableError("too_large")
    if is_spreadsheet(content):
        return rules.read_cells(read_sheet(content))
    return rules.read(content)


def upload(
    session: Session, file_name: str, entries: Sequence[Entry], *, by: int
) -> GroupUpload:
    """Keep a table until it is confirmed; one that was waiting is dropped."""
    session.execute(delete(GroupUpload))
    row = GroupUpload(
        file_name=file_name.replace("\0", "")[:200],
        by_person_id=by,
        content=json.dumps([asdict(entry) for entry in entries]),
    )
    session.add(row)
    session.flush()
    return row


def waiting_upload(session: Session) -> GroupUpload | None:
    """Return the upload that waits to be confirmed."""
    return session.scalar(select(GroupUpload))


def get_upload(session: Session, upload_id: int) -> GroupUpload:
    """Return an upload that waits to be confirmed or raise NotFoundError."""
    found = session.scalar(select(GroupUpload).where(GroupUpload.id == upload_id))
    if found is None:
        raise NotFoundError(
            _("This upload is no longer there: it was taken over or dropped.")
        )
    return found


def drop_upload(session: Session, upload_id: int) -> None:
    """Drop an upload."""
    session.delete(get_upload(session, upload_id))
    session.flush()


def rows_of(session: Session, upload: GroupUpload) -> list[Row]:
    """Return whose each row of an upload is, as people are known now."""
    present = {p.person_id for p in courses.participants(session)}
    subs = select(Person.sub, Person.id).where(Person.id.in_(present))
    by_id = {row.sub: row.id for row in session.execute(subs)}
    entries = [
        Entry(**{**said, "not_understood": tuple(map(tuple, said["not_understood"]))})
        for said in json.loads(upload.content)
    ]
    # What profiles say is of no account here.
    people = [
        Candidate(c.person_id, c.name, c.email, {}, is_confirmed=False)
        for c in candidates(session)
    ]
    return rules.whose(entries, people, by_id)


def drafts(
    rows: Sequence[Row], chosen: Mapping[int, int], topics: Mapping[str, str]
) -> list[Draft]:
    """Return the groups of a file; ``chosen`` gives rows with a choice (by line) to people."""
    people: dict[str, list[int]] = {name: [] for name in rules.group_names(rows)}
    taken: set[int] = set()
    for row in rows:
        person_id = _person(row, chosen)
        if person_id is None:
            continue
        if person_id in taken:
            raise InvalidError(
                _("Two rows were given to one person. Choose another one for a row.")
            )
        taken.add(person_id)
        people[row.group].append(person_id)
    return [Draft(n, topics.get(n, n), tuple(p)) for n, p in people.items() if p]


def _person(row: Row, chosen: Mapping[int, int]) -> int | None:
    if row.state == "matched":
        return row.person_ids[0]
    person_id = chosen.get(row.entry.line) if row.needs_choice else None
    return person_id if person_id in row.person_ids else None


# Taking over


def take_over(
    session: Session,
    formation: Formation | None,
    taken: Sequence[Draft],
    *,
    title: str,
    by: int,
) -> Proposal:
    """Make groups a proposal of a formation, or of a new one, and return it."""
    present = {p.person_id for p in courses.participants(session)}
    if not any(present & set(draft.people) for draft in taken):
        raise ConflictError(
            _("No participant would be in a group, so nothing was taken over.")
        )
    if formation is None:
        plan = service.Plan(title, may_propose=False, groups_wanted=len(taken))
        formation = service.open_formation(session, plan, by=by)
    service.lock(session, formation)
    topics = _topics(session, formation, taken, by=by)
    groups = [
        Group(
            topics[draft.topic.casefold()].id,
            tuple(p for p in draft.people if p in present),
        )
        for draft in taken
    ]
    return recording.record(session, formation, groups, title=title, by=by)


def _topics(
    session: Session, formation: Formation, taken: Sequence[Draft], *, by: int
) -> dict[str, Topic]:
    """Return the topics by title, added where they are new, with room for all their groups."""
    service.add_topics(session, formation, [draft.topic for draft in taken], by=by)
    topics = {t.title.casefold(): t for t in service.topics(session, formation)}
    for title in {draft.topic.casefold() for draft in taken}:
        used = sum(draft.topic.casefold() == title for draft in taken)
        topics[title].groups_max = max(topics[title].groups_max, used)
    session.flush()
    return topics
