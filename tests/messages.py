"""Brings the German catalogs up to date and lists what is not translated."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = ROOT / "lti_tool" / "translations"
SHARED = [
    "lti_tool/web",
    *(
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "lti_tool/entrance").glob("*.py"))
    ),
    "lti_tool/lti",
    "lti_tool/errors.py",
    "lti_tool/app.py",
    "lti_tool/features.py",
    "templates/base.html",
    "templates/_forms.html",
    "templates/error.html",
    "templates/entrance",
    "templates/front.html",
    "templates/document.html",
]
_HEADER = (
    'msgid ""\nmsgstr ""\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Language: de\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
_MAPPING = "[python: **.py]\n[jinja2: **.html]\ntrim_blocks=True\nlstrip_blocks=True\nsilent=False\n"


def places(name: str) -> list[str]:
    """Return the folders and files whose texts a catalog translates."""
    folders = ("lti_tool", "lti_tool/entrance", "templates")
    wanted = SHARED if name == "core" else [f"{folder}/{name}" for folder in folders]
    return [place for place in wanted if (ROOT / place).exists()]


def extracted(name: str) -> Catalog:
    """Return the texts that code and templates of a catalog hold now."""
    with tempfile.TemporaryDirectory() as folder:
        mapping, template = Path(folder) / "babel.cfg", Path(folder) / "texts.pot"
        mapping.write_text(_MAPPING)
        keywords = [f for k in ("_", "_l", "ngettext:1,2") for f in ("-k", k)]
        options = ["-F", mapping, "--no-location", "--omit-header", "-o", template]
        command = [
            Path(sys.executable).parent / "pybabel",
            "-q",
            "extract",
            *options,
            *keywords,
        ]
        subprocess.run([*command, *places(name)], cwd=ROOT, check=True)
        with template.open("rb") as file:
            return read_po(file)


def file_of(name: str) -> Path:
    return CATALOGS / name / "de" / "LC_MESSAGES" / "messages.po"


def names() -> list[str]:
    return sorted(p.name for p in CATALOGS.iterdir() if (p / "de").is_dir())


def untranslated(catalog: Catalog) -> list[Message]:
    """Return the messages without a complete translation."""
    texts = [m for m in catalog if m.id]
    return [
        m
        for m in texts
        if m.fuzzy or not all(m.string if isinstance(m.string, tuple) else (m.string,))
    ]


def _write(file: Path, catalog: Catalog) -> None:
    """Write a catalog with a header that says only what readers of it need, and no date."""
    text = io.BytesIO()
    write_po(text, catalog, width=0, omit_header=True, ignore_obsolete=True)
    file.write_bytes(_HEADER.encode() + text.getvalue().lstrip())


def main() -> int:
    missing = 0
    for name in names():
        with file_of(name).open("rb") as file:
            catalog = read_po(file, locale="de")
        catalog.update(extracted(name), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        _write(file_of(name), catalog)
        with file_of(name).with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        left = untranslated(catalog)
        missing += len(left)
        print(f"{name}: {len(catalog)} texts, {len(left)} without German")
        for message in left:
            print(f"   {message.id}")
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
