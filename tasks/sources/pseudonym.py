"""A person's name as a pseudonym: the same for the same secret, and nobody's without it."""

import hashlib
import hmac
import os

from tasks.core.errors import UserError
from tasks.sources.names import composed

VARIABLE = "SELFIE2ANIME_SECRET"
SHORTEST = 16  # characters
DIGITS = 20  # hex; 80 bits keep a million people apart
REMEDY = f'export {VARIABLE}="$(python -c "import secrets; print(secrets.token_hex(32))")", and keep it: another \
secret makes other people of them'


def secret() -> bytes:
    """The key from the environment; raises UserError without one, or with one that can be guessed."""
    given = os.environ.get(VARIABLE, "")
    if not given:
        raise UserError(f"the records name subjects, and {VARIABLE} is not set; {REMEDY}")
    if len(given) < SHORTEST:
        raise UserError(f"{VARIABLE} has {len(given)} characters, fewer than {SHORTEST}; {REMEDY}")
    return given.encode()


def pseudonym(subject: str, key: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of the name under the key, in hex; "" for nobody."""
    name = composed(subject.strip())
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:DIGITS] if name else ""


def mark(key: bytes) -> str:
    """What changes with the secret and does not tell it, for files that have to follow it."""
    return hmac.new(key, b"which secret is this?", hashlib.sha256).hexdigest()[:16]
