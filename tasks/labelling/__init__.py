"""What is said of a face: what rules and networks tell of it, kept, and what people put right."""
