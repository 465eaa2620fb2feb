"""How a generator learns: recipes, the stream of pictures, one loop, checkpoints that survive anything."""
