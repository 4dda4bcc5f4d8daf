"""In which language each person uses the LMS."""

from lti_tool.practice_lms.database import Database
from lti_tool.practice_lms.world import Person

LANGUAGES = ("de", "en")


class LanguageChoices:
    """A person's own language until they choose another."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person: Person) -> str:
        """Return the language of this person's launches."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT language FROM language_choice WHERE sub = ?", (person.sub,)
            ).fetchone()
        return str(row["language"]) if row is not None else person.language

    def choose(self, person: Person, language: str) -> None:
        """Use this language for the person from now on."""
        if language not in LANGUAGES:
            message = f"No such language: {language}"
            raise ValueError(message)
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT OR REPLACE INTO language_choice VALUES (?, ?)",
                (person.sub, language),
            )
