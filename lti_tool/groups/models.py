"""Formations, topics, wishes and proposals."""
