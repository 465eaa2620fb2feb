"""ONNX Runtime on one thread: stages spread over processes, so a model must not spread over cores as well."""

from pathlib import Path

import onnxruntime as ort

from tasks.core.errors import UserError


def session_options() -> ort.SessionOptions:
    """One thread, and only errors on the log."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def open_session(path: Path) -> ort.InferenceSession:
    """The model on the CPU; UserError when the file is no ONNX model."""
    try:
        return ort.InferenceSession(str(path), session_options(), providers=["CPUExecutionProvider"])
    except Exception as fault:  # ONNX Runtime's own exceptions share no narrower base
        raise UserError(f"{path} is no ONNX model that runs here ({fault}); fetch the file again") from fault
