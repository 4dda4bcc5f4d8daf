"""A small LTI 1.3 platform with Moodle's rules, for `make run` and the tests."""
