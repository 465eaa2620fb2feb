"""Drawing a large picture tile by tile, exactly: layer by layer, with the norms' sums shared over all tiles.

A norm over C x H x W needs its layer whole before the next one begins, so tiles that go through the whole network each
on their own differ from the full frame and from each other. Here a layer goes over the picture in tiles of full width,
which keeps what it computes before the norm and sums up as it goes; the norm is applied where the next layer reads. A
layer lets go of its input behind itself, so that memory holds one feature map, the largest, and not two.
"""

from functools import partial, singledispatch

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.core.errors import require
from tasks.nets.condition import Conditioned
from tasks.nets.generator import Generator, InvertedResidual
from tasks.nets.modulation import Modulation, modulated
from tasks.nets.rows import Bands, Bilinear, Kept, Nearest, Padded, Pointwise, Pool, Rows, Shuffled
from tasks.nets.student import Residual, Student, folded

MIN_TILE = 16  # px


def tiled(net: nn.Module, photo: Tensor, tile: int, wishes: Tensor | None = None, strength: float = 1.0) -> Tensor:
    """The generator's drawing of 1 x 3 x h x w RGB in -1..1: that of the full frame within rounding.

    Tiles are as wide as the picture and have about `tile` x `tile` pixels. A conditioned generator is told `wishes`
    (1 x c; None: as it likes) and `strength` (0..1). Raises UserError for a tile below MIN_TILE or several photos,
    TypeError for a network that is no generator.
    """
    require(tile >= MIN_TILE, f"a tile of {tile} pixels is mostly seam; use {MIN_TILE} or more")
    require(len(photo) == 1, f"{len(photo)} photos are to be drawn in tiles at once; give one")
    with torch.inference_mode():
        if not isinstance(net, Conditioned):
            return _tiled(net, photo, Pool(tile), None)
        told = torch.zeros(1, net.vocabulary.size) if wishes is None else wishes
        modulation = net.condition(told, torch.tensor([strength]))
        return torch.lerp(photo, _tiled(net.generator, photo, Pool(tile), modulation), strength)


def _tiled(net: nn.Module, photo: Tensor, pool: Pool, modulation: Modulation | None) -> Tensor:
    _, channels, height, width = photo.shape
    whole = Bands(channels, height, width, pool)
    whole.append(photo)
    return _stored(drawn(net, whole, pool, modulation), pool).read(0, height)


@singledispatch
def drawn(net: nn.Module, _photo: Rows, _pool: Pool, _modulation: Modulation | None) -> Rows:
    """The drawing as rows that are yet to be read; raises TypeError for a network that is no generator."""
    raise TypeError(f"{type(net).__name__} is no generator that draws in tiles")


@drawn.register
def _(net: Generator, photo: Rows, pool: Pool, modulation: Modulation | None) -> Rows:
    half = layered(net.block_a, photo, pool)
    quarter = layered(net.block_c, layered(net.block_b, half, pool), pool)
    wide = Bilinear(_modulated(quarter, modulation, 0), half.height, half.width)
    up = _modulated(layered(net.block_d, wide, pool), modulation, 1)
    fine = _modulated(layered(net.block_e, Bilinear(up, photo.height, photo.width), pool), modulation, 2)
    return layered(net.out_layer, fine, pool)


@drawn.register
def _(net: Student, photo: Rows, pool: Pool, modulation: Modulation | None) -> Rows:
    lean = folded(net)
    half = layered(lean.stem, Kept(photo), pool)
    quarter = layered(lean.to_quarter, Kept(half), pool)
    deep = _modulated(layered(lean.to_eighth, Kept(quarter), pool), modulation, 0)
    wide = _skipped(layered(lean.back_quarter, deep, pool), quarter)
    wide = _modulated(layered(lean.draw_quarter, wide, pool), modulation, 1)
    fine = _skipped(layered(lean.back_half, wide, pool), half)
    fine = _modulated(layered(lean.draw_half, fine, pool), modulation, 2)
    change = Shuffled(layered(lean.head, fine, pool), photo.height, photo.width)
    return Pointwise(lambda rows, by: rows.add_(by).clamp_(-1, 1), photo, change)


