"""Why a registration was refused: each reason code in words, for the administrator who reads it."""

from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.launch_words import Explanation

_NEW_INVITATION = _l(
    "Ask the operator of this tool for a new address; it is made by “lti-tool platform invite”."
)
_START_AGAIN = _l(
    "Go back to the tools of your learning platform and start the registration there again; the address still holds."
)
_BY_HAND = _l(
    "Register by hand instead, as the help for administrators says, or ask whoever runs the learning platform."
)
_TELL = _l(
    "Tell the operator of this tool the code below: it asks for something that your learning platform does not take."
)

_NO_RIGHT = _l("This address cannot be used")
_UNREADABLE = _l("We could not read what your learning platform says of itself")
_UNTRUSTED = _l("What your learning platform says of itself cannot be trusted")
_NO_ANSWER = _l("Your learning platform did not take the registration")
_REFUSED = _l("Your learning platform refused the registration")
_UNCLEAR = _l("Your learning platform answered, but not as it should")

_LOOK_FIRST = _l(
    "It may have registered the tool all the same: look at its list of tools, delete the entry, and start again there."
)

_WORDS = {
    # The invitation.
    "invitation_missing": Explanation(
        _NO_RIGHT,
        _l(
            "It lacks the one-time code without which nobody can register a platform here."
        ),
        _NEW_INVITATION,
    ),
    "invitation_unknown": Explanation(
        _NO_RIGHT,
        _l("Its one-time code is not one of ours; perhaps it was not copied in full."),
        _NEW_INVITATION,
    ),
    "invitation_used": Explanation(
        _NO_RIGHT,
        _l(
            "It was used before, and works once only. If that was you, the tool is registered."
        ),
        _NEW_INVITATION,
    ),
    "invitation_expired": Explanation(
        _NO_RIGHT,
        _l("It was valid for seven days, and they are over."),
        _NEW_INVITATION,
    ),
    "confirmation_invalid": Explanation(
        _l("This page was open for too long"),
        _l(
            "What you confirmed here holds for an hour and cannot be changed on the way."
        ),
        _START_AGAIN,
    ),
    "other_platform": Explanation(
        _NO_RIGHT,
        _l(
            "It renews the registration of another learning platform than the one that opened it."
        ),
        _l(
            "Enter it in the learning platform for which it was made, or ask the operator of this tool for another one."
        ),
    ),
    # The configuration.
    "configuration_address": Explanation(
        _UNREADABLE,
        _l("The address of its configuration is missing, or is no https address."),
        _START_AGAIN,
    ),
    "configuration_dns": Explanation(
        _UNREADABLE,
        _l("Its host name is not known where this tool runs."),
        _l(
            "If it is known only inside your network, ask the operator of this tool to make it known on the server."
        ),
    ),
    "configuration_blocked": Explanation(
        _UNREADABLE,
        _l(
            "Its address lies in a private network, which this tool does not call unless it is permitted."
        ),
        _l(
            "Ask the operator of this tool to permit the network by LTI_TOOL_PRIVATE_PLATFORMS."
        ),
    ),
    "configuration_tls": Explanation(
        _UNREADABLE,
        _l(
            "Its certificate is not trusted here: expired, for another name, or of an unknown authority."
        ),
        _l(
            "Let the certificate be mended, or ask the operator of this tool to trust its authority by LTI_TOOL_CA_FILE."
        ),
    ),
    "configuration_timeout": Explanation(
        _UNREADABLE,
        _l(
            "It did not answer us in time; perhaps a firewall lets nobody in from outside."
        ),
        _l(
            "Try again in a minute. If it stays so, let the server of this tool reach your learning platform."
        ),
    ),
    "configuration_connection": Explanation(
        _UNREADABLE,
        _l(
            "The connection was refused or broke off; perhaps a firewall lets nobody in from outside."
        ),
        _l(
            "Try again in a minute. If it stays so, let the server of this tool reach your learning platform."
        ),
    ),
    "configuration_too_large": Explanation(
        _UNREADABLE,
        _l("Its answer is far larger than a configuration can be."),
        _BY_HAND,
    ),
    "configuration_status": Explanation(
        _UNREADABLE,
        _l(
            "It answered with an error in place of its configuration, or wants a login first."
        ),
        _l(
            "Let the address of the configuration be readable without a login, then start again."
        ),
    ),
    "configuration_unreadable": Explanation(
        _UNREADABLE,
        _l("Its answer is no configuration but something else, such as a web page."),
        _BY_HAND,
    ),
    "configuration_incomplete": Explanation(
        _UNREADABLE,
        _l("Its configuration lacks an address that we need; the code below names it."),
        _BY_HAND,
    ),
    "endpoint_unsafe": Explanation(
        _UNTRUSTED,
        _l(
            "One of its addresses is not https, or is written so that programs read it differently; the code below names it."
        ),
        _l(
            "Let your learning platform be served by https under its one name, then start again."
        ),
    ),
    "issuer_differs": Explanation(
        _UNTRUSTED,
        _l(
            "It speaks for another host than its own, and so anybody could pose as your learning platform."
        ),
        _l(
            "Check that the web address in its settings is the one in your browser; if a vendor runs it, register by hand."
        ),
    ),
    "registration_elsewhere": Explanation(
        _UNTRUSTED,
        _l(
            "The place where tools register lies on another host than the learning platform, and its secret must not go there."
        ),
        _l(
            "Check that the web address in its settings is the one in your browser, then start again."
        ),
    ),
    "no_rs256": Explanation(
        _UNTRUSTED,
        _l(
            "It does not sign with RS256, which LTI 1.3 prescribes, so every launch would fail."
        ),
        _l("Switch RS256 on in your learning platform, then start again."),
    ),
    # Sending it.
    "token_malformed": Explanation(
        _NO_ANSWER,
        _l(
            "The secret that your learning platform gave us for this registration is damaged."
        ),
        _START_AGAIN,
    ),
    "registration_dns": Explanation(
        _NO_ANSWER,
        _l("The host at which tools register is not known where this tool runs."),
        _l(
            "Ask whoever runs the learning platform to check its web address, then start again."
        ),
    ),
    "registration_blocked": Explanation(
        _NO_ANSWER,
        _l(
            "The place where tools register lies in a private network, which this tool does not call unless it is permitted."
        ),
        _l(
            "Ask the operator of this tool to permit the network by LTI_TOOL_PRIVATE_PLATFORMS."
        ),
    ),
    "registration_tls": Explanation(
        _NO_ANSWER,
        _l("The certificate of the place where tools register is not trusted here."),
        _l(
            "Let the certificate be mended, or ask the operator of this tool to trust its authority by LTI_TOOL_CA_FILE."
        ),
    ),
    "registration_timeout": Explanation(
        _NO_ANSWER,
        _l("It did not answer us in time."),
        _LOOK_FIRST,
    ),
    "registration_connection": Explanation(
        _NO_ANSWER,
        _l("The connection was refused or broke off."),
        _LOOK_FIRST,
    ),
    "registration_too_large": Explanation(
        _UNCLEAR,
        _l("Its answer is far larger than it can be."),
        _LOOK_FIRST,
    ),
    "platform_redirects": Explanation(
        _UNCLEAR,
        _l("It sent us on to another address, and its secret must not go there."),
        _l(
            "Check that the web address in its settings is the one in your browser, then start again."
        ),
    ),
    "platform_failed": Explanation(
        _UNCLEAR,
        _l("Something went wrong on its side."),
        _LOOK_FIRST,
    ),
    "platform_busy": Explanation(
        _REFUSED,
        _l("It gets too many requests at the moment."),
        _l(
            "Wait some minutes, then start the registration there again; the address still holds."
        ),
    ),
    # What platforms say themselves.
    "token_already_used": Explanation(
        _REFUSED,
        _l("The secret for this registration was used before; it works once."),
        _LOOK_FIRST,
    ),
    "invalid_token": Explanation(
        _REFUSED,
        _l(
            "The secret that it gave us for this registration does not hold, or not any more; in Moodle it holds for an hour."
        ),
        _START_AGAIN,
    ),
    "token_refused": Explanation(
        _REFUSED,
        _l(
            "The secret that it gave us for this registration does not hold, or not any more; in Moodle it holds for an hour."
        ),
        _START_AGAIN,
    ),
    "endpoint_missing": Explanation(
        _REFUSED,
        _l(
            "There is no registration at this address, or its secret is not known there; Moodle says so after an hour."
        ),
        _START_AGAIN,
    ),
    "insufficient_scope": Explanation(
        _REFUSED,
        _l("Its secret permits something else than to register a tool."),
        _START_AGAIN,
    ),
    "access_denied": Explanation(
        _REFUSED,
        _l("It does not permit this registration, perhaps because you lack the right."),
        _l(
            "Log in there as somebody who may add tools for the whole site, and start again."
        ),
    ),
    "already_registered": Explanation(
        _REFUSED,
        _l("A tool with this address is registered there already."),
        _l(
            "Delete that entry there and start again, or ask the operator of this tool for an address that renews it (“lti-tool platform invite --registration”)."
        ),
    ),
    "missing_domain": Explanation(
        _REFUSED,
        _l("It misses the domain of this tool, although we sent it."),
        _TELL,
    ),
    "domain_targetlinkuri_mismatch": Explanation(
        _REFUSED,
        _l(
            "For it the domain of this tool and the address of its activities do not belong together."
        ),
        _l(
            "Ask the operator of this tool to check LTI_TOOL_BASE_URL: it must be the address that browsers use, with its port."
        ),
    ),
    "attribute_missing": Explanation(
        _REFUSED, _l("It misses something in the registration."), _TELL
    ),
    "invalid_redirect_uri": Explanation(
        _REFUSED,
        _l("It does not accept the address to which launches go."),
        _l(
            "Ask the operator of this tool to check LTI_TOOL_BASE_URL: it must be the https address that browsers use."
        ),
    ),
    "invalid_redirect_uris": Explanation(
        _REFUSED,
        _l("It does not accept the address to which launches go."),
        _l(
            "Ask the operator of this tool to check LTI_TOOL_BASE_URL: it must be the https address that browsers use."
        ),
    ),
    "invalid_client_metadata": Explanation(
        _REFUSED,
        _l(
            "It does not accept something in the registration; some say so if a tool of this domain is registered already."
        ),
        _l(
            "Look whether this tool stands in its list already and delete that entry; if not, tell the operator of this tool the code below."
        ),
    ),
    "invalid_request": Explanation(
        _REFUSED, _l("It could not read our registration."), _TELL
    ),
    "invalid_response_types": Explanation(
        _REFUSED, _l("It does not accept how launches shall be answered."), _TELL
    ),
    "invalid_token_endpoint_auth_method": Explanation(
        _REFUSED,
        _l("It does not accept that this tool identifies itself by a key."),
        _TELL,
    ),
    "invalid_application_type": Explanation(
        _REFUSED, _l("It does not accept web applications."), _TELL
    ),
    "invalid_software_statement": Explanation(
        _REFUSED,
        _l("It wants a signed statement about this tool, which there is none of."),
        _BY_HAND,
    ),
    "unapproved_software_statement": Explanation(
        _REFUSED,
        _l("It takes approved tools only, and this one is not among them."),
        _l(
            "Ask whoever runs the learning platform to approve the tool, then start again."
        ),
    ),
    "platform_refused": Explanation(
        _REFUSED,
        _l("It did not say why; the code below holds the number of its answer."),
        _l(
            "Look into the log of your learning platform, or register by hand, as the help for administrators says."
        ),
    ),
    # What it answered.
    "answer_unreadable": Explanation(
        _UNCLEAR, _l("We cannot read what it registered."), _LOOK_FIRST
    ),
    "client_id_missing": Explanation(
        _UNCLEAR,
        _l("It did not say under which client id the tool is registered."),
        _LOOK_FIRST,
    ),
    "known_here": Explanation(
        _l("The tool is registered here already"),
        _l(
            "Your learning platform gave it a client id that we know, and only an address made for that registration may change it. We stored nothing."
        ),
        _l(
            "Ask the operator of this tool for an address that renews the registration; it is made by “lti-tool platform invite --registration”."
        ),
    ),
    "client_id_taken": Explanation(
        _UNTRUSTED,
        _l(
            "It gave the tool a client id under which another learning platform knows it. We stored nothing."
        ),
        _l(
            "Delete the new entry there and register again; if the client id is the same once more, tell the operator of this tool."
        ),
    ),
    "client_id_changed": Explanation(
        _l("That was another registration of the tool"),
        _l(
            "This address renews one registration, but your learning platform answered with another client id, and we stored nothing."
        ),
        _l(
            "Start again there and choose to update the tool whose client id the operator of this tool names. If your learning platform made a new entry just now, delete that one only."
        ),
    ),
}


def explain(reason: str) -> Explanation:
    """Return the words of a reason code."""
    return _WORDS[reason]
