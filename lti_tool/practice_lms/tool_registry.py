"""Tools that registered themselves, and the secrets with which they may."""

import hashlib
import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.practice_lms.database import Database

TOKEN_SECONDS = 3600
_CLIENT_ID_LENGTH = 15
_FIRST_DEPLOYMENT = 2
"""The tool that is known from the start is the first."""


@dataclass(frozen=True)
class RegisteredTool:
    """A tool as it registered itself."""

    client_id: str
    deployment_id: str
    said: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The tool's name for itself."""
        return str(self.said.get("client_name", ""))


@dataclass(frozen=True)
class Permission:
    """What a secret permits: to register under a client id, new or present."""

    client_id: str
    is_used: bool


class ToolRegistry:
    """Secrets hold for an hour and one registration."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue_token(self, client_id: str | None, now: float) -> str:
        """Return a secret to register a new tool, or to update the one with this client id."""
        letters = string.ascii_letters + string.digits
        new = "".join(secrets.choice(letters) for _ in range(_CLIENT_ID_LENGTH))
        token = secrets.token_urlsafe(24)
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO registration_token (sha256, client_id, expires)"
                " VALUES (?, ?, ?)",
                (_fingerprint(token), client_id or new, now + TOKEN_SECONDS),
            )
        return token

    def find_permission(self, token: str, now: float) -> Permission | None:
        """Return what a secret permits; None if it is unknown or too old."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT client_id, used FROM registration_token"
                " WHERE sha256 = ? AND expires > ?",
                (_fingerprint(token), now),
            ).fetchone()
        return Permission(row["client_id"], bool(row["used"])) if row else None

    def put(
        self, token: str, client_id: str, said: Mapping[str, Any]
    ) -> RegisteredTool:
        """Store a tool, new or changed, and use the secret up."""
        with self._database.transaction() as rows:
            rows.execute(
                "UPDATE registration_token SET used = 1 WHERE sha256 = ?",
                (_fingerprint(token),),
            )
            rows.execute(
                "INSERT INTO registered_tool (client_id, said) VALUES (?, ?)"
                " ON CONFLICT (client_id) DO UPDATE SET said = excluded.said",
                (client_id, json.dumps(said)),
            )
        return next(tool for tool in self.all() if tool.client_id == client_id)

    def all(self) -> list[RegisteredTool]:
        """Return the tools, oldest first."""
        with self._database.transaction() as rows:
            found = rows.execute(
                "SELECT id, client_id, said FROM registered_tool ORDER BY id"
            ).fetchall()
        return [
            RegisteredTool(
                row["client_id"],
                str(row["id"] + _FIRST_DEPLOYMENT - 1),
                json.loads(row["said"]),
            )
            for row in found
        ]


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