@singledispatch
def layered(module: nn.Module, _rows: Rows, _pool: Pool) -> Rows:
    """What the module makes of the map; raises TypeError for a kind that no generator has."""
    raise TypeError(f"{type(module).__name__} has no form in tiles")


@layered.register(nn.LeakyReLU)
@layered.register(nn.ReLU)
@layered.register(nn.Tanh)
@layered.register(nn.Identity)
def _(module: nn.Module, rows: Rows, _pool: Pool) -> Rows:
    return Pointwise(module, rows)


@layered.register
def _(module: nn.Sequential, rows: Rows, pool: Pool) -> Rows:
    for part in module:
        rows = layered(part, rows, pool)
    return rows


@layered.register
def _(module: InvertedResidual, rows: Rows, pool: Pool) -> Rows:
    if not module.adds_input:
        return layered(module.layers, rows, pool)
    return _stored(Pointwise(Tensor.add_, rows, layered(module.layers, Kept(rows), pool)), pool)


@layered.register
def _(module: Residual, rows: Rows, pool: Pool) -> Rows:
    total = Pointwise(Tensor.add_, rows, layered(module.layers, Kept(rows), pool))
    return _stored(Pointwise(functional.relu, total), pool)


@layered.register
def _(module: nn.ReflectionPad2d, rows: Rows, _pool: Pool) -> Rows:
    return Padded(rows, module.padding, "reflect") if any(module.padding) else rows


@layered.register
def _(module: nn.Conv2d, rows: Rows, pool: Pool) -> Rows:
    border, kernel, stride = int(module.padding[0]), module.kernel_size[0], module.stride[0]
    source = Padded(rows, (border, border, border, border), "constant") if border else rows
    height, width = ((side - kernel) // stride + 1 for side in (source.height, source.width))
    found = Bands(module.out_channels, height, width, pool)
    for top, bottom in tiles(height, pool.rows(max(module.in_channels * stride**2, module.out_channels), width)):
        part = source.read(top * stride, (bottom - 1) * stride + kernel)
        found.append(functional.conv2d(part, module.weight, module.bias, stride, groups=module.groups))
        source.forget(bottom * stride)
    source.forget(source.height)
    return found


@layered.register
def _(module: nn.GroupNorm, rows: Rows, pool: Pool) -> Rows:
    """All channels are one group: the sums run over all tiles, the scale and the shift are one pass."""
    stored = rows if isinstance(rows, Bands) else _stored(rows, pool)
    mean, variance = stored.moments()
    scale = module.weight[:, None, None] / (variance + module.eps) ** 0.5
    return Pointwise(partial(torch.addcmul, module.bias[:, None, None] - mean * scale, scale), stored)


def tiles(height: int, step: int) -> list[tuple[int, int]]:
    """The rows of each tile, from and up to."""
    return [(top, min(top + step, height)) for top in range(0, height, step)]


def _stored(rows: Rows, pool: Pool) -> Bands:
    """The map in memory, and what it was made of no longer."""
    found = Bands(rows.channels, rows.height, rows.width, pool)
    for top, bottom in tiles(rows.height, pool.rows(rows.channels, rows.width)):
        found.append(rows.read(top, bottom))
        rows.forget(bottom)
    return found


def _modulated(rows: Rows, modulation: Modulation | None, place: int) -> Rows:
    return Pointwise(partial(modulated, modulation=modulation, place=place), rows) if modulation else rows


def _skipped(coarse: Rows, skip: Rows) -> Rows:
    near = Nearest(coarse, skip.height, skip.width)
    return Pointwise(lambda kept, rows: functional.relu_(rows.add_(kept)), skip, near)
