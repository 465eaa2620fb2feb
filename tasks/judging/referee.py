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
        """Whether the score's encoder shares neither weights nor a teacher with any that was trained against."""
        return self._related is None

    @property
    def why(self) -> str:
        """In one sentence, for a reader of the report."""
        if self._related is None:
            if self.loss is None:
                return "The loss had no identity term, so no encoder was trained against."
            return f"The loss used {_called(self.loss)}; identity is judged by {self.score}, which training never saw."
        whose = "The loss" if self._related == self.loss else "The loss of a model behind this one"
        known = "and so does the score" if self._related == self.score else f"which was distilled from {self.score}"
        return f"{whose} used {_called(self._related)}, {known}: read identity as an upper bound."

    @property
    def _related(self) -> str | None:
        """The first encoder that was trained against and is of the score's family."""
        losses = (name for name in (self.loss, *self.behind) if name)
        return next((name for name in losses if _family(name) == _family(self.score)), None)


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


def _called(name: str) -> str:
    return "the embedded identity network" if name == EMBEDDED else name


def _family(name: str) -> str:
    stem = name.rsplit("/", 1)[-1].removesuffix(".onnx")
    return _TEACHERS.get(stem, stem)
