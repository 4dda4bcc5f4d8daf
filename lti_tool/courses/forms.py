"""The forms of course and people."""

from flask_wtf import FlaskForm


class PlainForm(FlaskForm):
    """A form of buttons only: it carries the security code."""
