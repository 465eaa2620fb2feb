import pytest
import torch

from tasks.losses.identity import hinge_cosine


def test_the_identity_hinge_stops_at_its_margin() -> None:
    a = torch.eye(2)
    b = torch.nn.functional.normalize(a + torch.tensor([[0.0, 0.2], [2.0, 0.0]]))
    assert hinge_cosine(a, b, 0.9)[0] == 0
    assert hinge_cosine(a, b, 0.9)[1] == pytest.approx(0.9 - float(b[1, 1]))
