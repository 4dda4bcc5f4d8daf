"""Groups that come from the LMS or a file, and groups as files for the LMS."""
