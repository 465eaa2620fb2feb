"""What a stylised face is judged by: one metric per file, each a pure function of arrays."""
