"""Forming groups: topics, wishes, proposals, publishing."""
