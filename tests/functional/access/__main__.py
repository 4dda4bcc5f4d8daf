"""Prints the right-to-see table: `python -m tests.functional.access` gives it as Markdown."""

from tests.functional.access.people import (
    ADDING,
    ASSISTANT,
    BEN,
    COLLEAGUE,
    EXAMINER,
    GUEST,
    LEAD,
    MAX,
    MIA,
    PREVIEW,
    REVIEWER,
    SPEAKER,
)
from tests.functional.access.table import ACTIONS, PAGES, PUBLIC, Action, Page

COLUMNS = (
    LEAD,
    ASSISTANT,
    REVIEWER,
    SPEAKER,
    GUEST,
    EXAMINER,
    COLLEAGUE,
    ADDING,
    MIA,
    MAX,
    BEN,
    PREVIEW,
)


def line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def told(row: Page | Action, asker: str) -> str:
    """Return what somebody gets; `sees` is the page with its marker, `own` one without."""
    if isinstance(row, Page):
        return (
            "sees"
            if asker in row.sees
            else str(row.expected(asker)).replace("200", "own")
        )
    return "may" if asker in row.may else "404" if asker in row.missing else "403"


def main() -> None:
    print(line("route", *COLUMNS, "other course", "nobody"))
    print(line(*["---"] * (len(COLUMNS) + 3)))
    for row in (*PAGES, *ACTIONS):
        method, nobody = ("GET", 401) if isinstance(row, Page) else ("POST", 400)
        print(
            line(
                f"{method} {row}",
                *(told(row, asker) for asker in COLUMNS),
                "nothing of ours",
                nobody,
            )
        )
    for outcomes in PUBLIC.values():
        for request_line, status in outcomes.items():
            print(line(request_line, *[status] * (len(COLUMNS) + 2)))


if __name__ == "__main__":
    main()
