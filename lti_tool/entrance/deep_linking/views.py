"""The picker, and the page that carries the signed answer back to the learning platform."""

from collections.abc import Sequence

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from lti_tool.entrance.deep_linking import service
from lti_tool.entrance.deep_linking.forms import PickForm, pick_form
from lti_tool.entrance.deep_linking.service import Pick
from lti_tool.entrance.deep_linking.words import words_of
from lti_tool.lti.addresses import origin
from lti_tool.lti.deep_linking import Question
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.headers import policy

pages = Pages("deep_linking", __name__, prefix="/add")
_ASKED = [Who.ANYONE]
"""Staff without a duty are nobody else yet; the service lets in only whom a platform asked."""


@pages.page("/", allow=_ASKED)
def picker(visit: Visit) -> ResponseReturnValue:
    """Show what the course can link to."""
    question = service.question_of(visit)
    return _picker_page(visit, question)


@pages.action("/", allow=_ASKED)
def add(visit: Visit) -> ResponseReturnValue:
    """Answer with the chosen activities."""
    question = service.question_of(visit, to_answer=True)
    form = _form(visit, question)
    if not form.validate():
        return _picker_page(visit, question, form), 422
    return _answer_page(visit, question, form.picks())


@pages.action("/cancel", allow=_ASKED)
def cancel(visit: Visit) -> ResponseReturnValue:
    """Answer that nothing was chosen."""
    question = service.question_of(visit, to_answer=True)
    return _answer_page(visit, question, [])


def _form(visit: Visit, question: Question) -> PickForm:
    found = service.choices(visit.session, question)
    chosen = service.chosen_at_first(found, question)
    return pick_form(found, chosen, several=question.takes_several)


def _picker_page(visit: Visit, question: Question, form: PickForm | None = None) -> str:
    return render_template(
        "deep_linking/picker.html",
        form=form or _form(visit, question),
        question=question,
        words_of=words_of,
    )


def _answer_page(
    visit: Visit, question: Question, picks: Sequence[Pick]
) -> ResponseReturnValue:
    # The address holds a secret of who adds: it stands in this form and nowhere else.
    page = make_response(
        render_template(
            "deep_linking/answer.html",
            url=question.return_url,
            answer=service.respond(visit, question, picks),
            has_picks=bool(picks),
        )
    )
    page.headers["Content-Security-Policy"] = policy(
        ancestors=visit.frame_origin, sends_to=origin(question.return_url)
    )
    # The answer is signed and its address is a secret of the reader's.
    page.headers["Cache-Control"] = "no-store"
    return page
