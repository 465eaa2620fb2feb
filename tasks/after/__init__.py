"""What follows the generator: filters of the whole drawing and guards of one face, each on or off."""
