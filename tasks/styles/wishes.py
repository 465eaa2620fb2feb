"""What a controlled generator is asked for: `control=word` as the numbers it takes."""

import json
from collections.abc import Sequence
from pathlib import Path

from tasks.core.errors import require
from tasks.faces.hair import COLOURS


def vector(model: Path, wishes: Sequence[str]) -> tuple[float, ...]:
    """The wishes as the model's own vector, by the card beside it; empty without wishes.

    Raises UserError for a model without control, and for a control or a word that it does not know.
    """
    if not wishes:
        return ()
    from tasks.nets.condition import read_vocabulary  # torch: two seconds for the few who wish

    path = model.with_name("card.json")
    words = json.loads(path.read_text()).get("vocabulary") if path.is_file() else None
    asked = f"stylize.wishes is {list(wishes)}"
    require(words is not None, f"{asked}, and the model has no control; train one with finetune.control: [hair]")
    require(all("=" in wish for wish in wishes), f"{asked}; write each as control=word, such as hair=black")
    numbers = read_vocabulary(json.dumps(words)).vector(dict(wish.split("=", 1) for wish in wishes))
    return tuple(float(number) for number in numbers)


def hair(wishes: Sequence[str]) -> str | None:
    """The colour of hair that is wished for."""
    words = dict(wish.split("=", 1) for wish in wishes if "=" in wish)
    return words["hair"] if words.get("hair") in COLOURS else None
