"""imagededup's PHash of every file in a folder, as JSON: `python imagededup_phash.py FOLDER`.

It runs in a Python of its own, which needs imagededup but not the torch and torchvision that its CNN method imports:
those modules of it are left empty, its hashing is its own.
"""

import json
import sys
from importlib import import_module
from types import ModuleType
from unittest.mock import MagicMock

UNUSED = ("imagededup.utils.models", "imagededup.utils.data_generator", "imagededup.methods.cnn")
sys.modules.update({name: MagicMock(spec=ModuleType(name), CustomModel=None, CNN=None) for name in UNUSED})


def main() -> None:
    """Print {file name: hash in hex}."""
    hashes = (
        import_module("imagededup.methods")
        .PHash(verbose=False)
        .encode_images(sys.argv[1], recursive=False, num_enc_workers=1)
    )
    json.dump(hashes, sys.stdout)


if __name__ == "__main__":
    main()
