"""The recipe that a plan names, with the networks it needs."""

import torch
from torch import nn

from tasks.nets import architectures
from tasks.training.animegan import AnimeGan
from tasks.training.cyclegan import CycleGan
from tasks.training.face_terms import open_face_terms
from tasks.training.paired import Paired
from tasks.training.plan import Plan
from tasks.training.recipe import Recipe


def build(plan: Plan, generator: nn.Module, licence: str, device: torch.device) -> Recipe:
    """`paired`, `animegan` or `cyclegan` around the generator; critics and second generators start from the seed."""
    faces = open_face_terms(plan, licence).to(device)
    if plan.recipe == "animegan":
        return AnimeGan(plan, generator, faces)
    if plan.recipe == "cyclegan":
        return CycleGan(plan, generator, faces, lambda: architectures.new(plan.architecture, plan.seed + 2))
    return Paired(plan, generator, faces)
