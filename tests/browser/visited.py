"""Which pages are looked at, by whom: (course, LMS user, who, paths below the launch session)."""

PAGES = (
    (
        "mint-2026",
        "3",
        "lead",
        ("", "gradebook/", "worksheet/course", "worksheet/settings"),
    ),
    (
        "mint-2026",
        "11",
        "participant",
        ("", "worksheet/", "worksheet/sharing", "worksheet/shared"),
    ),
    ("empty-2027", "9", "lead", ("", "gradebook/")),
    ("empty-2027", "28", "participant", ("",)),
)
