import datetime
import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.core import image
from tasks.core.errors import UserError
from tasks.styles import credentials
from tasks.styles.credentials import ALGORITHM, CERTIFICATES, KEY
from tasks.styles.provenance import SOURCE_TYPE, Provenance, read

MADE = Provenance("finetune", "ab" * 32, "0f3a", {"mode": "face", "strength": 1.0})


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An authority and a certificate by it, made for this test."""
    pytest.importorskip("c2pa")
    pytest.importorskip("cryptography")
    return signing(tmp_path_factory.mktemp("signer"))


def signing(folder: Path) -> Mapping[str, str]:
    """Chain and key as PEM files, and the environment that names them."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(kind, name) for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)])
             for name in ("authority", "signer")]  # fmt: skip
    now = datetime.datetime.now(datetime.UTC)

    def certificate(number: int, *extensions: x509.ExtensionType) -> bytes:
        own = keys[number].public_key()
        builder = x509.CertificateBuilder().subject_name(names[number]).issuer_name(names[0]).public_key(own)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(1))
        builder = builder.not_valid_after(now + datetime.timedelta(30))
        identifiers: tuple[x509.ExtensionType, ...] = (
            x509.SubjectKeyIdentifier.from_public_key(own),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()),
        )
        for extension in identifiers:
            builder = builder.add_extension(extension, critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    uses = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    uses |= dict.fromkeys(("crl_sign", "encipher_only", "decipher_only"), False)
    signs = x509.KeyUsage(digital_signature=True, key_cert_sign=False, **uses)
    vouches = x509.KeyUsage(digital_signature=False, key_cert_sign=True, **uses)
    own = certificate(
        1, x509.BasicConstraints(False, None), signs, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    )
    authority = certificate(0, x509.BasicConstraints(True, None), vouches)
    (folder / "chain.pem").write_bytes(own + authority)
    form = serialization.PrivateFormat.PKCS8
    key = keys[1].private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key)
    return {CERTIFICATES: str(folder / "chain.pem"), KEY: str(folder / "key.pem")}


def manifest_of(data: bytes, form: str) -> tuple[dict[str, Any], str]:
    """The active manifest, and what the library says of it."""
    import c2pa

    with c2pa.Reader(f"image/{form}", BytesIO(data)) as reader:
        told = json.loads(reader.json())
        return told["manifests"][told["active_manifest"]], str(reader.get_validation_state())


@pytest.mark.parametrize("form", image.WRITTEN)
def test_a_signed_drawing_tells_how_it_was_made(form: str, env: Mapping[str, str]) -> None:
    grey = np.full((64, 48, 3), 128, np.uint8)
    plain = image.encode(grey, form, 90, MADE.packet())
    data = credentials.signed(plain, form, MADE, credentials.signer(env))
    found, state = manifest_of(data, form)
    said = {each["label"]: each["data"] for each in found["assertions"]}
    action = said["c2pa.actions.v2"]["actions"][0]
    assert state == "Valid"
    assert action["digitalSourceType"] == SOURCE_TYPE
    assert action["parameters"]["model"] == "finetune"
    assert said["org.selfie2anime.settings"] == MADE.settings
    assert read(data) == MADE
    assert np.array_equal(image.decode(data), image.decode(plain))


def test_a_changed_picture_is_found_out(env: Mapping[str, str]) -> None:
    plain = image.encode(np.full((64, 48, 3), 128, np.uint8), "jpeg", 90)
    data = bytearray(credentials.signed(plain, "jpeg", MADE, credentials.signer(env)))
    data[-20] ^= 1
    assert manifest_of(bytes(data), "jpeg")[1] == "Invalid"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({KEY: ""}, f"{KEY} is not set"),
        ({CERTIFICATES: "nowhere.pem"}, f"{CERTIFICATES} is nowhere.pem, which is no file"),
        ({ALGORITHM: "es257"}, f"{ALGORITHM} is 'es257'; did you mean es256?"),
    ],
)
def test_what_is_missing_to_sign_is_named(env: Mapping[str, str], changed: dict[str, str], fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        credentials.signer({**env, **changed})


def test_a_file_that_is_no_key_is_refused(env: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(UserError, match=KEY):
        by = credentials.signer({**env, KEY: str(tmp_path / "key.pem")})
        credentials.signed(image.encode(np.zeros((8, 8, 3), np.uint8), "png", 90), "png", MADE, by)
