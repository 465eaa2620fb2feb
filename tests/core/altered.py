"""Hashes as they come: some equal, some a few bits apart, most far from each other."""

import numpy as np
from hypothesis import strategies as st

from tasks.core.hamming import Hashes

BITS = st.sets(st.integers(0, 63), max_size=5)


@st.composite
def altered(draw: st.DrawFn) -> Hashes:
    """Random hashes, and a copy of each with 0 to 5 of its bits turned."""
    bases = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30))
    copies = [base ^ sum(1 << bit for bit in draw(BITS)) for base in bases]
    return np.array(bases + copies, np.uint64)
