"""What every score together says of a generator: cases, slices, comparison with other generators, gate."""
