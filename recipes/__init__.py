"""How the weights that ship were made, each by one command that anyone can repeat."""
