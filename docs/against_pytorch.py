#!/usr/bin/env python3
"""Runs the same nets in Normlab and in its peers, in turn, and prints how much faster Normlab is.

    python3 docs/against_pytorch.py                        # all four nets, training and inference
    python3 docs/against_pytorch.py --nets vgg --rounds 5
    python3 docs/against_pytorch.py --python /usr/bin/python3 /opt/torch/bin/python --bfloat16

PyTorch runs in both memory layouts, of which the faster counts, and tuned: with an allocator that keeps its memory (otherwise
glibc returns the pages of the activations to the system in every step) and with threads bound to processors; with --untuned
also as installed. Each interpreter after --python is a peer; with --bfloat16 each also runs under autocast to that type. A
PyTorch whose matrix product is slow, because Debian's python3-torch is content with the reference BLAS, is refused. ONNX
Runtime is a peer for inference if `npm install --ignore-scripts onnxruntime-node` was run in this folder or in the one that
--onnxruntime names.

A round runs every side once; each figure is the median over the rounds of the median step. Peers that are not installed are
skipped with a word. The program must have been built: ./normlab --version does that.
"""
import argparse
import contextlib
import json
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

STEPS = {"lenet": 40, "vgg": 8, "resnet20": 16, "resnet9": 4}
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592",
         "MALLOC_TOP_PAD_": "268435456", "OMP_PROC_BIND": "true"}
# Of a matrix product on one thread. The reference BLAS multiplies and adds number by number, at most one pair a cycle, which no
# clock makes more than this (measured: 1 to 6); a fast one has vectors, and does 30 to 250.
LEAST_GFLOPS = 12


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


