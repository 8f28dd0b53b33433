#!/usr/bin/env python3
"""Measures how time and memory of a training step grow with the batch, the images, the channels and the depth.

    python3 docs/growth.py                       # prints a table, draws docs/growth.svg
    python3 docs/growth.py --only batch --rounds 3

Each time is the median step of the fastest round: others' programs only make it longer. `of arithmetic` is the time beside
that of the series' last row, if it grew as the multiply-adds do: 1.0 in all rows would be arithmetic alone. The program must
have been built: ./normlab --version does that.
"""
import argparse
import json
import math
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/bin/normlab"


def conv(out, stride=1):
    return [{"type": "conv2d", "out": out, "kernel": 3, "padding": 1, "stride": stride, "bias": False}, {"type": "norm"}]


def head():
    return [{"type": "global_avg_pool2d"}, {"type": "flatten"}, {"type": "linear"}]


def plain(channels):
    """Four convolutions of as many channels, each with norm and ReLU."""
    return [layer for _ in range(4) for layer in [*conv(channels), {"type": "relu"}]] + head()


def residual(depth):
    """The residual net of that many layers for images of 32x32: 20 is ResNet-20, 110 the deepest of its paper."""
    layers, channels = [*conv(16), {"type": "relu"}], 16
    for out in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            shortcut = [] if out == channels else [
                {"type": "conv2d", "out": out, "kernel": 1, "stride": 2, "bias": False}, {"type": "norm"}]
            layers += [{"type": "residual", "shortcut": shortcut,
                        "layers": [*conv(out, 1 if out == channels else 2), {"type": "relu"}, *conv(out)]},
                       {"type": "relu"}]
            channels = out
    return layers + head()


# name, what it is, values, (value -> net, side of the images, batch)
SERIES = [
    ("batch", "images in a batch, ResNet-20", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], lambda n: (residual(20), 32, n)),
    ("side", "pixels along a side, ResNet-20, 32 images", [16, 24, 32, 48, 64, 96, 128], lambda n: (residual(20), n, 32)),
    ("channels", "channels of four 3x3 convolutions, 16x16 pixels, 32 images",
     [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512], lambda n: (plain(n), 16, 32)),
    ("depth", "layers of a residual net, 32 images", [8, 14, 20, 32, 44, 56, 80, 110], lambda n: (residual(n), 32, 32)),
]


def run(*words):
    done = subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stderr}")
    return done.stdout.splitlines()[-1]


def measure(layers, side, batch, args):
    config = {"data": {"name": "folder", "dir": "images", "image_size": [side, side], "channels": 3},
              "model": {"layers": layers, "norm": "batch"}}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "net.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        multiply_adds = batch * int(run("summary", file).split()[-1].replace(",", ""))
        seconds = 6 * multiply_adds / 1e11  # at 100 GFLOP/s
        steps = max(3, min(200, round(2 / seconds)))
        runs = [json.loads(run("bench", "--config", file, "--batch", batch, "--steps", steps, "--threads", args.threads))
                for _ in range(args.rounds)]
    return {"ms": min(each["ms_per_step"] for each in runs),
            "mib": min(each["peak_mib"] for each in runs), "multiply_adds": multiply_adds}


def draw(found, file):
    """Above time, below memory, on logarithmic axes; dashed, what is in proportion to the multiply-adds."""
    width, height, left, top = 250, 180, 80, 40
    parts = []

    def panel(column, row, title, x, y, dashed, unit):
        low, high = math.floor(math.log10(min(y))), math.ceil(math.log10(max(y)))
        x0, y0 = left + column * (width + left), top + row * (height + 70)

        def at(a, b):
            share = math.log(a / x[0]) / math.log(x[-1] / x[0])
            return f"{x0 + share * width:.1f},{y0 + height - (math.log10(b) - low) / (high - low) * height:.1f}"

        parts.append(f'<text x="{x0}" y="{y0 - 12}" class="title">{title}</text>')
        for power in range(low, high + 1):
            line = y0 + height - (power - low) / (high - low) * height
            parts.append(f'<path d="M{x0},{line:.1f}h{width}" class="grid"/>'
                         f'<text x="{x0 - 6}" y="{line + 4:.1f}" text-anchor="end">{10 ** power:g}{unit}</text>')
        for value in (x[0], x[len(x) // 2], x[-1]):
            place = at(value, 10 ** low).split(",")[0]
            parts.append(f'<text x="{place}" y="{y0 + height + 16}" text-anchor="middle">{value}</text>')
        if dashed:
            kept = [(a, b) for a, b in zip(x, dashed) if b >= 10 ** low]
            parts.append(f'<polyline class="dashed" points="{" ".join(at(a, b) for a, b in kept)}"/>')
        parts.append(f'<polyline class="curve" points="{" ".join(at(a, b) for a, b in zip(x, y))}"/>')
        parts.extend('<circle r="3" cx="{}" cy="{}"/>'.format(*at(a, b).split(",")) for a, b in zip(x, y))

    for column, (name, rows) in enumerate(found.items()):
        x = list(rows)
        last = rows[x[-1]]
        arithmetic = [last["ms"] * rows[n]["multiply_adds"] / last["multiply_adds"] for n in x]
        panel(column, 0, f"{name}: time of a step", x, [rows[n]["ms"] for n in x], arithmetic, " ms")
        panel(column, 1, f"{name}: memory", x, [rows[n]["mib"] for n in x], None, " MiB")
    total = left + len(found) * (width + left)
    style = ("text{font:12px sans-serif;fill:#555}.title{font-weight:bold;fill:#222}.grid{stroke:#ddd}"
             ".curve{fill:none;stroke:#2563eb;stroke-width:2}.dashed{fill:none;stroke:#888;stroke-dasharray:5 4}circle{fill:#2563eb}")
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {top + 2 * (height + 70)}">'
                    f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n', encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=[name for name, *_ in SERIES], help="one of the series; nothing is drawn")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    found = {}
    for name, what, values, net in SERIES:
        if args.only not in (None, name):
            continue
        rows = {value: measure(*net(value), args) for value in values}
        last = rows[values[-1]]
        print(f"\n{what}, {args.threads} threads\n{name:>8}  ms a step  of arithmetic  GFLOP/s   MiB")
        for value, row in rows.items():
            share = row["ms"] / row["multiply_adds"] / (last["ms"] / last["multiply_adds"])
            gflops = 6 * row["multiply_adds"] / row["ms"] / 1e6
            print(f"{value:8}  {row['ms']:9.2f}  {share:13.2f}  {gflops:7.0f}  {row['mib']:4.0f}", flush=True)
        found[name] = rows
    if not args.only:
        draw(found, ROOT / "docs/growth.svg")


if __name__ == "__main__":
    main()
