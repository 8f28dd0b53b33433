#!/usr/bin/env python3
"""Trains the same nets in Normlab and in PyTorch, in turn, and prints how much faster the one is than the other.

    python3 docs/against_pytorch.py                        # all four nets, training and inference
    python3 docs/against_pytorch.py --nets vgg --rounds 5

PyTorch runs in four ways: in both memory layouts, as installed and tuned, that is, with an allocator that keeps its memory
(glibc's otherwise returns an activation's pages to the system in every step) and with threads bound to processors. Of the
two layouts the faster counts. A round runs every side once; each figure is the median over the rounds of the median step.
Without PyTorch only Normlab's side is run. The program must have been built: ./normlab --version does that.
"""
import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS = {"lenet": 40, "vgg": 8, "resnet20": 16, "resnet9": 4}
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592",
         "MALLOC_TOP_PAD_": "268435456", "OMP_PROC_BIND": "true"}
WAYS = {f"{layout}, {tuning}": (layout, tuning) for tuning in ("tuned", "installed") for layout in ("nhwc", "nchw")}


# PyTorch's side, in a process of its own.

def build(name, norm):
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, f, shortcut=nn.Identity(), last=nn.Identity()):
            super().__init__()
            self.f, self.shortcut, self.last = f, shortcut, last

        def forward(self, x):
            return self.last(self.f(x) + self.shortcut(x))

    def normalization(c):
        return {"batch": lambda: nn.BatchNorm2d(c), "group": lambda: nn.GroupNorm(min(8, c), c),
                "layer": lambda: nn.GroupNorm(1, c), "instance": lambda: nn.InstanceNorm2d(c, affine=True),
                "none": nn.Identity}[norm]()

    def conv(i, o, kernel=3, stride=1):
        return [nn.Conv2d(i, o, kernel, stride, kernel // 2, bias=norm == "none"), normalization(o)]

    def block(i, o, stride):
        shortcut = nn.Identity() if i == o else nn.Sequential(*conv(i, o, 1, stride))
        return Residual(nn.Sequential(*conv(i, o, 3, stride), nn.ReLU(), *conv(o, o)), shortcut, nn.ReLU())

    def layers(*plan):
        """A number is the width of the next 3x3 convolution with norm and ReLU; the first number that of the input."""
        channels, made = plan[0], []
        for item in plan[1:]:
            if isinstance(item, int):
                made += [*conv(channels, item), nn.ReLU()]
                channels = item
            else:
                made.append(item)
        return made

    def pool():
        return nn.MaxPool2d(2)

    if name == "lenet":
        return nn.Sequential(*layers(1, 32, pool(), 64, pool()), nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(),
                             nn.Dropout(0.5), nn.Linear(128, 10)), (1, 28, 28)
    if name == "vgg":
        return nn.Sequential(*layers(3, 64, 64, pool(), 128, 128, pool(), 256, 256, pool()), nn.AdaptiveAvgPool2d(1),
                             nn.Flatten(), nn.Dropout(0.5), nn.Linear(256, 10)), (3, 32, 32)
    if name == "resnet20":
        widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
        blocks = [block(i, o, 1 if i == o else 2) for i, o in zip(widths, widths[1:])]
        return nn.Sequential(*layers(3, 16), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)), (3, 32, 32)
    res = [Residual(nn.Sequential(*layers(c, c, c))) for c in (128, 512)]
    return nn.Sequential(*layers(3, 64, 128, pool()), res[0], *layers(128, 256, pool(), 512, pool()), res[1],
                         nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(512, 10)), (3, 32, 32)


def time_torch(name, layout, args):
    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    net, image = build(name, args.norm)
    x, labels = torch.randn(args.batch, *image), torch.randint(0, 10, (args.batch,))
    if layout == "nhwc":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    training = args.mode == "train"
    net.train(training)
    times = []
    for _ in range(3 + args.steps):
        start = time.perf_counter()
        with torch.set_grad_enabled(training):
            y = net(x)
            if training:
                sgd.zero_grad(set_to_none=True)
                torch.nn.functional.cross_entropy(y, labels).backward()
                sgd.step()
        times.append(time.perf_counter() - start)
    return {"ms_per_step": 1000 * statistics.median(times[3:]),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


# Both sides.

def last_line(command, settings=None):
    done = subprocess.run(command, env={**os.environ, **(settings or {})}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def python_with_torch():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    print("PyTorch is not installed (Debian: apt-get install python3-torch): its side is skipped")
    return None


def measure(name, mode, args, python):
    settings = ["--mode", mode, "--norm", args.norm, "--batch", args.batch, "--threads", args.threads,
                "--steps", STEPS[name] * args.scale]
    settings = [str(each) for each in settings]
    runs = {}
    for _ in range(args.rounds):
        program = [ROOT / "build/bin/normlab", "bench", "--net", name, *settings]
        runs.setdefault("normlab", []).append(last_line(program))
        for way, (layout, tuning) in WAYS.items() if python else ():
            torch = [python, __file__, "--torch", name, layout, *settings]
            runs.setdefault(way, []).append(last_line(torch, TUNED if tuning == "tuned" else None))
    return {way: {key: statistics.median(run[key] for run in each) for key in ("ms_per_step", "peak_mib")}
            for way, each in runs.items()}


def compare(args):
    python = python_with_torch()
    for mode in args.modes:
        print(f"\n{mode}, batch {args.batch}, {args.threads} threads, norm {args.norm}: ms a step, MiB at most")
        print(f"{'net':<10}{'Normlab':>16}{'PyTorch tuned':>18}{'as installed':>18}{'faster by':>16}{'memory':>9}")
        ratios = {"tuned": [], "installed": []}
        for name in args.nets:
            found = measure(name, mode, args, python)
            ours = found["normlab"]
            row = f"{name:<10}{ours['ms_per_step']:>9.1f} {ours['peak_mib']:>6.0f}"
            if python:
                best = {tuning: min((found[way] for way, (_, t) in WAYS.items() if t == tuning),
                                    key=lambda run: run["ms_per_step"]) for tuning in ratios}
                row += "".join(f"{best[t]['ms_per_step']:>11.1f} {best[t]['peak_mib']:>6.0f}" for t in ratios)
                for tuning in ratios:
                    ratios[tuning].append(best[tuning]["ms_per_step"] / ours["ms_per_step"])
                row += f"{ratios['tuned'][-1]:>8.2f}{ratios['installed'][-1]:>8.2f}"
                row += f"{ours['peak_mib'] / best['tuned']['peak_mib']:>9.2f}"
            print(row, flush=True)
        if python:
            means = [math.exp(statistics.fmean(map(math.log, each))) for each in ratios.values()]
            print(f"geometric mean: {means[0]:.2f} times PyTorch tuned, {means[1]:.2f} times as installed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nets", nargs="+", default=list(STEPS), choices=STEPS)
    parser.add_argument("--modes", nargs="+", default=["train", "infer"], choices=["train", "infer"])
    parser.add_argument("--norm", default="batch", choices=["batch", "group", "layer", "instance", "none"])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=int, default=1, help="times as many steps in a run")
    parser.add_argument("--torch", nargs=2, help=argparse.SUPPRESS)  # net and layout: PyTorch's side of a pair
    parser.add_argument("--mode", default="train", help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.torch:
        print(json.dumps(time_torch(*args.torch, args)))
    else:
        compare(args)


if __name__ == "__main__":
    main()
