"""Rules, standing and decisions of the certificate."""
