"""From weights to files that run elsewhere: ONNX, half width, eight bits, and what each costs."""
