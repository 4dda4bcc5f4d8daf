"""The learning platforms that we know by name: where an invitation is entered, and what comes after it."""

from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Product:
    """A learning platform as its maker calls it; ``families`` are its own codes, in small letters."""

    name: str
    families: tuple[str, ...]
    entering: tuple[LazyString, ...]
    after: tuple[LazyString, ...]
    is_tried: bool = False
    """Seen to work; the others follow the documentation of their makers."""


_IN_A_COURSE = _l(
    "In a course: add the tool, choose the activities, and open it once as a teacher; the first one becomes lead."
)
_MOODLE = Product(
    "Moodle",
    ("moodle",),
    (
        _l(
            "Open Site administration → Plugins → Activity modules → External tool → Manage tools."
        ),
        _l("Paste the address into “Tool URL” and press “Add LTI Advantage”."),
    ),
    (
        _l(
            "Under Manage tools the tool is shown as “Pending”: press “Activate”. Until then nobody can open it."
        ),
        _l(
            "Press the cogwheel of the tool and set “Tool configuration usage” to “Show in activity chooser and as a preconfigured tool”; after a registration Moodle leaves it out of the chooser."
        ),
        _l(
            "In the same form look at “Privacy”: Moodle set name and e-mail to “Always”, because the tool asks for them. “Never” works too, without names."
        ),
        _IN_A_COURSE,
    ),
    is_tried=True,
)
_CANVAS = Product(
    "Canvas",
    ("canvas",),
    (
        _l(
            "Open Admin → your account → Apps and add an app: LTI 1.3, install method “Dynamic Registration”."
        ),
        _l("Enter the address and go on."),
    ),
    (
        _l(
            "Confirm what Canvas shows: leave the services on, and choose under “User data shared with this app” whether names and e-mail are sent."
        ),
        _l(
            "Switch the app on and make it available to the account or to single courses."
        ),
        _IN_A_COURSE,
    ),
)
_BRIGHTSPACE = Product(
    "Brightspace",
    ("desire2learn", "brightspace", "d2l"),
    (
        _l("Open Admin Tools → Manage Extensibility → LTI Advantage → Register Tool."),
        _l("Choose “Dynamic”, enter the address and register; a new tab opens."),
    ),
    (
        _l("Brightspace leaves a new registration disabled: open it and enable it."),
        _l(
            "Make a deployment for it with the extensions for grades, deep linking, and names and roles; share user, org unit and link information, and choose in which org units it is available."
        ),
        _IN_A_COURSE,
    ),
)
_BLACKBOARD = Product(
    "Blackboard",
    ("blackboardlearn", "blackboard"),
    (
        _l(
            "Blackboard registers tools in one place for all its customers: log in to Anthology's developer portal and choose “LTI Dynamic Registration”."
        ),
        _l("Enter the address there."),
    ),
    (
        _l(
            "In your Learn, open the administrator's panel → LTI Tool Providers → Register LTI 1.3/Advantage Tool and enter the client id from this page."
        ),
        _l(
            "Permit role, name and e-mail as wanted, and access to grades and members; then approve the tool."
        ),
        _l(
            "Tell the operator of this tool the host name of your Learn, for grades and members lie there (“lti-tool platform set --service-host”)."
        ),
        _IN_A_COURSE,
    ),
)
_BY_HAND = _l(
    "We know of no dynamic registration in this product: register by hand, as the help for administrators says."
)
_ILIAS = Product(
    "ILIAS",
    ("ilias",),
    (
        _BY_HAND,
        _l(
            "The form is under Administration → Extending ILIAS → LTI → ILIAS as LTI consumer."
        ),
    ),
    (
        _l(
            "Under Administration → Extending ILIAS → LTI → ILIAS as LTI consumer look whether the new provider is available to those who shall add it."
        ),
        _l(
            "In a course: add an object “LTI consumer” with this provider, set it online, and open it once as a tutor; the first one becomes lead."
        ),
    ),
)
_OPENOLAT = Product(
    "OpenOlat",
    ("openolat", "olat"),
    (
        _BY_HAND,
        _l(
            "The form is under Administration → LTI 1.3 → External tools → Add new tool."
        ),
    ),
    (
        _l(
            "Under Administration → LTI 1.3 → Configuration look whether external tools are switched on."
        ),
        _l(
            "In a course: add an LTI course element with this tool, publish it, and open it once as a coach; the first one becomes lead."
        ),
    ),
)
_SAKAI = Product(
    "Sakai",
    ("sakai",),
    (
        _l(
            "Open Administration Workspace → External Tools → LTI Dynamic Registration."
        ),
        _l("Enter the address and go on."),
    ),
    (
        _l(
            "Open the new tool under Administration Workspace → External Tools: permit name and e-mail as wanted, grades and the roster, and save."
        ),
        _IN_A_COURSE,
    ),
)

PRODUCTS = (_MOODLE, _CANVAS, _BRIGHTSPACE, _BLACKBOARD, _ILIAS, _OPENOLAT, _SAKAI)


def product_of(family: str) -> Product | None:
    """Return the product of a platform's own code, if we know it."""
    return next((p for p in PRODUCTS if family in p.families), None)
