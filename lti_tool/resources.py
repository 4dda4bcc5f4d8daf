"""Where the files lie that are not Python."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def template_dir() -> Path:
    """Return the folder of the Jinja templates.

    A wheel carries them inside the package; a checkout keeps them beside it.
    """
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates"


def translation_dirs() -> list[Path]:
    """Return the folders of the message catalogs, one per feature."""
    return sorted(
        p for p in (_PACKAGE / "translations").iterdir() if (p / "de").is_dir()
    )


def migration_dir() -> Path:
    """Return the folder of the alembic migrations."""
    return _PACKAGE / "migrations"


def document_dir() -> Path:
    """Return the folder of the documents served at /docs/."""
    return _PACKAGE / "docs"


def checkout_keys_dir() -> Path | None:
    """Return ``keys/`` beside the package in a checkout, None in an installation."""
    checkout = _PACKAGE.parent
    return checkout / "keys" if (checkout / "pyproject.toml").is_file() else None
