"""Platforms that register themselves: invitations, the page an administrator confirms, what comes next."""
