#!/usr/bin/env python3
"""Times single convolutions of odd sizes, forward and backward together, in Normlab and in PyTorch.

    python3 docs/layers_against_pytorch.py
    python3 docs/layers_against_pytorch.py --only groups --rounds 5

Both sides train the same small net: a 1x1 convolution of a grey image, so that the layer's input needs a gradient, then the
layer, then the means of its channels and a linear layer. Of each step only the layer's own time counts.
PyTorch runs tuned, as in against_pytorch.py, in both memory layouts, of which the faster counts. A round runs every side
once; each figure is the median over the rounds of the median step.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from against_pytorch import TUNED, is_fast, last_line, root

LAYERS = [  # batch x channels x height x width -> channels, kernel, and what else there is
    "32x24x30x30 -> 24, 3x3",
    "32x20x33x47 -> 20, 3x3",
    "32x33x30x30 -> 33, 3x3",
    "32x32x30x30 -> 32, 5x5",
    "32x24x30x30 -> 24, 5x5",
    "32x20x30x30 -> 20, 7x7",
    "32x24x33x47 -> 33, 3x3, stride 2",
    "7x24x33x47 -> 20, 5x5, stride 2",
    "32x32x30x30 -> 32, 3x3, dilation 2",
    "32x64x30x30 -> 64, 3x3, groups 2",
    "32x64x30x30 -> 64, 3x3, groups 8",
    "32x64x30x30 -> 64, 3x3, groups 64",
    "32x33x33x47 -> 33, 3x3, groups 33",
    "32x64x30x30 -> 64, 3x3, groups 64, stride 2",
    "32x24x33x47 -> 24, 5x5, groups 24",
    "1x64x30x30 -> 64, 3x3",
    "1x512x7x7 -> 512, 3x3",
    "7x20x33x47 -> 24, 3x3",
    "250x33x15x15 -> 20, 3x3",
]
SECONDS = 1.5  # that a side may take for its steps


class Layer:
    def __init__(self, text):
        self.batch, self.inputs, self.height, self.width, self.outputs, self.kernel = (
            int(each) for each in re.match(r"(\d+)x(\d+)x(\d+)x(\d+) -> (\d+), (\d+)x", text).groups())
        self.stride, self.dilation, self.groups = (
            int((re.search(word + r" (\d+)", text) or [0, 1])[1]) for word in ("stride", "dilation", "groups"))
        self.padding = self.kernel // 2 * self.dilation


def time_torch(layer, layout, args):
    """Hooks say when the layer's forward pass begins and ends, and when the gradients of its output and input are there."""
    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, layer.stride, layer.padding, layer.dilation,
                           layer.groups)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, layer.inputs, 1), conv, torch.nn.AdaptiveAvgPool2d(1),
                              torch.nn.Flatten(), torch.nn.Linear(layer.outputs, 2))
    x = torch.randn(layer.batch, 1, layer.height, layer.width)
    if layout == "nhwc":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    labels = torch.randint(0, 2, (layer.batch,))
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    at = {}

    def stamp(name):
        at[name] = time.perf_counter()

    def after_forward(module, inputs, output):
        stamp("forward_end")
        output.register_hook(lambda gradient: stamp("backward"))
        inputs[0].register_hook(lambda gradient: stamp("backward_end"))

    conv.register_forward_pre_hook(lambda module, inputs: stamp("forward"))
    conv.register_forward_hook(after_forward)
    times, end = [], time.perf_counter() + SECONDS
    while len(times) < 13 or time.perf_counter() < end:
        sgd.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(net(x), labels).backward()
        sgd.step()
        times.append(at["forward_end"] - at["forward"] + at["backward_end"] - at["backward"])
    return {"ms": 1000 * statistics.median(times[3:])}


def time_normlab(layer, folder, args):
    """`bench --layers` tells the passes of the layer, which is called 1."""
    for part in ("train/a", "train/b", "test/a", "test/b"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / part / "dot.pgm").write_bytes(b"P5 1 1 255 " + part[-1:].encode())
    conv = {"type": "conv2d", "out": layer.outputs, "kernel": layer.kernel, "stride": layer.stride,
            "padding": layer.padding, "dilation": layer.dilation, "groups": layer.groups}
    config = {"data": {"name": "folder", "dir": str(folder), "image_size": [layer.height, layer.width]},
              "model": {"layers": [{"type": "conv2d", "out": layer.inputs, "kernel": 1}, conv,
                                   {"type": "global_avg_pool2d"}, {"type": "flatten"}, {"type": "linear"}]}}
    (folder / "config.json").write_text(json.dumps(config))
    program = [root() / "build/bin/normlab", "bench", "--config", folder / "config.json", "--batch", layer.batch,
               "--threads", args.threads]
    program = [str(each) for each in program]
    step = last_line([*program, "--steps", "5"])["ms_per_step"]
    done = subprocess.run([*program, "--layers", "--steps", str(max(10, int(1000 * SECONDS / step)))],
                          capture_output=True, text=True, check=True)
    return sum(float(ms) for ms in re.findall(r"^1 .*?(?:forward|grad) +([\d.]+)", done.stdout, re.MULTILINE))


def compare(args):
    python = args.python if is_fast(args.python, args.threads) else None
    print(f"{'forward and backward, ms':<48}{'Normlab':>9}{'PyTorch':>9}{'faster by':>11}")
    for text in LAYERS:
        if args.only not in text:
            continue
        layer, ours, theirs = Layer(text), [], {"nhwc": [], "nchw": []}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(args.rounds):
                ours.append(time_normlab(layer, pathlib.Path(folder), args))
                for layout in theirs if python else ():
                    command = [python, __file__, "--torch", text, layout, "--threads", str(args.threads)]
                    theirs[layout].append(last_line(command, TUNED)["ms"])
        row = f"{text:<48}{statistics.median(ours):>9.2f}"
        if python:
            best = min(statistics.median(each) for each in theirs.values())
            row += f"{best:>9.2f}{best / statistics.median(ours):>11.2f}"
        print(row, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="layers with this in their text")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default="/usr/bin/python3", help="an interpreter with a PyTorch")
    parser.add_argument("--torch", nargs=2, help=argparse.SUPPRESS)  # layer and layout: PyTorch's side of a pair
    args = parser.parse_args()
    if args.torch:
        print(json.dumps(time_torch(Layer(args.torch[0]), args.torch[1], args)))
    else:
        compare(args)


if __name__ == "__main__":
    main()
