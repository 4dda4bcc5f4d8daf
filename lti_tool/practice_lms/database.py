"""The one SQLite file in which the LMS keeps what must outlive it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

MEMORY = ":memory:"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signing_key (
    kid TEXT PRIMARY KEY, private_pem TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS seeded_course (context_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS line_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    context_id TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    maximum REAL NOT NULL, resource_id TEXT NOT NULL, tag TEXT NOT NULL,
    link_id TEXT, submission_review TEXT, locked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS grade (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    line_item_id INTEGER NOT NULL, sub TEXT NOT NULL,
    raw REAL, final REAL, feedback TEXT, modified INTEGER,
    overridden INTEGER NOT NULL DEFAULT 0, locked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (line_item_id, sub)
);
CREATE TABLE IF NOT EXISTS score (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    line_item_id INTEGER NOT NULL, sub TEXT NOT NULL, body TEXT NOT NULL,
    received REAL NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS score_lane ON score (line_item_id, sub);
CREATE TABLE IF NOT EXISTS launch_hint (
    launch_id TEXT PRIMARY KEY, sub TEXT NOT NULL, link_id TEXT NOT NULL,
    target TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS content_question (
    id TEXT PRIMARY KEY, sub TEXT NOT NULL, context_id TEXT NOT NULL,
    secret TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 0, items TEXT,
    saved INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS added_link (
    id INTEGER PRIMARY KEY, context_id TEXT NOT NULL, title TEXT NOT NULL,
    description TEXT NOT NULL, custom TEXT NOT NULL, url TEXT
);
CREATE TABLE IF NOT EXISTS access_token (
    sha256 TEXT PRIMARY KEY, scopes TEXT NOT NULL, expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS used_assertion (
    jti TEXT PRIMARY KEY, expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS language_choice (
    sub TEXT PRIMARY KEY, language TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS registration_token (
    sha256 TEXT PRIMARY KEY, client_id TEXT NOT NULL, expires REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS registered_tool (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL UNIQUE,
    said TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answer_count (
    kind TEXT NOT NULL, status INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (kind, status)
);
"""


class Database:
    """An open SQLite file, readable by its owner only; threads take turns."""

    def __init__(self, path: Path | str) -> None:
        if str(path) != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its side files the mode of the file it finds.
            Path(path).touch(mode=0o600)
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self._turn = RLock()
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Keep all changes of the block or none; an inner block joins the outer."""
        with self._turn:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                if self._depth == 1:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()
