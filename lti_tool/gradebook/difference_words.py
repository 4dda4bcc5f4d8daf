"""What a comparison with the platform's gradebook found, in the reader's words."""

from collections.abc import Iterable, Mapping

from flask_babel import LazyString

from lti_tool.gradebook.models import Comparison, GradeNote
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext
from lti_tool.web.filters import moment

_FOUND: Mapping[str, LazyString] = {
    "changed_in_lms": _l(
        "The learning platform shows another grade, probably entered there by hand. Nothing is sent until somebody decides here."
    ),
    "kept_in_lms": _l(
        "The learning platform took this tool's grade but goes on showing its own: it is overridden or locked there. Lift that there and send ours again, or leave it as it is there."
    ),
    "missing_in_lms": _l(
        "The grade is no longer in the gradebook; somebody may have deleted it there. It is not sent again by itself."
    ),
    "unsent_in_lms": _l(
        "The learning platform shows a grade that this tool did not send. What it may report later waits until somebody decides here."
    ),
}
_LEFT = _l(
    "Decided here: the grade in the learning platform stays. You are asked again as soon as it, or what this tool reports, changes."
)
LEFT_WORD = _l("kept there")
_LEFT_OUT_WORD = _l("stays without a grade there")
_LEFT_OUT = _l(
    "Decided here: the learning platform stays without this grade. You are asked again as soon as one stands there, or what this tool reports changes."
)
_MISSING = "missing_in_lms"
_NOTES: Mapping[str, LazyString] = {
    "changed_in_lms": _l("The learning platform showed another grade."),
    "kept_in_lms": _l("The learning platform kept its own grade."),
    "missing_in_lms": _l("The grade was missing in the learning platform."),
    "unsent_in_lms": _l("The learning platform showed a grade that was not sent."),
    "line_item_gone": _l("The column was gone."),
    "now_sent": _l("The learning platform showed what it should."),
    "now_due": _l("Nothing stood in the way any more; the grade was sent."),
    "now_withdrawn": _l("The learning platform showed what was sent before."),
    "now_none": _l("The learning platform showed no grade any more."),
    "left": _l("Decided: the grade in the learning platform stays."),
    "asked_again": _l("The decision was taken back."),
    "sent_again": _l("Decided: ours is sent again."),
}
_PERMIT = _l(
    "The learning platform does not show this tool the gradebook, so nothing can be compared. An administrator has to permit reading results (AGS) for this tool. Grades are sent all the same."
)
_LATER = _l(
    "The learning platform did not show its gradebook. It is asked again by itself."
)
_TROUBLE: Mapping[str, LazyString] = {
    "results_not_offered": _PERMIT,
    "results_not_granted": _PERMIT,
    "unauthorized": _PERMIT,
    "forbidden": _PERMIT,
    "no_results_service": _l(
        "The learning platform does not tell which grades stand in its gradebook, so they cannot be compared. Grades are sent all the same."
    ),
    "not_understood": _l(
        "The learning platform gave an answer that this tool does not understand. It is asked again the next night."
    ),
    "line_item_gone": _l(
        "A column no longer exists in the gradebook. Its grades count as failed: open the activity once from the course, then send them again."
    ),
    "token_refused": _l(
        "The learning platform did not let this tool sign in. An administrator should compare the client id and the key address."
    ),
    "clocks_differ": _l(
        "The learning platform did not let this tool sign in, because the clocks of the two servers differ. Tell the operator of this tool."
    ),
    "slow_down": _l(
        "The learning platform asked for a pause. It is asked again by itself."
    ),
    "cannot_sign": _l(
        "This installation lacks its signing key. Tell the operator of this tool."
    ),
    "tool_error": _l(
        "This tool made a mistake of its own. If it stays, tell the operator."
    ),
    "address_not_permitted": _l(
        "The learning platform lies in a network that this installation does not permit. Tell the operator of this tool."
    ),
    "address_of_other_host": _l(
        "The learning platform named an address on another server, so it was not asked. Tell the operator of this tool."
    ),
}


def found(state: str, code: str | None) -> str:
    """Return the sentence for a grade of which the LMS says something else."""
    if state == "left":
        return str(_LEFT_OUT if code == _MISSING else _LEFT)
    return str(_FOUND[code or "changed_in_lms"])


def left_word(code: str | None) -> LazyString:
    """Return the word for a grade of which the LMS was left with what it says, or with none."""
    return _LEFT_OUT_WORD if code == _MISSING else LEFT_WORD


def noted(note: GradeNote) -> str:
    """Return the sentence for an entry of what was found and decided."""
    if note.what == "left" and note.lms_score is None:
        return str(_("Decided: the learning platform stays without this grade."))
    return str(_NOTES[note.what])


def trouble(code: str) -> str:
    """Return the sentence for a comparison that did not come to its end."""
    return str(_TROUBLE.get(code, _LATER))


def outcome(row: Comparison, now: Mapping[str, int]) -> str | None:
    """Return what the last complete comparison showed, in figures; None if there was none.

    ``now`` says of how many grades each state is, for much may be decided since.
    """
    if row.finished_at is None:
        return None
    total = row.as_sent + row.differing + row.left
    begin = ngettext(
        "Compared on %(when)s: %(same)s of %(num)s grade is as it was sent",
        "Compared on %(when)s: %(same)s of %(num)s grades are as they were sent",
        total,
        when=moment(row.finished_at),
        same=row.as_sent,
    )
    told = [", ".join([begin, *_exceptions(now)]) + "."]
    if row.differing and not now.get("changed"):
        told.append(_("All differences are decided."))
    return " ".join(told)


def _exceptions(now: Mapping[str, int]) -> Iterable[str]:
    if differing := now.get("changed"):
        yield ngettext("%(num)s differs", "%(num)s differ", differing)
    if left := now.get("left"):
        yield ngettext(
            "%(num)s stays as it is there", "%(num)s stay as they are there", left
        )
