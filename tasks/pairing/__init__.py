"""Which photo belongs beside which drawing, who is in them, and on which side of the split."""
