"""How much networks do, in products, convolutions and recurrent cells: for a frame, and in a training step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ballo.inference.bundle import Bundle, Manifest
from ballo.music.clock import CHANNELS

if TYPE_CHECKING:
    import onnx
    from torch import nn

_WORKING = ("MatMul", "Gemm", "Conv", "GRU")
_FRAMES = (2, 102)
"""The work for so many frames is counted twice; the difference leaves out what is done once a call."""


@dataclass(frozen=True)
class Size:
    """Numbers a network stores, and multiply-accumulates a frame."""

    numbers: int
    products_a_frame: float

    def __str__(self) -> str:
        return f"{self.numbers / 1e6:.1f} M numbers stored, {self.products_a_frame / 1e6:.1f} M multiply-accumulates a frame"


def of_bundle(bundle: Bundle) -> Size:
    """Of a bundle's graph; its fixed front end and its skeleton count too. Needs the package onnx."""
    import onnx

    model = onnx.load_from_string(bundle.graph)
    few, many = (_products(bundle, model, frames) for frames in _FRAMES)
    return Size(sum(math.prod(tensor.dims) for tensor in model.graph.initializer), (many - few) / (_FRAMES[1] - _FRAMES[0]))


def _products(bundle: Bundle, model: onnx.ModelProto, frames: int) -> int:
    """Multiply-accumulates of one call."""
    working = [node for node in model.graph.node if node.op_type in _WORKING]
    shapes = _shapes(bundle, model, working, frames)
    return sum(_of_node(node, shapes) for node in working)


def _shapes(bundle: Bundle, model: onnx.ModelProto, working: list[onnx.NodeProto], frames: int) -> dict[str, tuple[int, ...]]:
    """Of what these nodes take and make, by running the graph with all of it among the outputs."""
    import onnx
    import onnxruntime

    inputs = _inputs(bundle.manifest, frames)
    stored = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    touched = {name for node in working for name in (*node.input[:3], node.output[0])}
    asked = sorted(touched - set(stored) - set(inputs) - {""})
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in asked)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    return stored | {name: made.shape for name, made in zip(asked, session.run(asked, inputs), strict=True)}


def _inputs(manifest: Manifest, frames: int) -> dict[str, np.ndarray]:
    """Silence, no noise and a start, as far as a graph takes them."""
    inputs: dict[str, np.ndarray] = {name: np.zeros(shape, np.float32) for name, shape in manifest.state_shapes.items()}
    if hearing := manifest.hearing:
        inputs["blocks"] = np.zeros((1, frames + hearing.context_blocks, hearing.samples_per_block), np.float32)
        if hearing.clock:
            inputs["clock"] = np.zeros((1, frames, CHANNELS), np.float32)
    inputs["noise"] = np.zeros((1, frames, manifest.noise.size), np.float32)
    return inputs | {"style": np.zeros(1, np.int64)}


def _of_node(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    first, second, made = shapes[node.input[0]], shapes[node.input[1]], shapes[node.output[0]]
    if node.op_type == "GRU":  # both weights, each step of each clip
        return math.prod(first[:2]) * (math.prod(second) + math.prod(shapes[node.input[2]]))
    return math.prod(made) * (math.prod(second[1:]) if node.op_type == "Conv" else first[-1])


def of_module(module: nn.Module, frames: int, *inputs: object) -> Size:
    """Of a PyTorch module, by watching its layers while it makes `frames` frames of `inputs`."""
    import torch
    from torch import nn

    products = 0

    def watch(layer: nn.Module, given: tuple[torch.Tensor, ...], made: object) -> None:
        nonlocal products
        if isinstance(layer, nn.GRU):
            weights = sum(weight.numel() for name, weight in layer.named_parameters() if name.startswith("weight"))
            products += weights * given[0].shape[0] * given[0].shape[1]
        elif isinstance(layer, nn.Conv1d):
            assert isinstance(made, torch.Tensor)
            products += made.numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            assert isinstance(made, torch.Tensor)
            products += made.numel() * layer.in_features

    hooks = [layer.register_forward_hook(watch) for layer in module.modules()]
    with torch.inference_mode():
        module(*inputs)
    for hook in hooks:
        hook.remove()
    return Size(sum(weight.numel() for weight in module.parameters()), products / frames)


def of_call(call: Callable[[], object]) -> int:
    """Multiply-accumulates of all that PyTorch does in a call, gradients and gradients of gradients included."""
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    class Counter(TorchDispatchMode):
        """PyTorch's own counter also follows modules, and fails where gradients are taken in between."""

        operations = 0

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            made = function(*args, **(kwargs or {}))
            if cost := flop_registry.get(function._overloadpacket):
                self.operations += cost(*args, **(kwargs or {}), out_val=made)
            return made

    with Counter() as counter:
        call()
    return counter.operations // 2
