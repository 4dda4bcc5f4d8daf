"""What works, in the reader's words, and what to change in which learning platform."""

from collections.abc import Mapping

from flask_babel import LazyString

from lti_tool.connection.rules import Facts, Finding, Rule, State
from lti_tool.courses.words import roster_words
from lti_tool.gradebook.words import in_words
from lti_tool.i18n import lazy_gettext as _l

STATES: Mapping[State, LazyString] = {
    State.WORKS: _l("works"),
    State.FAILS: _l("does not work"),
    State.UNSEEN: _l("not seen yet"),
}
SUBJECTS: Mapping[str, LazyString] = {
    "launches": _l("Opening activities"),
    "roster": _l("List of members"),
    "names": _l("Names"),
    "email": _l("E-mail addresses"),
    "grades": _l("Grades"),
    "columns": _l("Columns of our own"),
    "deep_linking": _l("Choosing activities in the course"),
    "review": _l("Opening work from the gradebook"),
    "groups": _l("Groups of the learning platform"),
    "copy": _l("Copied courses"),
    "way_back": _l("Way back into the course"),
    "cookies": _l("Your browser"),
}
_WHAT: Mapping[str, LazyString] = {
    "launches_accepted": _l("Everybody who opened an activity was let in."),
    "launches_some_refused": _l(
        "Some attempts were turned away, none because of a wrong setting."
    ),
    "launches_some_wrong": _l(
        "Activities open, but some attempts were turned away for what looks like a wrong setting."
    ),
    "launches_refused": _l(
        "Most attempts were turned away because something is set wrongly."
    ),
    "launches_none": _l("Nothing was opened in the last 30 days."),
    "roster_complete": _l("People appear before they first open the course."),
    "roster_failed": _l("The list could not be fetched the last time."),
    "roster_not_fetched": _l("The list is offered and will be fetched."),
    "roster_not_offered": _l(
        "The learning platform does not offer the list, so people appear when they first open the course."
    ),
    "names_all": _l("The learning platform tells the names of all participants."),
    "names_some": _l("The learning platform tells the names of some participants."),
    "names_never": _l(
        "The learning platform keeps all names to itself. Everything works, but lists show numbers in place of names, and imported profiles cannot be matched by name."
    ),
    "names_nobody": _l("No participant is known yet."),
    "email_some": _l("Addresses are told; they help to match imported profiles."),
    "email_none": _l(
        "No address was told. Nothing needs it but the matching of imported profiles."
    ),
    "grades_delivered": _l("Grades arrive in the gradebook."),
    "grades_some_failed": _l(
        "Grades work. Those that did not arrive are on the page of grades, with the reason and what helps."
    ),
    "grades_refused": _l("Grades do not arrive at the moment."),
    "grades_column_refused": _l("Grades of one column do not arrive at the moment."),
    "grades_none_arrived": _l("This course can take grades; none has arrived yet."),
    "grades_first_failed": _l(
        "No grade has arrived yet. Those that were refused are on the page of grades, with the reason and what helps."
    ),
    "grades_not_permitted": _l(
        "The learning platform shows its gradebook but does not let this tool write into it."
    ),
    "grades_not_offered": _l("This course cannot take grades yet."),
    "columns_permitted": _l(
        "The tool may make a column in the gradebook where a link has none."
    ),
    "columns_not_permitted": _l(
        "Only links that have a column in the gradebook can report a grade."
    ),
    "deep_linking_chosen": _l(
        "Activities were chosen here and added in the learning platform."
    ),
    "deep_linking_asked": _l(
        "The learning platform asked which activities to add; nothing was chosen yet."
    ),
    "deep_linking_not_seen": _l(
        "Nobody has chosen activities in the learning platform in the last 30 days. They can be added by hand too."
    ),
    "review_seen": _l("Work was opened from the gradebook of the learning platform."),
    "review_not_seen": _l("Nobody opened work from the gradebook in the last 30 days."),
    "groups_service": _l("The learning platform offers its groups by name."),
    "groups_numbers": _l(
        "The learning platform tells to which groups people belong when they open the course."
    ),
    "groups_not_seen": _l(
        "Nothing is known of groups in the learning platform. Groups can be formed here without them."
    ),
    "copy_found": _l(
        "This course is a copy, and the course from which it was made is known."
    ),
    "copy_not_seen": _l(
        "This course is no copy, or the learning platform does not tell."
    ),
    "way_back_known": _l("Pages that have to send people back link to the course."),
    "way_back_missing": _l("Nobody has entered where the course lies."),
    "cookies_kept": _l("Your browser keeps the cookie of this tool."),
    "cookies_blocked": _l(
        "Your browser keeps no cookie of this tool, so a visit ends sooner and a reloaded page is lost."
    ),
}
_CHANGE: Mapping[str, LazyString] = {
    "launches_some_wrong": _l(
        "If somebody in this course cannot open an activity, give the administrator the reasons below."
    ),
    "launches_refused": _l(
        "Give the administrator the reasons below; each says what to change."
    ),
    "roster_not_offered": _l(
        "Switch on the service of names and roles (NRPS) for this tool."
    ),
    "names_never": _l(
        "To see names, let the learning platform share the name of who opens the tool."
    ),
    "names_some": _l(
        "The others opened the course before names were shared; they are completed when the list of members is fetched."
    ),
    "grades_not_permitted": _l(
        "Let this tool write grades with the grade service (AGS)."
    ),
    "grades_not_offered": _l(
        "Switch grades on for one of the links, or the grade service (AGS) for this tool, and open a link once."
    ),
    "columns_not_permitted": _l(
        "Worksheet phases beyond the first need columns of their own: let this tool manage columns with the grade service (AGS)."
    ),
    "deep_linking_not_seen": _l(
        "If the dialog for adding an activity does not offer a choice, switch on deep linking (content selection) for this tool."
    ),
    "groups_not_seen": _l(
        "If the platform can, pass the numbers of a person's groups in the custom parameter “user_groups”."
    ),
    "copy_not_seen": _l(
        "Pass the former courses in the custom parameter “context_history=$Context.id.history”, so that a copy finds its set-up."
    ),
    "way_back_missing": _l(
        "Enter the address of the course in the settings of this course."
    ),
    "cookies_blocked": _l(
        "Let the activity open in a new window, or permit cookies for this site."
    ),
}
_TOPICS: Mapping[str, str] = {
    "roster_not_offered": "services",
    "roster_failed": "services",
    "names_never": "privacy",
    "grades_not_permitted": "services",
    "grades_not_offered": "services",
    "columns_not_permitted": "services",
    "deep_linking_not_seen": "adding",
    "groups_not_seen": "groups",
    "cookies_blocked": "window",
}
"""Which part of the platform's settings a reason leads to."""