def product_gflops(torch, size=768):
    a = torch.randn(size, size)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return 2 * size ** 3 / min(times) / 1e9


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
    cast = (lambda: torch.autocast("cpu", torch.bfloat16)) if args.bfloat16 else contextlib.nullcontext
    times = []
    for _ in range(3 + args.steps):
        start = time.perf_counter()
        with torch.set_grad_enabled(training):
            with cast():
                y = net(x)
                loss = torch.nn.functional.cross_entropy(y, labels) if training else None
            if training:
                sgd.zero_grad(set_to_none=True)
                loss.backward()
                sgd.step()
        times.append(time.perf_counter() - start)
    return {"ms_per_step": 1000 * statistics.median(times[3:]),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def describe_torch(args):
    import torch
    torch.set_num_threads(args.threads)
    return {"version": torch.__version__.split("+")[0].removesuffix("a0"), "gflops": product_gflops(torch)}


# All sides.

def last_line(command, settings=None, program=None):
    done = subprocess.run([str(word) for word in command], env={**os.environ, **(settings or {})}, input=program,
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def root():
    return pathlib.Path(__file__).resolve().parent.parent


def normlab(net, mode, args):
    return last_line([root() / "build/bin/normlab", "bench", "--net", net, *settings_of(net, mode, args)])


def settings_of(net, mode, args):
    return ["--mode", mode, "--norm", args.norm, "--batch", args.batch, "--threads", args.threads,
            "--steps", STEPS[net] * args.scale]


class Torch:
    """A PyTorch. Its side of the program is handed to the interpreter on standard input, so the interpreter may live in
    another file system: behind a script that calls chroot or a container."""

    def __init__(self, python, tuned, bfloat16, threads):
        self.python, self.tuned, self.bfloat16 = python, tuned, bfloat16
        self.name = "PyTorch " + self.ask(["--describe", "--threads", threads])["version"]
        self.name += ", bfloat16" if bfloat16 else "" if tuned else ", untuned"

    def ask(self, words):
        program = pathlib.Path(__file__).read_text(encoding="utf-8")
        return last_line([self.python, "-W", "ignore", "-", *words], TUNED if self.tuned else None, program)

    def __call__(self, net, mode, args):
        words = settings_of(net, mode, args) + (["--bfloat16"] if self.bfloat16 else [])
        return min((self.ask(["--torch", net, layout, *words]) for layout in ("nhwc", "nchw")),
                   key=lambda run: run["ms_per_step"])


class OnnxRuntime:
    name = "ONNX Runtime"
    script = """
        const ort = require('onnxruntime-node');
        (async () => {
          const [file, batch, channels, side, steps, threads] = process.argv.slice(2);
          const session = await ort.InferenceSession.create(file, {intraOpNumThreads: +threads, interOpNumThreads: 1});
          const shape = [+batch, +channels, +side, +side];
          const x = new ort.Tensor('float32', Float32Array.from({length: shape.reduce((a, b) => a * b)}, Math.random), shape);
          const times = [];
          for (let i = 0; i < +steps + 3; ++i) {
            const start = performance.now();
            await session.run({[session.inputNames[0]]: x});
            times.push(performance.now() - start);
          }
          const kept = times.slice(3).sort((a, b) => a - b);
          console.log(JSON.stringify({ms_per_step: kept[kept.length >> 1], peak_mib: process.resourceUsage().maxRSS / 1024}));
        })();"""

    def __init__(self, folder):
        self.modules = pathlib.Path(folder).resolve() / "node_modules"

    def __call__(self, net, mode, args):
        side, channels = (28, 1) if net == "lenet" else (32, 3)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            config = {"data": {"name": "digits" if net == "lenet" else "shapes", "train_limit": 64, "test_limit": 64},
                      "model": {"arch": net, "norm": args.norm}, "train": {"epochs": 1}}
            (folder / "config.json").write_text(json.dumps(config))
            program = str(root() / "build/bin/normlab")
            for words in (["train", folder / "config.json", "--quiet", "--out", folder / "run"],
                          ["export", folder / "run", "--fold", "--onnx", folder / "net.onnx"]):
                subprocess.run([program, *map(str, words)], check=True, capture_output=True)
            (folder / "time.js").write_text(self.script)
            return last_line(["node", folder / "time.js", folder / "net.onnx", args.batch, channels, side,
                              STEPS[net] * args.scale, args.threads], {"NODE_PATH": str(self.modules)})


def is_fast(python, threads):
    """Whether this interpreter has a PyTorch that is worth comparing with; says why not."""
    if shutil.which(python) is None:
        print(f"there is no program {python}: skipped")
        return False
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        print(f"{python} has no PyTorch (Debian: apt-get install python3-torch libopenblas0-openmp): skipped")
        return False
    found = Torch(python, True, False, threads).ask(["--describe", "--threads", threads])
    if found["gflops"] < LEAST_GFLOPS * threads:
        sys.exit(f"the PyTorch of {python} multiplies matrices at {found['gflops']:.0f} GFLOP/s: it lacks a fast BLAS and "
                 f"is no peer (Debian: apt-get install libopenblas0-openmp)")
    print(f"PyTorch {found['version']} of {python}: a matrix product at {found['gflops']:.0f} GFLOP/s")
    return True


def peers_of(args, mode):
    peers = []
    for python in args.python:
        if is_fast(python, args.threads):
            peers.append(Torch(python, True, False, args.threads))
            peers += [Torch(python, False, False, args.threads)] if args.untuned else []
            peers += [Torch(python, True, True, args.threads)] if args.bfloat16 else []
    if mode == "infer":
        if shutil.which("node") and (pathlib.Path(args.onnxruntime) / "node_modules/onnxruntime-node").is_dir():
            peers.append(OnnxRuntime(args.onnxruntime))
        else:
            print(f"there is no node, or no onnxruntime-node in {args.onnxruntime}: ONNX Runtime is skipped")
    return peers


def compare(args):
    for mode in args.modes:
        peers = peers_of(args, mode)
        print(f"\n{mode}, batch {args.batch}, {args.threads} threads, norm {args.norm}: ms a step, MiB at most, and how "
              f"many times as long as Normlab")
        print(f"{'net':<10}{'Normlab':>15}" + "".join(f"{peer.name:>25}" for peer in peers))
        ratios = {peer: [] for peer in peers}
        for net in args.nets:
            sides = {each: [] for each in (normlab, *peers)}
            for _ in range(args.rounds):
                for side, runs in sides.items():
                    runs.append(side(net, mode, args))
            found = {side: {key: statistics.median(run[key] for run in runs) for key in ("ms_per_step", "peak_mib")}
                     for side, runs in sides.items()}
            ours = found[normlab]
            row = f"{net:<10}{ours['ms_per_step']:>9.2f} {ours['peak_mib']:>5.0f}"
            for peer in peers:
                ratios[peer].append(found[peer]["ms_per_step"] / ours["ms_per_step"])
                row += f"{found[peer]['ms_per_step']:>12.2f} {found[peer]['peak_mib']:>5.0f} {ratios[peer][-1]:>6.2f}"
            print(row, flush=True)
        means = [math.exp(statistics.fmean(map(math.log, ratios[peer]))) for peer in peers]
        print(f"{'geometric mean':<25}" + "".join(f"{mean:>25.2f}" for mean in means))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nets", nargs="+", default=list(STEPS), choices=STEPS)
    parser.add_argument("--modes", nargs="+", default=["train", "infer"], choices=["train", "infer"])
    parser.add_argument("--norm", default="batch", choices=["batch", "group", "layer", "instance", "none"])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=int, default=1, help="times as many steps in a run")
    parser.add_argument("--python", nargs="+", default=["/usr/bin/python3"], help="interpreters with a PyTorch")
    parser.add_argument("--untuned", action="store_true", help="PyTorch as installed, too")
    parser.add_argument("--bfloat16", action="store_true", help="PyTorch under autocast to bfloat16, too")
    parser.add_argument("--onnxruntime", default=".", help="the folder in which onnxruntime-node was installed")
    parser.add_argument("--torch", nargs=2, help=argparse.SUPPRESS)  # net and layout: PyTorch's side
    parser.add_argument("--describe", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--mode", default="train", help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.describe:
        print(json.dumps(describe_torch(args)))
    elif args.torch:
        print(json.dumps(time_torch(*args.torch, args)))
    else:
        compare(args)


if __name__ == "__main__":
    main()
