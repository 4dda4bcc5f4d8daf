"""What each line item should say, and getting it there."""
