"""Would a recognition network be sure of this face? eDifFIQA, where its weights are at hand; no reference needed."""

from pathlib import Path

import numpy as np
import onnxruntime as ort

from tasks.core.errors import require
from tasks.core.image import Image
from tasks.faces import registry
from tasks.faces.geometry import ARC_SIZE, Points, arc_matrix, warp
from tasks.faces.onnx_session import open_session

NAME = "ediffiqa_tiny"


def face_quality(session: ort.InferenceSession, image: Image, landmarks: Points) -> float:
    """Utility for recognition, about 0..1, higher is better; of the 112 pixel ArcFace crop by 5 or 68 landmarks.

    Babnik, Peer, Struc: "eDifFIQA: Towards efficient face image quality assessment based on denoising diffusion
    probabilistic models" (IEEE TBIOM 2024). RGB in -1..1, as OpenCV Zoo feeds it.
    """
    crop = warp(image, arc_matrix(landmarks), ARC_SIZE)
    planes = (crop.astype(np.float32) / np.float32(127.5) - 1).transpose(2, 0, 1)
    return float(np.ravel(session.run(None, {session.get_inputs()[0].name: planes[None]})[0])[0])


def find_face_quality(licence: str = "any") -> ort.InferenceSession | None:
    """The network from a models folder, None where it is not at hand or the policy refuses it."""
    path = registry.find_allowed(NAME, licence)
    return open_face_quality(path) if path else None


def open_face_quality(path: Path) -> ort.InferenceSession:
    """The network; UserError where the file does not take one 112 x 112 picture and give one number."""
    session = open_session(path)
    taken = [value.shape[1:] for value in session.get_inputs()]
    require(
        taken == [[3, ARC_SIZE, ARC_SIZE]] and len(session.get_outputs()) == 1,
        f"{path} judges no faces of 112 x 112 pixels; it takes {taken}; delete it or fetch it again",
    )
    return session
