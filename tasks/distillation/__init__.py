"""Small networks with a gradient that learn from a model that has none."""
