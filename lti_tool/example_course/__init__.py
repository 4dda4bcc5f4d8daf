"""Fills the practice LMS's course so that every page has something to show."""
