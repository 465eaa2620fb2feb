"""Who judges identity? An encoder other than the one in the loss, wherever another one is at hand, and a second one.

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
    """The encoder of the score, that of the loss (None where it has no identity term), and a second opinion if any."""

    score: str
    loss: str | None
    second: str | None = None
    behind: tuple[str, ...] = ()  # encoders of other losses behind what is compared: a teacher's, the last release's

    @property
    def independent(self) -> bool:
        """Whether the two share no weights and no teacher."""
        known = {_family(name) for name in (self.loss, *self.behind) if name}
        return _family(self.score) not in known

    @property
    def why(self) -> str:
        """In one sentence, for a reader of the report."""
        if self.loss is None and self.independent:
            return "The loss had no identity term, so no encoder was trained against."
        of_others = "" if self.loss else " of a model behind this one"
        used = self.loss or self.behind[0]
        loss = f"{'the embedded identity network' if used == EMBEDDED else used}{of_others}"
        if self.independent:
            return f"The loss used {loss}; identity is judged by {self.score}, which training never saw."
        if self.loss == self.score:
            return f"The loss used {loss} and so does the score: read identity as an upper bound."
        return f"The loss used {loss}, which was distilled from {self.score}: read identity as an upper bound."


def choose(wanted: str, loss: str | None, licence: str, behind: tuple[str, ...] = ()) -> Referee:
    """The encoder named, or for "auto" the first independent one at hand that the licence policy admits.

    Falls back to dlib, which is always at hand. The second opinion is the next one of another family, which may be that
    of the loss: it is told beside the score and decides nothing. Raises UserError for a name nobody knows.
    """
    if wanted != AUTO and wanted not in ENCODERS and not wanted.endswith(".onnx"):
        raise UserError(f"params.yaml: evaluate.encoder is {wanted!r}; {nearest(wanted, [AUTO, *ENCODERS])}")
    at_hand = [name for name in _PREFERRED if name == "dlib" or registry.find_allowed(name, licence)]
    independent = (name for name in at_hand if Referee(name, loss, behind=behind).independent)
    score = next(independent, "dlib") if wanted == AUTO else wanted
    others = [name for name in at_hand if _family(name) != _family(score)]
    second = next((name for name in others if Referee(name, loss, behind=behind).independent), next(iter(others), None))
    return Referee(score, loss, second, behind)


def _family(name: str) -> str:
    stem = name.rsplit("/", 1)[-1].removesuffix(".onnx")
    return _TEACHERS.get(stem, stem)
