"""Who judges identity? An encoder other than the one in the loss, wherever another one is at hand.

A generator that was trained to please an encoder pleases it: only a second opinion says whether the person is still
there. Independent means: neither the same weights, nor one distilled from the other.
"""

from dataclasses import dataclass

from tasks.core.errors import UserError, nearest
from tasks.faces import registry
from tasks.faces.backend import ENCODERS

AUTO = "auto"
EMBEDDED = "embedded"
# The embedded network learnt dlib's descriptor: it is dlib's pupil, not a second opinion.
_TEACHERS = {EMBEDDED: "dlib"}
_PREFERRED = ("mobilefacenet_112", "w600k_r50", "sface", "mobilefacenet_insightface_112", "w600k_mbf", "dlib")


@dataclass(frozen=True)
class Referee:
    """The encoder of the score beside the encoder of the loss (None where the loss has no identity term)."""

    score: str
    loss: str | None

    @property
    def independent(self) -> bool:
        """Whether the two share no weights and no teacher."""
        return self.loss is None or _family(self.score) != _family(self.loss)

    @property
    def why(self) -> str:
        """In one sentence, for a reader of the report."""
        if self.loss is None:
            return "The loss had no identity term, so no encoder was trained against."
        loss = "the embedded identity network" if self.loss == EMBEDDED else self.loss
        if self.independent:
            return f"The loss used {loss}; identity is judged by {self.score}, which training never saw."
        if self.loss == self.score:
            return f"The loss used {loss} and so does the score: read identity as an upper bound."
        return f"The loss used {loss}, which was distilled from {self.score}: read identity as an upper bound."


def choose(wanted: str, loss: str | None, licence: str) -> Referee:
    """The encoder named, or for "auto" the first independent one at hand that the licence policy admits.

    Falls back to dlib, which is always at hand. Raises UserError for a name nobody knows.
    """
    if wanted != AUTO:
        if wanted not in ENCODERS and not wanted.endswith(".onnx"):
            raise UserError(f"params.yaml: evaluate.encoder is {wanted!r}; {nearest(wanted, [AUTO, *ENCODERS])}")
        return Referee(wanted, loss)
    candidates = (Referee(name, loss) for name in _PREFERRED if name == "dlib" or registry.find_allowed(name, licence))
    return next((referee for referee in candidates if referee.independent), Referee("dlib", loss))


def _family(name: str) -> str:
    stem = name.rsplit("/", 1)[-1].removesuffix(".onnx")
    return _TEACHERS.get(stem, stem)
