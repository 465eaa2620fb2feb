"""Content Credentials (C2PA 2.x): a signed manifest in a drawing, which says that a trained model had a hand in it.

Only where a person asks for it: a signature is another one each time, and a stage's bytes shall repeat. Certificates
and key are PEM files that two variables of the environment name; the package c2pa-python is an extra.
"""

import io
import json
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.core.errors import UserError, nearest, require
from tasks.styles.provenance import SOURCE_TYPE, TOOL, Provenance

if TYPE_CHECKING:
    import c2pa

CERTIFICATES, KEY, ALGORITHM = "SELFIE2ANIME_C2PA_CERTS", "SELFIE2ANIME_C2PA_KEY", "SELFIE2ANIME_C2PA_ALG"
ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")


def signer(env: Mapping[str, str] = os.environ) -> "c2pa.Signer":
    """The one who signs, by the certificate chain (its own first) and the private key that the environment names.

    Raises UserError where the package, a variable or a file is missing, or the key and the certificates do not fit.
    """
    require(find_spec("c2pa") is not None, "--c2pa needs the package c2pa-python; pip install 'selfie2anime[c2pa]'")
    import c2pa

    chain, key = (_pem(name, env) for name in (CERTIFICATES, KEY))
    kind = env.get(ALGORITHM, "es256")
    require(kind in ALGORITHMS, f"{ALGORITHM} is {kind!r}; {nearest(kind, list(ALGORITHMS))}")
    try:
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(kind.encode(), chain, key, None))
    except c2pa.C2paError as fault:
        raise UserError(f"{CERTIFICATES} and {KEY} do not sign with {kind}: {fault}") from fault


def signed(data: bytes, format: str, made: Provenance, by: "c2pa.Signer") -> bytes:
    """The image file (webp, png, avif or jpeg) with a manifest of its making, signed now."""
    import c2pa

    out = io.BytesIO()
    try:
        with c2pa.Builder(manifest(format, made)) as builder:
            builder.sign(by, f"image/{format}", io.BytesIO(data), out)
    except c2pa.C2paError as fault:
        raise UserError(f"the drawing cannot be signed: {fault}; look at {CERTIFICATES} and {KEY}") from fault
    return out.getvalue()


def manifest(format: str, made: Provenance) -> dict[str, Any]:
    """What is signed: that it was made from a photo by a trained model, by which, and how."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPE,
        "softwareAgent": {"name": TOOL},
        "parameters": {"model": made.model, "sha256": made.digest} | ({"source": made.source} if made.source else {}),
    }
    return {
        "claim_generator_info": [{"name": TOOL}],
        "format": f"image/{format}",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [action]}},
            {"label": "org.selfie2anime.settings", "data": json.loads(json.dumps(made.settings))},
        ],
    }


def _pem(name: str, env: Mapping[str, str]) -> bytes:
    path = env.get(name)
    if not path:
        raise UserError(f"{name} is not set; --c2pa signs with the PEM file that it names")
    if not Path(path).is_file():
        raise UserError(f"{name} is {path}, which is no file; name a PEM file")
    return Path(path).read_bytes()
