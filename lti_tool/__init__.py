"""An LTI 1.3 tool for certificate courses: groups, self-reflection, certificate, grades."""
