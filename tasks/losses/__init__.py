"""Losses, one family per file: pure functions of tensors, one value per picture."""
