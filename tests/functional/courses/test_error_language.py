"""An error inside a visit speaks the visit's language, whatever the browser prefers."""

from collections.abc import Callable

import pytest

from tests.signing_platform import Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize("locale", ["de", "en"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "gradebook/999999", 404),
        ("GET", "gradebook/99999999999", 404),
        ("GET", "nothing/of/this/kind", 404),
        ("GET", "settings", 403),
        ("PUT", "gradebook/", 405),
        ("DELETE", "", 405),
        ("POST", "profiles/mine", 400),
    ],
)
def test_an_error_page_speaks_the_language_of_the_visit(
    lead: Visitor, arrive: Arrive, locale: str, method: str, path: str, status: int
) -> None:
    visitor = arrive("7", locale=locale)
    if path.startswith("gradebook/9"):
        visitor = arrive("1", "Instructor", locale=locale)

    answer = visitor.client.open(
        f"{visitor.home}{path}", method=method, headers=ENGLISH
    )

    assert answer.status_code == status
    assert f'<html lang="{locale}">' in answer.text


@pytest.mark.parametrize("visit", ["of-nobody", "a%00b"])
def test_an_error_below_a_visit_that_nobody_has_speaks_the_language_of_the_browser(
    lead: Visitor, visit: str
) -> None:
    answer = lead.client.get(f"/l/{visit}/nothing/of/this/kind", headers=ENGLISH)

    assert answer.status_code == 404
    assert '<html lang="en">' in answer.text
