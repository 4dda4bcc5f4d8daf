"""What the LMS gives out and must recognise: launch hints, tokens, assertions."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from lti_tool.practice_lms.database import Database

TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class LaunchHint:
    """A login under way: who opens which activity, in an iframe or a window."""

    sub: str
    link_id: str
    target: str


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Tickets:
    """Hints work once, tokens for an hour, assertions once while they are valid."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue_hint(self, hint: LaunchHint) -> str:
        """Return a new launch id that stands for this login."""
        launch_id = f"ltilaunch{hint.link_id}_{secrets.randbelow(10**10)}"
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO launch_hint (launch_id, sub, link_id, target)"
                " VALUES (?, ?, ?, ?)",
                (launch_id, hint.sub, hint.link_id, hint.target),
            )
        return launch_id

    def take_hint(self, launch_id: str) -> LaunchHint | None:
        """Return the login of this launch id the first time, then None."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "UPDATE launch_hint SET used = 1 WHERE launch_id = ? AND used = 0"
                " RETURNING sub, link_id, target",
                (launch_id,),
            ).fetchone()
        return LaunchHint(**row) if row is not None else None

    def issue_token(self, scopes: Iterable[str], now: float) -> str:
        """Return a new access token for these scopes."""
        token = secrets.token_hex(16)
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO access_token VALUES (?, ?, ?)",
                (_fingerprint(token), " ".join(scopes), now + TOKEN_SECONDS),
            )
        return token

    def scopes_of(self, token: str, now: float) -> frozenset[str]:
        """Return what a token allows; nothing if it is unknown or has expired."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT scopes FROM access_token WHERE sha256 = ? AND expires > ?",
                (_fingerprint(token), now),
            ).fetchone()
        return frozenset(row["scopes"].split()) if row is not None else frozenset()

    def use_assertion(self, jti: str, expires: float, now: float) -> bool:
        """Return whether this assertion is used for the first time."""
        with self._database.transaction() as rows:
            rows.execute("DELETE FROM used_assertion WHERE expires <= ?", (now,))
            added = rows.execute(
                "INSERT OR IGNORE INTO used_assertion VALUES (?, ?)", (jti, expires)
            )
            return added.rowcount == 1
