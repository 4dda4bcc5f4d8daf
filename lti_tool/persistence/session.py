"""The database, its sessions, and the only commit."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import (
    InstrumentedAttribute,
    ORMExecuteState,
    UOWTransaction,
    with_loader_criteria,
)
from sqlalchemy.orm import Session as OrmSession

from lti_tool import clock
from lti_tool.errors import SettingError
from lti_tool.persistence.base import Base, CourseScoped
from lti_tool.persistence.types import TextCipher


class Everywhere(Enum):
    """The scope of launches, workers and commands, which serve all courses."""

    EVERYWHERE = "everywhere"


EVERYWHERE: Final = Everywhere.EVERYWHERE
Scope = int | Everywhere | None


class ScopeError(RuntimeError):
    """Rows of a course were asked for without a course, or written into another one."""


class Session(OrmSession):
    """A session that sees the rows of one course only, or, by its scope, of all."""

    @property
    def scope(self) -> Scope:
        """Return the course id, EVERYWHERE, or None: then no row of any course can be had."""
        return self.info.get("scope")

    @contextmanager
    def beside(self, scope: Scope) -> Iterator["Session"]:
        """Give a session that reads with another scope, on the same transaction."""
        info = {"scope": scope, "read_only": True}
        with Session(self.connection(), info=info, expire_on_commit=False) as session:
            yield session

    def after_commit(self, act: Callable[[], object]) -> None:
        """Do something once this transaction is committed, and never if it is not."""
        self.info.setdefault("after_commit", []).append(act)

    def try_add(self, row: Base) -> bool:
        """Store a row; False, and nothing else is lost, if its like is stored by now."""
        try:
            with self.begin_nested():
                self.add(row)
        except sa.exc.IntegrityError:
            return False
        return True

    def put(self, table: type[Base], key: Mapping[str, Any], **values: Any) -> None:
        """Store the row of a unique key, new or changed, also if others do so at once.

        For tables that belong to no course; rows loaded before are not refreshed.
        """
        insert = sqlite.insert if self._is_sqlite() else postgresql.insert
        now = clock.now()
        self.execute(
            insert(table)
            .values(**key, **values, created_at=now, updated_at=now)
            .on_conflict_do_update(
                index_elements=list(key), set_={**values, "updated_at": now}
            )
        )

    def add_missing(
        self,
        table: type[Base],
        names: Sequence[str],
        rows: Sequence[Sequence[str | int | bool | None]],
        returning: Sequence[str] = (),
        **same: Any,
    ) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        """Store many rows by one statement; one whose unique key is there already stays as it is.

        ``same`` is what all of them say; ``returning`` names what to give of those that were
        stored. Rows travel as one JSON text: to hand each over by itself would take several times
        as long as to store it.
        """
        if not rows:
            return ()
        insert = sqlite.insert if self._is_sqlite() else postgresql.insert
        columns, items = table.__table__.c, self._unpacked(json.dumps(rows))
        selected = [
            *(sa.cast(items(n), columns[name].type) for n, name in enumerate(names)),
            *(sa.literal(value, columns[name].type) for name, value in same.items()),
        ]
        # Without a condition SQLite would take the conflict for one of a join.
        taken = sa.select(*selected).where(sa.true())
        storing = insert(table).from_select([*names, *same], taken)
        storing = storing.on_conflict_do_nothing()
        if not returning:
            self.execute(storing)
            return ()
        return self.execute(storing.returning(*(columns[n] for n in returning))).all()

    def among(
        self, column: InstrumentedAttribute[str], values: Iterable[str]
    ) -> sa.ColumnElement[bool]:
        """Return the condition that a column has one of these values, however many they are."""
        listed = json.dumps(list(values))
        if self._is_sqlite():
            found = sa.func.json_each(listed).table_valued("value")
        else:
            texts = sa.cast(sa.literal(listed), sa.JSON)
            found = sa.func.json_array_elements_text(texts).table_valued("value")
        return column.in_(sa.select(found.c.value))

    def _unpacked(self, rows: str) -> Callable[[int], sa.ColumnElement[Any]]:
        """Return what gives the n-th value of each row of a JSON text."""
        if self._is_sqlite():
            row = sa.func.json_each(rows).table_valued("value").c.value
            return lambda n: sa.func.json_extract(row, f"$[{n}]")
        listed = sa.cast(sa.literal(rows), sa.JSON)
        row = sa.func.json_array_elements(listed).table_valued("value").c.value
        return row.op("->>")

    def _is_sqlite(self) -> bool:
        return self.get_bind().dialect.name == "sqlite"

    def ring(self, kind: str) -> None:
        """Wake the worker for a kind of work, once, when this transaction is committed."""
        rung: set[str] = self.info.setdefault("rung", set())
        if kind in rung:
            return
        rung.add(kind)
        ring: Callable[[str], object] = self.info["ring"]
        self.after_commit(lambda: ring(kind))


class Database:
    """An engine and the transactions on it."""

    def __init__(
        self,
        url: str,
        data_keys: Sequence[str],
        *,
        ring: Callable[[str], object] = lambda _kind: None,
        pool_size: int = 16,
    ) -> None:
        self._ring = ring
        self.engine = _engine(url, pool_size)
        self.engine.dialect.lti_tool_cipher = TextCipher(data_keys)  # type: ignore[attr-defined]
        self._reader = self.engine.execution_options(lti_tool_read_only=True)
        self._hurried = self.engine.execution_options(lti_tool_hurried=True)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(
        self, scope: Scope, *, waits_for_disk: bool = True
    ) -> Iterator[Session]:
        """Give a session; commit at the end, roll back on any error. The only commit there is.

        ``waits_for_disk`` is False where what is written could be found out again: a crash of
        the server of PostgreSQL then takes back the last moments, a crash of this process nothing.
        """
        info = {"scope": scope, "ring": self._ring}
        engine = self.engine if waits_for_disk else self._hurried
        with Session(engine, info=info, expire_on_commit=False) as session:
            with session.begin():
                yield session
            for act in session.info.get("after_commit", ()):
                act()

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[Session]:
        """Give a session that can only read and never waits for a writer."""
        info = {"scope": scope, "read_only": True}
        with Session(self._reader, info=info, expire_on_commit=False) as session:
            yield session

    def check(self) -> None:
        """Raise SettingError with one line if the database cannot be reached."""
        try:
            with self._reader.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except sa.exc.DBAPIError as error:
            place = self.engine.url.render_as_string(hide_password=True)
            cause = str(error.orig).strip().splitlines()[0]
            raise SettingError(
                f"The database {place} cannot be reached: {cause}. Check LTI_TOOL_DATABASE_URL."
            ) from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _engine(url: str, pool_size: int) -> sa.Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            connect_args={"timeout": 10, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = sa.create_engine(
        url,
        # What people wrote must not reach the log in the text of an error.
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "options": "-c statement_timeout=15s -c idle_in_transaction_session_timeout=30s -c lock_timeout=5s",
        },
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by the hook below; the driver's own mode loses updates silently.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("lti_tool_read_only")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("lti_tool_read_only"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    if options.get("lti_tool_hurried"):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


@event.listens_for(Session, "do_orm_execute")
def _keep_statements_to_the_course(state: ORMExecuteState) -> None:
    info = state.session.info
    scope = info.get("scope")
    if info.get("read_only") and not state.is_select and state.is_orm_statement:
        raise ScopeError("a reading session was asked to write")
    if scope is EVERYWHERE or state.is_column_load:
        return
    _refuse_what_cannot_be_kept(state)
    if scope is None:
        if any(issubclass(mapper.class_, CourseScoped) for mapper in state.all_mappers):
            raise ScopeError("rows of a course were asked for without a course")
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            CourseScoped, lambda cls: cls.course_id == scope, include_aliases=True
        )
    )


def _refuse_what_cannot_be_kept(state: ORMExecuteState) -> None:
    """Refuse statements to which no condition on the course can be added."""
    if not state.is_orm_statement:
        raise ScopeError("a statement without mapped classes was run in a course")
    if state.is_insert and _is_course_scoped(state):
        raise ScopeError("rows of a course must be added one by one")
    if state.is_update and "course_id" in _changed_columns(state):
        raise ScopeError("a row cannot move to another course")


def _is_course_scoped(state: ORMExecuteState) -> bool:
    mapper = state.bind_mapper
    return mapper is not None and issubclass(mapper.class_, CourseScoped)


def _changed_columns(state: ORMExecuteState) -> set[str]:
    changed = getattr(state.statement, "_values", None) or {}
    return {getattr(column, "key", str(column)) for column in changed}


@event.listens_for(Session, "before_flush")
def _keep_writes_to_the_course(
    session: OrmSession, _context: UOWTransaction, _instances: object
) -> None:
    if session.info.get("read_only") and (
        session.new or session.dirty or session.deleted
    ):
        raise ScopeError("a reading session was asked to write")
    scope = session.info.get("scope")
    if scope is EVERYWHERE:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, CourseScoped):
            continue
        if scope is not None and getattr(row, "course_id", None) is None:
            row.course_id = scope
        if scope is None or row.course_id != scope:
            raise ScopeError(
                f"a row of course {row.course_id} was written from course {scope}"
            )
