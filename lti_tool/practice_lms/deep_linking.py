"""Adding activities: what the tool is asked, and how its answer is checked (LTI Deep Linking 2.0)."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

import jwt

from lti_tool.practice_lms.addresses import Addresses
from lti_tool.practice_lms.assertions import ToolKeys
from lti_tool.practice_lms.claims import MESSAGE_TYPE, Sender, sender_claims
from lti_tool.practice_lms.database import Database

PREFIX = "contentitem"
_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim"
_LTI = "https://purl.imsglobal.org/spec/lti/claim"


class RefusedAnswerError(Exception):
    """The tool's answer cannot be trusted; the message says why."""


@dataclass(frozen=True)
class Question:
    """Somebody adds activities to a course; the secret must come back with the answer."""

    id: str
    sub: str
    context_id: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class ContentItem:
    """An activity that the tool offers, with its gradebook column if it wants one.

    What Moodle drops is not here: the column's label, window and iframe, available, submission.
    """

    title: str
    text: str = ""
    url: str | None = None
    custom: dict[str, str] = field(default_factory=dict)
    maximum: float | None = None
    resource_id: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Answer:
    """What the tool said: the chosen activities, and perhaps a word to the person."""

    items: tuple[ContentItem, ...]
    message: str = ""


class Questions:
    """Questions under way: each is asked, answered and saved once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, sub: str, context_id: str) -> Question:
        """Return a new question."""
        question = Question(
            id=f"{PREFIX}_{secrets.token_hex(8)}",
            sub=sub,
            context_id=context_id,
            secret=secrets.token_hex(8),
        )
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO content_question (id, sub, context_id, secret)"
                " VALUES (:id, :sub, :context_id, :secret)",
                asdict(question),
            )
        return question

    def take(self, question_id: str) -> Question | None:
        """Return the question of a login the first time, then None."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "UPDATE content_question SET asked = 1 WHERE id = ? AND asked = 0"
                " RETURNING id, sub, context_id, secret",
                (question_id,),
            ).fetchone()
        return Question(**row) if row is not None else None

    def answer(self, question_id: str, items: tuple[ContentItem, ...]) -> bool:
        """Keep the answer until it is saved; tell whether it is the first."""
        with self._database.transaction() as rows:
            kept = rows.execute(
                "UPDATE content_question SET items = ?"
                " WHERE id = ? AND asked = 1 AND items IS NULL",
                (json.dumps([asdict(item) for item in items]), question_id),
            )
            return kept.rowcount == 1

    def save(self, question_id: str) -> list[ContentItem]:
        """Return what shall be saved, the first time; then raise RefusedAnswerError."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "UPDATE content_question SET saved = 1"
                " WHERE id = ? AND saved = 0 AND items IS NOT NULL RETURNING items",
                (question_id,),
            ).fetchone()
        if row is None:
            raise RefusedAnswerError("There is nothing to save")
        return [ContentItem(**item) for item in json.loads(row["items"])]

    def find(self, question_id: str, secret: str) -> Question | None:
        """Return the question of which somebody knows the secret."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT id, sub, context_id, secret FROM content_question"
                " WHERE id = ? AND secret = ?",
                (question_id, secret),
            ).fetchone()
        return Question(**row) if row is not None else None


def question_claims(
    addresses: Addresses, sender: Sender, question: Question
) -> dict[str, Any]:
    """Return the claims by which the tool is asked; unlike Moodle with ``data``."""
    return {
        **sender_claims(addresses, sender),
        MESSAGE_TYPE: "LtiDeepLinkingRequest",
        f"{_CLAIM}/deep_linking_settings": {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_copy_advice": False,
            "accept_multiple": True,
            "accept_unsigned": False,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": (
                f"{addresses.url}/course/{sender.course.key}/add/answer"
                f"?as={sender.person.sub}&id={question.id}&sesskey={question.secret}"
            ),
            "title": "lti-tool",
            "text": "",
            "data": question.id,
        },
    }


def read_answer(
    token: str, question: Question, addresses: Addresses, keys: ToolKeys, now: float
) -> Answer:
    """Return what the tool chose; raise RefusedAnswerError unless every check holds."""
    claims = _verified(token, addresses, keys)
    if not _number(claims["iat"]) <= int(now) < _number(claims["exp"]):
        raise RefusedAnswerError("The answer is not valid now")
    for name, wanted in {
        f"{_LTI}/deployment_id": addresses.deployment_id,
        MESSAGE_TYPE: "LtiDeepLinkingResponse",
        f"{_LTI}/version": "1.3.0",
        f"{_CLAIM}/data": question.id,
    }.items():
        if claims.get(name) != wanted:
            raise RefusedAnswerError(f"The claim {name} is wrong")
    return Answer(
        items=_items(claims.get(f"{_CLAIM}/content_items")),
        message=str(claims.get(f"{_CLAIM}/msg") or ""),
    )


def _verified(token: str, addresses: Addresses, keys: ToolKeys) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = keys.find(str(kid))
        if key is None:
            raise RefusedAnswerError("The tool does not publish the key of its answer")
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=addresses.issuer,
            issuer=addresses.client_id,
            # Times are compared with the clock of this LMS.
            options={
                "verify_exp": False,
                "verify_iat": False,
                "require": ["iss", "aud", "iat", "exp", "nonce"],
            },
        )
    except jwt.PyJWTError as error:
        raise RefusedAnswerError(f"The answer is not the tool's: {error}") from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedAnswerError("The answer has no times")
    return value


def _items(listed: object) -> tuple[ContentItem, ...]:
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(isinstance(i, dict) for i in listed):
        raise RefusedAnswerError("The content items are no list of objects")
    return tuple(_item(i) for i in listed if i.get("type") == "ltiResourceLink")


def _item(sent: dict[str, Any]) -> ContentItem:
    column = sent.get("lineItem") or {}
    maximum = column.get("scoreMaximum")
    return ContentItem(
        title=str(sent.get("title") or "lti-tool"),
        text=str(sent.get("text") or ""),
        url=str(sent["url"]) if sent.get("url") else None,
        custom={str(k).lower(): str(v) for k, v in (sent.get("custom") or {}).items()},
        maximum=None if maximum is None else _number(maximum),
        resource_id=str(column.get("resourceId") or ""),
        tag=str(column.get("tag") or ""),
    )