PLATFORMS: Mapping[str, str] = {
    "moodle": "Moodle",
    "canvas": "Canvas",
    "brightspace": "Brightspace",
    "blackboard": "Blackboard",
    "ilias": "ILIAS",
    "openolat": "OpenOlat",
    "sakai": "Sakai",
}
_WHERE: Mapping[str, Mapping[str, LazyString]] = {
    "moodle": {
        "services": _l(
            "Site administration → Plugins → Activity modules → External tool → Manage tools → this tool → Services: “Use this service for grade sync and column management” and “Use this service to retrieve members' information as per privacy settings”."
        ),
        "privacy": _l(
            "Site administration → Plugins → Activity modules → External tool → Manage tools → this tool → Privacy: share the launcher's name and e-mail with the tool “Always”."
        ),
        "adding": _l(
            "Manage tools → this tool: tick “Supports deep linking (Content-Item Message)” and set its use to “Show in activity chooser and as a preconfigured tool”."
        ),
        "groups": _l(
            "Manage tools → this tool → Custom parameters: “user_groups=$Moodle.Person.userGroupIds”."
        ),
        "window": _l(
            "Manage tools → this tool → Default launch container: “New window”."
        ),
    },
    "canvas": {
        "services": _l(
            "Admin → Developer Keys → the LTI key of this tool → LTI Advantage Services: permit to create and view assignment data, to create and update submission results, and to retrieve user data of the course."
        ),
        "privacy": _l(
            "Admin → Developer Keys → the LTI key of this tool → Additional Settings → Privacy Level: “Public”."
        ),
        "adding": _l(
            "Admin → Developer Keys → the LTI key of this tool → Placements: “Link Selection” or “Assignment Selection” with the message type LtiDeepLinkingRequest."
        ),
        "window": _l("When adding the module item, tick “Load in a new tab”."),
    },
    "brightspace": {
        "services": _l(
            "Admin Tools → External Learning Tools → LTI Advantage → the deployment of this tool → Extensions: “Assignment and Grade Services” and “Names and Role Provisioning Services”."
        ),
        "privacy": _l(
            "Admin Tools → External Learning Tools → LTI Advantage → the deployment of this tool → Security Settings: permit names and e-mail."
        ),
        "adding": _l(
            "In the same deployment: the extension “Deep Linking”, and a link of the type for quick adding."
        ),
        "window": _l("In the link: “Open as External Resource”."),
    },
    "blackboard": {
        "services": _l(
            "Administrator Panel → LTI Tool Providers → this tool → Edit: “Allow grade service access” and “Allow Membership Service Access”."
        ),
        "privacy": _l(
            "Administrator Panel → LTI Tool Providers → this tool → Edit → User Fields to Send: role, name and e-mail."
        ),
        "adding": _l(
            "LTI Tool Providers → this tool → Manage Placements: a placement of the type “Deep Linking content tool”."
        ),
        "window": _l("In the placement: “Launch in New Window”."),
    },
    "ilias": {
        "services": _l(
            "Administration → LTI → ILIAS as LTI consumer → the provider of this tool: learning progress by results. ILIAS offers lists of members and columns only in part, depending on its version."
        ),
        "privacy": _l(
            "Administration → LTI → ILIAS as LTI consumer → the provider of this tool → privacy: name and e-mail, without pseudonyms."
        ),
        "window": _l("In the settings of the LTI object: open in a new window."),
    },
    "openolat": {
        "services": _l(
            "Administration → External tools (LTI 1.3) → this tool, and in the LTI course element: transfer of the score. OpenOlat offers lists of members and columns only in part, depending on its version."
        ),
        "privacy": _l(
            "In the LTI course element: transmit name and e-mail address to the tool."
        ),
        "window": _l("In the LTI course element → display: new browser window."),
    },
    "sakai": {
        "services": _l(
            "Administration Workspace → External Tools → this tool → Services: “Allow External Tool to return grades”, “Allow External Tool to create grade columns” and “Provide Roster to External Tool”."
        ),
        "privacy": _l(
            "Administration Workspace → External Tools → this tool → Privacy Settings: “Send User Names to External Tool” and “Send Email Addresses to External Tool”."
        ),
        "adding": _l(
            "Administration Workspace → External Tools → this tool: permit content selection (deep linking) in the editor and in lessons."
        ),
        "window": _l("In the tool: “Always launch in popup”."),
    },
}
RULES: Mapping[Rule, LazyString] = {
    Rule.COUPLED: _l("uses the column of the link"),
    Rule.OWN: _l("uses a column that this tool made"),
    Rule.WILL_COUPLE: _l("will use the column of the link"),
    Rule.WILL_MAKE: _l("will get a column that this tool makes"),
    Rule.NONE: _l("has no column: no grade can arrive"),
}
TAGS: Mapping[tuple[str, str], LazyString] = {
    ("worksheet", "start"): _l("Worksheet start"),
    ("worksheet", "mid"): _l("Worksheet mid"),
    ("worksheet", "end"): _l("Worksheet end"),
    ("project", "project"): _l("Project work"),
    ("certificate", "certificate"): _l("Certificate"),
}


def what(finding: Finding, facts: Facts) -> str:
    """Return what is so, in one or two sentences."""
    said = str(_WHAT[finding.reason])
    if finding.reason == "roster_failed" and facts.roster.error:
        return f"{said} {roster_words(facts.roster.error)}"
    if finding.subject == "grades" and facts.grades.trouble:
        return f"{said} {in_words(facts.grades.trouble.code)}"
    return said


def change(finding: Finding) -> LazyString | None:
    """Return what to change, in any platform."""
    return _CHANGE.get(finding.reason)


def where(finding: Finding, kind: str) -> LazyString | None:
    """Return where that stands in a platform of this kind, if we know."""
    return _WHERE.get(kind, {}).get(_TOPICS.get(finding.reason, ""))
