"""What a participant reads of the way into the gradebook of what they handed in."""

from typing import Any

import pytest
from sqlalchemy import update

from lti_tool import clock
from lti_tool.gradebook.models import Grade
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.functional.worksheet.conftest import Writer

WORDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "waits": (
        {"state": "due", "answer": None},
        "It is on its way into your gradebook.",
        "Auf dem Weg in die Bewertungen Ihrer Lernplattform.",
    ),
    "the platform is down": (
        {"state": "due", "answer": "unreachable_tls"},
        "it is sent again by itself, you need do nothing.",
        "es wird von selbst erneut gesendet, Sie müssen nichts tun.",
    ),
    "refused": (
        {"state": "failed", "answer": "locked"},
        "sends it again; if you have a question, ask Leonie Leitner.",
        "sendet es erneut; bei Fragen wenden Sie sich an Leonie Leitner.",
    ),
    "arrived": (
        {"state": "sent", "answer": "delivered"},
        "In your gradebook since ",
        "In den Bewertungen Ihrer Lernplattform seit ",
    ),
}
TECHNICAL = ("certificate is not", "locked", "Zertifikat der Lernplattform", "gesperrt")


@pytest.mark.parametrize(("values", "english", "german"), WORDS.values(), ids=WORDS)
def test_the_way_into_the_gradebook_is_told_calmly_in_both_languages(
    writer: Writer,
    database: Database,
    values: dict[str, Any],
    english: str,
    german: str,
) -> None:
    writer.fill().hand_in()
    with database.transaction(EVERYWHERE) as session:
        session.execute(update(Grade).values(**values, sent_at=clock.now()))

    said = writer.visitor.get("worksheet/").text
    writer.visitor.post("language", {"language": "de"})
    gesagt = writer.visitor.get("worksheet/").text

    assert english in said
    assert german in gesagt
    assert not [word for word in TECHNICAL if word in said + gesagt]
