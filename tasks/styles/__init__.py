"""What turns a photo into a drawing: the cel filter, any ONNX stylizer, and the steps that follow."""
