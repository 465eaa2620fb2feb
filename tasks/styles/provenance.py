"""Where a drawing comes from, told by the drawing: generator, settings, source, and that a trained model drew it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.core import image, xmp

TOOL = "selfie2anime"
# IPTC's code for what was made of a photograph with the help of a trained model.
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class Provenance:
    """What a drawing says of its making; nothing in it tells who or where."""

    model: str  # name of the generator
    digest: str  # sha256 of its file
    source: str  # id of the photo in the dataset; empty for one that is none of it: a digest would give it away
    settings: Mapping[str, Any]

    def packet(self) -> bytes:
        """XMP with the IPTC properties for generated media (2025.1), and the settings as JSON."""
        source = {"dc:source": self.source} if self.source else {}
        return xmp.packet(
            source
            | {
                "xmp:CreatorTool": TOOL,
                "Iptc4xmpExt:DigitalSourceType": SOURCE_TYPE,
                "Iptc4xmpExt:AISystemUsed": self.model,
                "Iptc4xmpExt:AISystemVersionUsed": f"sha256:{self.digest}",
                "selfie2anime:Settings": json.dumps(self.settings, sort_keys=True, ensure_ascii=False),
            }
        )


def read(data: bytes) -> Provenance | None:
    """What an image file says of its making; None where it says nothing, or was not made here."""
    packet = image.xmp(data)
    try:
        found = xmp.properties(packet) if packet else {}
        if found.get("xmp:CreatorTool") != TOOL:
            return None
        digest = found["Iptc4xmpExt:AISystemVersionUsed"].removeprefix("sha256:")
        settings = json.loads(found["selfie2anime:Settings"])
        return Provenance(found["Iptc4xmpExt:AISystemUsed"], digest, found.get("dc:source", ""), settings)
    except (KeyError, ValueError):
        return None
