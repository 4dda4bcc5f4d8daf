"""How often the tool asked for what, so that tests can count requests."""

from lti_tool.practice_lms.database import Database


class Traffic:
    """Counts answers by kind of request and status."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, kind: str, status: int) -> None:
        """Count one answer."""
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO answer_count VALUES (?, ?, 1)"
                " ON CONFLICT DO UPDATE SET count = count + 1",
                (kind, status),
            )

    def answers(self) -> dict[str, dict[int, int]]:
        """Return the number of answers by kind and status."""
        with self._database.transaction() as rows:
            found = rows.execute("SELECT kind, status, count FROM answer_count")
            result: dict[str, dict[int, int]] = {}
            for row in found:
                result.setdefault(row["kind"], {})[row["status"]] = row["count"]
        return result

    def requests(self, kind: str) -> int:
        """Return how often this kind of request was made."""
        return sum(self.answers().get(kind, {}).values())

    def forget(self) -> None:
        """Count from zero."""
        with self._database.transaction() as rows:
            rows.execute("DELETE FROM answer_count")
