"""Why an activity could not be opened: each reason code in words, for who reads it and who can mend it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of an error page."""

    title: str | LazyString
    why: str | LazyString
    now: str | LazyString
    administrator: str | LazyString | None = None
    """What somebody else must change, if only they can."""


LEAVE = _l("Open the activity again from your course.")
_AGAIN_THEN_TELL = _l(
    "Open the activity again from your course. If it fails again, tell your administrator the code below."
)
_TELL = _l("Tell the administrator of your learning platform the code below.")
_COMPARE = _l(
    "Compare the tool's addresses in the learning platform with those that “lti-tool platform show” prints."
)

_STATE_UNKNOWN = Explanation(
    _l("This opening did not begin with us"),
    _l(
        "An activity cannot be opened by a reloaded page or a bookmark, only from its course."
    ),
    LEAVE,
    _l(
        "If it fails for everybody, the address for the login in the learning platform is wrong: it must end in /lti/login."
    ),
)
_MIXED_UP = Explanation(
    _l("Two openings got mixed up"),
    _l(
        "The learning platform answered another opening than the one that began in this window."
    ),
    _l("Open one activity, wait until it is there, and only then the next one."),
)
_CLOCK = Explanation(
    _l("The clocks do not agree"),
    _l("What the learning platform sent is dated too early or too late to be trusted."),
    _AGAIN_THEN_TELL,
    _l(
        "Set the clocks of the learning platform and of this tool by NTP; “lti-tool doctor” says how far they differ."
    ),
)
_UNSIGNED = Explanation(
    _l("The signature of your learning platform does not fit"),
    _l(
        "So we cannot be sure that it was your learning platform that opened the activity."
    ),
    _AGAIN_THEN_TELL,
    _l(
        "Check the key address of the learning platform (--jwks-url); “lti-tool doctor” fetches the keys and says what came."
    ),
)
_NOT_STANDARD = Explanation(
    _l("The message of your learning platform is not in order"),
    _l("It has a form that LTI 1.3 does not permit, so it was not trusted."),
    _TELL,
    _l(
        "The code says what is wrong. Choose LTI 1.3 for this tool, and report it to the makers of the learning platform if it stays."
    ),
)
_INCOMPLETE = Explanation(
    _l("The message of your learning platform is incomplete"),
    _l("It lacks something without which no activity can be opened."),
    _TELL,
    _l(
        "The code names what is missing. Check that the tool is set up as LTI 1.3 and not as an older version."
    ),
)
_TARGET = Explanation(
    _l("The link leads somewhere else"),
    _l("The address of the activity in the learning platform is not one of this tool."),
    _TELL,
    _COMPARE,
)
_OLD_VERSION = Explanation(
    _l("Your learning platform speaks another version of LTI"),
    _l("This tool speaks LTI 1.3 only."),
    _TELL,
    _l("Set the tool up as LTI 1.3 (LTI Advantage) in the learning platform."),
)
_LOGIN = Explanation(
    _l("Your learning platform asked in a way that we do not understand"),
    _l("What it sent to begin the opening is incomplete or unreadable."),
    _AGAIN_THEN_TELL,
    _COMPARE,
)
_DISABLED = Explanation(
    _l("This learning platform is switched off here"),
    _l("The operator of this tool has disabled its registration."),
    _l("Ask the administrator of your learning platform."),
    _l("The operator of the tool can enable it again by “lti-tool platform enable”."),
)
_PLATFORM_REFUSED = Explanation(
    _l("Your learning platform refused to open the activity"),
    _l("It answered with an error in place of who you are."),
    _l("Log in to the learning platform again and open the activity once more."),
    _l("Its own log says why it refused."),
)
_PLATFORM_LOGIN = Explanation(
    _l("You are no longer logged in to the learning platform"),
    _l("It did not tell us who you are."),
    _l("Log in to the learning platform again and open the activity once more."),
)
_PLATFORM_DENIED = Explanation(
    _l("Your learning platform does not let you in"),
    _l(
        "It says that you may not open this activity, or that somebody else is logged in."
    ),
    _l("Log in to the learning platform again and open the activity once more."),
    _l("Check whether this person may open the activity there."),
)
_PLATFORM_CLIENT = Explanation(
    _l("Your learning platform does not know this tool"),
    _l("It does not accept the client id under which this tool asked."),
    _TELL,
    _l(
        "The client id or the redirect address differs on both sides. “lti-tool platform show” prints what this tool uses."
    ),
)
_PLATFORM_REQUEST = Explanation(
    _l("Your learning platform did not understand us"),
    _l("It says that our request for who you are was wrong."),
    _AGAIN_THEN_TELL,
    _l(
        "Check the redirect address and the address for authentication requests in the registration of the tool."
    ),
)
_PLATFORM_FAULT = Explanation(
    _l("Your learning platform has a fault of its own"),
    _l("It says that it cannot tell us who you are at the moment."),
    _l("Open the activity again in a few minutes."),
)
_ODD_LINK = Explanation(
    _l("Please open this from an activity"),
    _l("The learning platform did not say which activity was opened."),
    _l("Add the activity to a course and open it there."),
)

