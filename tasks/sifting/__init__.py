"""What speaks for and against a picture: its measures, the limits they are held to, the company it came in."""
