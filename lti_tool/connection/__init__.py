"""What works between a learning platform and a course, what does not, and what to change there."""
