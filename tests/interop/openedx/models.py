"""The one table of edx-platform that the consumer reads."""

from django.conf import settings
from django.db import models


class UserProfile(models.Model):  # noqa: DJ008  # Nobody reads it as text.
    """What the LMS knows of a user beside the account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, related_name="profile", on_delete=models.CASCADE
    )
    name = models.CharField(max_length=255)