_BY_REASON: Mapping[str, Explanation] = {
    "cookie_missing": Explanation(
        _l("Your browser did not keep our cookie"),
        _l("Without it we cannot tell that it was you who opened the activity."),
        _l(
            "Permit cookies for this site in the settings of your browser, or use another browser, and open the activity again."
        ),
        _l(
            "If it happens to many, let the activity open in a new window: a setting of the tool in the learning platform."
        ),
    ),
    "state_of_other_browser": Explanation(
        _l("This opening belongs to another browser"),
        _l("It began in another browser or another profile than this one."),
        LEAVE,
    ),
    "state_missing": _STATE_UNKNOWN,
    "state_unknown": _STATE_UNKNOWN,
    "state_expired": Explanation(
        _l("Opening took too long"),
        _l("More than ten minutes passed on the way."),
        LEAVE,
    ),
    "state_used": Explanation(
        _l("This opening was already used"),
        _l("Each opening of an activity works once, so that nobody can repeat it."),
        LEAVE,
    ),
    "nonce_wrong": _MIXED_UP,
    "registration_of_other_login": _MIXED_UP,
    "deployment_of_other_login": _MIXED_UP,
    "target_of_other_login": _MIXED_UP,
    "token_expired": _CLOCK,
    "token_from_future": _CLOCK,
    "token_too_old": _CLOCK,
    "token_lives_too_long": _CLOCK,
    "signature_wrong": _UNSIGNED,
    "kid_missing": _UNSIGNED,
    "kid_unknown": _UNSIGNED,
    "jwks_invalid": _UNSIGNED,
    "jwks_unreachable": Explanation(
        _l("Your learning platform did not answer us"),
        _l("We need its public key to check who opens the activity."),
        _l("Open the activity again in a minute."),
        _l(
            "The server of this tool must be able to reach the key address of the learning platform; “lti-tool doctor” says what stands in the way."
        ),
    ),
    "registration_unknown": Explanation(
        _l("We do not know this learning platform"),
        _l("Nobody has registered it here, or its client id differs."),
        _l(
            "Ask the administrator of your learning platform to check the registration of this tool."
        ),
        _l(
            "Compare issuer and client id with what “lti-tool platform list” and “lti-tool platform show” print."
        ),
    ),
    "registration_disabled": _DISABLED,
    "deployment_disabled": _DISABLED,
    "deployment_unknown": Explanation(
        _l("This installation of the tool is not permitted"),
        _l(
            "Your learning platform opened the activity through a deployment that was not registered here."
        ),
        _TELL,
        _l(
            "Name the deployment id when registering: “lti-tool platform add … --deployment-id”, or leave it out to accept each."
        ),
    ),
    "target_not_ours": _TARGET,
    "message_not_offered": Explanation(
        _l("This tool does not offer that"),
        _l("The learning platform asked for something that this tool does not do."),
        LEAVE,
        _l("Switch that kind of link off for this tool in the learning platform."),
    ),
    "version_missing": _OLD_VERSION,
    "version_not_1_3": _OLD_VERSION,
    "context_missing": Explanation(
        _l("Please open this from a course"),
        _l("The learning platform did not say to which course the activity belongs."),
        _l("Add the activity to a course and open it there."),
    ),
    "resource_link_missing": _ODD_LINK,
    "sub_missing": Explanation(
        _l("We do not know who you are"),
        _l("The learning platform opened the activity without naming a person."),
        _l("Log in to the learning platform and open the activity from your course."),
        _l(
            "The tool needs the platform's user id (sub), not the name: permit it in the privacy settings of the tool."
        ),
    ),
    "roles_missing": Explanation(
        _l("We do not know your role"),
        _l("The learning platform did not say what you are in this course."),
        _TELL,
        _l("The message must list the roles of the person, even if the list is empty."),
    ),
    "review_without_person": Explanation(
        _l("Whose work should be shown?"),
        _l("The learning platform did not say whose work you want to look at."),
        _l("Choose a person in the gradebook, or open the activity from your course."),
    ),
    "for_user_invalid": Explanation(
        _l("Whose work should be shown?"),
        _l("The learning platform did not say whose work you want to look at."),
        _l("Choose a person in the gradebook, or open the activity from your course."),
    ),
    "review_of_other_person": Explanation(
        _l("This work is not yours"),
        _l("Participants can open only their own work."),
        LEAVE,
    ),
    "deep_linking_by_participant": Explanation(
        _l("Only teachers can add activities"),
        _l("The learning platform says that you are not a teacher of this course."),
        _l("Ask a teacher of the course to add the activity."),
    ),
    "deep_linking_without_return": Explanation(
        _l("The activity cannot be added"),
        _l("The learning platform did not say where the choice should go."),
        _TELL,
        _l(
            "Its request for content lacks a return address (deep_link_return_url) that begins with https."
        ),
    ),
    "deep_linking_without_activities": Explanation(
        _l("No activity can be added here"),
        _l(
            "This place in the learning platform takes other content, but no activities."
        ),
        _l("Add the activity in the list of activities of your course."),
        _l("It accepts no links of the type ltiResourceLink here."),
    ),
    "platform_error": _PLATFORM_REFUSED,
    "platform_login_required": _PLATFORM_LOGIN,
    "platform_interaction_required": _PLATFORM_LOGIN,
    "platform_account_selection_required": _PLATFORM_LOGIN,
    "platform_consent_required": _PLATFORM_LOGIN,
    "platform_access_denied": _PLATFORM_DENIED,
    "platform_unauthorized_client": _PLATFORM_CLIENT,
    "platform_invalid_client": _PLATFORM_CLIENT,
    "platform_invalid_request": _PLATFORM_REQUEST,
    "platform_invalid_scope": _PLATFORM_REQUEST,
    "platform_unsupported_response_type": _PLATFORM_REQUEST,
    "platform_server_error": _PLATFORM_FAULT,
    "platform_temporarily_unavailable": _PLATFORM_FAULT,
    "login_incomplete": _LOGIN,
    "login_parameter_invalid": _LOGIN,
    "login_parameter_too_long": _LOGIN,
    "token_malformed": _NOT_STANDARD,
    "token_invalid": _NOT_STANDARD,
    "token_too_long": _NOT_STANDARD,
    "claim_twice": _NOT_STANDARD,
    "algorithm_not_rs256": _NOT_STANDARD,
    "header_not_allowed": _NOT_STANDARD,
    "azp_missing": _NOT_STANDARD,
    "azp_wrong": _NOT_STANDARD,
    "message_invalid": _NOT_STANDARD,
}
_BY_ENDING: Mapping[str, Explanation] = {
    "_missing": _INCOMPLETE,
    "_invalid": _NOT_STANDARD,
}
"""Every claim may be missing or odd; its name stands in the reason."""
_UNNAMED = Explanation(
    _l("The activity could not be opened"),
    _l("What the learning platform sent could not be trusted."),
    _AGAIN_THEN_TELL,
)


def find(reason: str) -> Explanation | None:
    """Return the words for a reason code; None for one that nobody has put into words."""
    for ending, words in _BY_ENDING.items():
        if reason not in _BY_REASON and reason.endswith(ending):
            return words
    return _BY_REASON.get(reason)


def explain(reason: str) -> Explanation:
    """Return the words for the reason of a refused login or launch."""
    return find(reason) or _UNNAMED
