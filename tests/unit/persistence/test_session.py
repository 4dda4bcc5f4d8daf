"""A session sees and changes its own course only; a reading one changes nothing."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from lti_tool import clock
from lti_tool.courses.models import (
    Activity,
    Course,
    Duty,
    Enrolment,
    Group,
    GroupMember,
    Person,
)
from lti_tool.lti.models import Deployment, JwksCache, Registration
from lti_tool.persistence.base import Base, CourseScoped
from lti_tool.persistence.session import EVERYWHERE, Database, ScopeError, Session


@pytest.fixture
def two_courses(database: Database) -> tuple[int, int]:
    """Two courses with one person and one activity each; their ids."""
    with database.transaction(EVERYWHERE) as session:
        registration = Registration(
            name="LMS",
            issuer="https://lms.example",
            client_id="tool",
            auth_url="https://lms.example/auth",
            token_url="https://lms.example/token",
            jwks_url="https://lms.example/jwks",
            provider={},
        )
        session.add(registration)
        session.flush()
        deployment = Deployment(registration_id=registration.id, deployment_id="1")
        session.add(deployment)
        session.flush()
        return tuple(_course(session, registration, deployment, n) for n in (1, 2))  # type: ignore[return-value]


def _course(
    session: Session, registration: Registration, deployment: Deployment, number: int
) -> int:
    course = Course(
        deployment_id=deployment.id,
        context_id=f"c{number}",
        title=f"Course {number}",
        options={},
        grade_scopes=[],
    )
    person = Person(registration_id=registration.id, sub=str(number))
    session.add_all([course, person])
    session.flush()
    session.add_all(
        [
            Enrolment(
                course_id=course.id,
                person_id=person.id,
                role="participant",
                source="launch",
            ),
            Activity(course_id=course.id, resource_link_id=f"l{number}", target="home"),
        ]
    )
    session.flush()
    return course.id


def write(
    database: Database, scope: int | None, act: Callable[[Session], object]
) -> None:
    with database.transaction(scope) as session:
        act(session)
        session.flush()


def write_while_reading(
    database: Database, scope: int, act: Callable[[Session], object]
) -> None:
    with database.reading(scope) as session:
        act(session)
        session.flush()


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: session.scalars(sa.select(Activity.resource_link_id)).all(),
        lambda session: [
            a.resource_link_id for a in session.scalars(sa.select(Activity))
        ],
        lambda session: [
            a.resource_link_id
            for a, _ in session.execute(
                sa.select(Activity, Enrolment).join(
                    Enrolment, Enrolment.course_id == Activity.course_id
                )
            )
        ],
        lambda session: session.scalars(
            sa.select(sa.orm.aliased(Activity).resource_link_id)
        ).all(),
        lambda session: session.scalars(
            sa.select(Activity.resource_link_id).where(
                Activity.id.in_(sa.select(Activity.id))
            )
        ).all(),
    ],
    ids=["columns", "rows", "join", "alias", "subquery"],
)
def test_a_session_sees_its_course_only(
    database: Database,
    two_courses: tuple[int, int],
    ask: Callable[[Session], list[str]],
) -> None:
    for number, course_id in enumerate(two_courses, start=1):
        with database.reading(course_id) as session:
            assert list(ask(session)) == [f"l{number}"]


def test_counting_counts_its_course_only(
    database: Database, two_courses: tuple[int, int]
) -> None:
    with database.reading(two_courses[0]) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Activity)) == 1
        assert session.scalar(sa.select(sa.func.count(Activity.id))) == 1


def test_a_row_of_another_course_cannot_be_had_by_its_key(
    database: Database, two_courses: tuple[int, int]
) -> None:
    mine, other = two_courses
    with database.reading(EVERYWHERE) as session:
        foreign = session.scalar(
            sa.select(Activity.id).where(Activity.course_id == other)
        )

    with database.reading(mine) as session:
        assert session.get(Activity, foreign) is None


def test_changes_in_bulk_touch_its_course_only(
    database: Database, two_courses: tuple[int, int]
) -> None:
    with database.transaction(two_courses[0]) as session:
        session.execute(sa.update(Activity).values(title="mine"))
    with database.transaction(two_courses[1]) as session:
        session.execute(sa.delete(Activity))

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Activity.title)).all() == ["mine"]


def test_a_new_row_gets_the_course_of_its_session(
    database: Database, two_courses: tuple[int, int]
) -> None:
    with database.transaction(two_courses[1]) as session:
        session.add(Group(name="A", topic="T", source="test"))

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Group.course_id)).all() == [two_courses[1]]


Act = Callable[[Session, int], object]
FOREIGN_WRITES: dict[str, Act] = {
    "a new row": lambda s, other: s.add(
        Group(course_id=other, name="A", topic="T", source="x")
    ),
    "a row that moves": lambda s, other: setattr(
        s.scalars(sa.select(Activity)).one(), "course_id", other
    ),
    "rows that move": lambda s, other: s.execute(
        sa.update(Activity).values(course_id=other)
    ),
    "rows added in bulk": lambda s, other: s.execute(
        sa.insert(Group).values(course_id=other, name="A", topic="T", source="x")
    ),
    "rows added in bulk, many": lambda s, other: s.execute(
        sa.insert(Group),
        [{"course_id": other, "name": "A", "topic": "T", "source": "x"}],
    ),
    "a statement on a table": lambda s, _: s.execute(sa.delete(Group.__table__)),
    "a text": lambda s, _: s.execute(sa.text("DELETE FROM activity")),
    "a look at a table": lambda s, _: s.execute(sa.select(Activity.__table__)).all(),
    "a look by text": lambda s, _: s.execute(sa.text("SELECT * FROM activity")).all(),
}


@pytest.mark.parametrize("act", FOREIGN_WRITES.values(), ids=FOREIGN_WRITES)
def test_a_session_cannot_reach_into_another_course(
    database: Database, two_courses: tuple[int, int], act: Act
) -> None:
    mine, other = two_courses

    with pytest.raises(ScopeError):
        write(database, mine, lambda session: act(session, other))

    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(sa.select(Activity.id)).all()) == 2
        assert session.scalars(sa.select(Group.id)).all() == []


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.scalars(sa.select(Activity)).all(),
        lambda session: session.get(Activity, 1),
        lambda session: session.execute(sa.update(Activity).values(title="x")),
        lambda session: session.execute(sa.delete(Activity)),
        lambda session: session.add(Group(name="A", topic="T", source="x")),
        lambda session: session.add(
            Group(course_id=1, name="A", topic="T", source="x")
        ),
    ],
    ids=["select", "get", "update", "delete", "add", "add to a course"],
)
@pytest.mark.usefixtures("two_courses")
def test_without_a_course_no_row_of_a_course_is_touched(
    database: Database, act: Callable[[Session], object]
) -> None:
    with pytest.raises(ScopeError):
        write(database, None, act)


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.add(Group(name="A", topic="T", source="x")),
        lambda session: setattr(
            session.scalars(sa.select(Activity)).one(), "title", "x"
        ),
        lambda session: session.delete(session.scalars(sa.select(Activity)).one()),
        lambda session: session.execute(sa.update(Activity).values(title="x")),
        lambda session: session.execute(sa.delete(Activity)),
    ],
    ids=["add", "change", "delete", "update in bulk", "delete in bulk"],
)
def test_a_reading_session_refuses_to_write(
    database: Database, two_courses: tuple[int, int], act: Callable[[Session], object]
) -> None:
    with pytest.raises(ScopeError):
        write_while_reading(database, two_courses[0], act)

    with database.reading(two_courses[0]) as session:
        assert session.scalars(sa.select(Activity.title)).all() == [None]


def test_an_error_takes_everything_back_and_nothing_is_rung(
    database: Database, two_courses: tuple[int, int]
) -> None:
    rung: list[str] = []
    database._ring = rung.append

    def stumble(session: Session) -> None:
        session.add(Group(name="A", topic="T", source="x"))
        session.ring("grades")
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(database, two_courses[0], stumble)

    with database.reading(two_courses[0]) as session:
        assert session.scalars(sa.select(Group.id)).all() == []
    assert rung == []


def test_what_was_rung_is_heard_after_the_commit(
    database: Database, two_courses: tuple[int, int]
) -> None:
    seen: list[int] = []

    def ring(_kind: str) -> None:
        with database.reading(two_courses[0]) as session:
            seen.append(len(session.scalars(sa.select(Group.id)).all()))

    database._ring = ring
    with database.transaction(two_courses[0]) as session:
        session.ring("grades")
        session.add(Group(name="A", topic="T", source="x"))

    assert seen == [1]


def test_a_pointer_to_a_row_of_another_course_is_refused_by_the_database(
    database: Database, two_courses: tuple[int, int]
) -> None:
    mine, other = two_courses
    with database.transaction(mine) as session:
        group = Group(name="A", topic="T", source="x")
        session.add(group)
    with database.reading(EVERYWHERE) as session:
        stranger = session.scalar(
            sa.select(Enrolment.person_id).where(Enrolment.course_id == other)
        )

    with pytest.raises(IntegrityError), database.transaction(EVERYWHERE) as session:
        session.add(GroupMember(course_id=mine, group_id=group.id, person_id=stranger))
    with pytest.raises(IntegrityError), database.transaction(EVERYWHERE) as session:
        session.add(GroupMember(course_id=other, group_id=group.id, person_id=stranger))
    with pytest.raises(IntegrityError), database.transaction(EVERYWHERE) as session:
        session.add(Duty(course_id=mine, person_id=stranger, duty="lead"))


def test_every_pointer_between_rows_of_courses_carries_the_course() -> None:
    scoped = [
        mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, CourseScoped)
    ]
    names = {table.name for table in scoped}
    bare = [
        f"{table.name}.{key.column_keys}"
        for table in scoped
        for key in table.foreign_key_constraints
        if key.referred_table.name in names
        and not _is_bound(table, set(key.column_keys))
    ]

    assert len(scoped) > 10
    assert bare == []


def _is_bound(table: sa.Table, columns: set[str]) -> bool:
    """Tell whether the course, or a column that is bound to the course itself, is part of a key."""
    bound = {
        column
        for key in table.foreign_key_constraints
        if "course_id" in key.column_keys
        for column in key.column_keys
    }
    return bool(columns & bound)


def test_every_constraint_has_a_name() -> None:
    nameless = [
        table.name
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name
    ]

    assert nameless == []


def test_a_row_can_be_put_again_and_again(database: Database) -> None:
    for keys in ([], [{"kid": "a"}], [{"kid": "b"}]):
        with database.transaction(EVERYWHERE) as session:
            session.put(JwksCache, {"url": "u"}, keys=keys, fetched_at=clock.now())

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(JwksCache.keys)).all() == [[{"kid": "b"}]]


def test_what_people_wrote_is_not_in_the_text_of_an_error(
    database: Database, two_courses: tuple[int, int]
) -> None:
    with (
        pytest.raises(IntegrityError) as caught,
        database.transaction(two_courses[0]) as session,
    ):
        session.add(
            Activity(resource_link_id="l1", target="home", title="private words")
        )

    assert "private words" not in str(caught.value)


def test_a_moment_without_time_zone_cannot_be_stored(
    database: Database, two_courses: tuple[int, int]
) -> None:
    naive = clock.now().replace(tzinfo=None)

    with (
        pytest.raises(sa.exc.StatementError),
        database.transaction(two_courses[0]) as session,
    ):
        session.scalars(sa.select(Enrolment)).one().seen_at = naive


def test_moments_come_back_as_they_were_stored(
    database: Database, two_courses: tuple[int, int]
) -> None:
    now = clock.now()
    with database.transaction(two_courses[0]) as session:
        session.scalars(sa.select(Enrolment)).one().seen_at = now

    with database.reading(two_courses[0]) as session:
        stored = session.scalars(sa.select(Enrolment.seen_at)).one()
    assert stored == now
    assert stored is not None
    assert stored.utcoffset() is not None
