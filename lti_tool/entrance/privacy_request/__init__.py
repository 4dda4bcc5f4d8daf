"""What is stored about one person, asked for out of the platform: a page without a course."""
