"""The LTI 1.3 protocol without pages: the only package that imports pylti1p3."""
