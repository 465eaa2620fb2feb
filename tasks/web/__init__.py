"""How pages of this machine are served to a browser: the door, what it asks of a request, and how much it lets in."""
