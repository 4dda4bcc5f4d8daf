"""People who fill in worksheets."""

import uuid
from collections.abc import Callable

import pytest

from tests.signing_platform import Visitor

MARKER = "Silbermöwe"
ANSWERS = {
    "A1.text": f"Wir bringen Jugendliche und Betriebe zusammen. {MARKER}",
    "A4.choice": "trial",
    "A4.note": "Zwei Piloten laufen.",
    "B5.note": "Niemand fehlt.",
    "C1.text": "Die Schulen halten, die Betriebe reißen.",
    "C2.now.connect": "6",
    "C2.now.steer": "4",
    "D1.choice": "2",
    "D6.choice": "na",
    "D8.choice": "0",
    "E2.1.what": "Die Handwerkskammer einladen",
}


class Writer:
    """A participant at work on one phase, page by page as the browser would be."""

    def __init__(self, visitor: Visitor, phase: str = "start") -> None:
        self.visitor, self.phase = visitor, phase

    def begin(self) -> "Writer":
        answer = self.visitor.post(f"worksheet/{self.phase}/begin")
        assert answer.status_code == 200, answer.text
        return self

    def page(self, number: int) -> str:
        return self.visitor.get(f"worksheet/{self.phase}/{number}").text

    def write(
        self, path: str, value: str, base: int = 0, op: str | None = None
    ) -> dict[str, object]:
        """Save one field as the page's script does; return the answer with its status."""
        form = {
            "path": path,
            "value": value,
            "base": str(base),
            "op": op or str(uuid.uuid4()),
        }
        answer = self.visitor.post(f"worksheet/{self.phase}/field", form)
        return {"status": answer.status_code, **(answer.get_json() or {})}

    def add_actor(
        self, label: str, kind: str = "school", page: int = 2, **more: str
    ) -> str:
        actor = str(uuid.uuid4())
        form = {
            "uuid": actor,
            "label": label,
            "type": kind,
            "status": "known",
            "closeness": "1",
        }
        answer = self.visitor.post(
            f"worksheet/{self.phase}/actors", {**form, "page": str(page), **more}
        )
        assert answer.status_code == 200, answer.text
        return actor

    def fill(self) -> "Writer":
        """Answer everything that the short form of the start requires."""
        self.begin()
        for path, value in ANSWERS.items():
            assert self.write(path, value)["status"] == 200
        one = self.add_actor(f"Gymnasium {MARKER}")
        other = self.add_actor("Chemiewerk Werra", "company")
        self.visitor.post(
            f"worksheet/{self.phase}/ties",
            {"one": one, "other": other, "strength": "2", "page": "2"},
        )
        return self

    def hand_in(self) -> str:
        answer = self.visitor.post(f"worksheet/{self.phase}/hand-in")
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def writer(lead: Visitor, arrive: Callable[..., Visitor]) -> Writer:
    """Mia Muster, a participant of the lead's course."""
    return Writer(arrive("7", name="Mia Muster", activity="worksheet"))
