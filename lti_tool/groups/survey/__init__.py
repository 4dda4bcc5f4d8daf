"""What participants are asked before groups are formed, and what they answered."""
