"""What a look through the dataset finds: how far every picture came and why, its labels, styles and changes."""
