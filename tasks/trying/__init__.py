"""Trying a photo: the generators at hand, what lies on the desk while somebody tries, and what is asked of it."""
