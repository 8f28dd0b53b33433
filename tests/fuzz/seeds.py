#!/usr/bin/env python3
"""The inputs that the fuzz targets begin with: seeds.py FOLDER writes FOLDER/TARGET/NAME."""
import gzip
import io
import json
import random
import struct
import sys
import tarfile
import zlib
from pathlib import Path

random.seed(1)
folder = Path(sys.argv[1])


def seed(target, name, contents):
    (folder / target).mkdir(parents=True, exist_ok=True)
    (folder / target / name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())


layers = [{"type": "conv2d", "out": 4, "kernel": [3, 1], "padding": "same", "groups": 1}, {"type": "norm"},
          {"type": "relu"}, {"type": "max_pool2d", "kernel": 2}, {"type": "dropout", "p": 0.2},
          {"type": "residual", "layers": [{"type": "identity"}], "shortcut": []}, {"type": "flatten"},
          {"type": "linear", "bias": False}]
config = {"name": "a", "seed": 1, "data": {"name": "folder", "dir": "d", "image_size": [8, 8], "channels": 1,
          "batch_size": 8, "normalize": {"mean": [0.5], "std": [0.3]}, "augment": ["random_crop",
          {"type": "cutout", "size": 3}], "corrupt": ["blur"]},
          "model": {"layers": layers, "norm": {"type": "batch", "momentum": None, "eps": 1e-3}},
          "freeze": ["0.*"], "optim": {"type": "adam", "lr": 0.1, "betas": [0.8, 0.9], "groups": []},
          "schedule": {"type": "multi_step", "milestones": [3, 6.5]}, "train": {"epochs": 9, "threads": 2},
          "watch": {"every": 5}}
for name, part in [("whole", config), ("empty", {}), ("arch", {"model": {"arch": "lenet", "norm": "group"}})]:
    seed("config", name, json.dumps(part, indent=1))
for key in ["data", "model", "optim", "schedule", "train"]:
    seed("config", key, json.dumps({key: config[key]}))

base = {"data": {"name": "folder", "image_size": 8}, "model": {"layers": [{"type": "flatten"}, {"type": "linear"}]}}
seed("comparison", "axes", json.dumps({"base": base, "axes": {"model.norm": ["batch", "none"], "seed": [1, 2]}}))
seed("comparison", "list", json.dumps({"base": base, "set": {"optim.lr": 0.1}, "targets": [0.5], "list": [
    {"label": "a", "set": {"model.layers[1].bias": False}}, {"train.epochs": 3}]}))
seed("comparison", "tuned", json.dumps({"base": base, "set": {"data.validation": 0.5}, "axes": {"seed": [1]},
                                        "tune": {"axes": {"optim.lr": [0.1, 1]}, "set": {"train.epochs": 1}, "seed": 9}}))


def safetensors(header, numbers):
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + numbers


seed("safetensors", "floats", safetensors({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
                                           "b": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}}, bytes(32)))
seed("safetensors", "metadata", safetensors({"__metadata__": {"normlab": "1", "normlab.crc64": "0123456789abcdef"},
                                             "a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, bytes(8)))

epoch = {"epoch": 1, "step": 7, "lr": 0.1, "train_loss": 1.5, "train_accuracy": 0.5, "test_loss": 1.25,
         "test_accuracy": 0.25, "seconds": 0.5, "images_per_s": 1e3}
position = {"step": 9, "epoch": 1, "batch": 2, "seen": 16, "right": 3, "loss_sum": 1.5, "seconds": 0.5,
            "epoch_seconds": 0.25}
seed("checkpoint", "whole", "\n".join(map(json.dumps, [config, 50, position, epoch])) + "\n")
seed("model", "linear", "\n".join(map(json.dumps, [base, [1, 2, 2], ["a", "b"], {"mean": [0.5], "std": [0.3]}])))
spread = dict.fromkeys(["least", "low", "median", "high", "largest"], 0.5)
look = {"epoch": 1, "step": 1, "loss": 1, "eval_loss": None, "layers": [{"name": "1", "kind": "BatchNorm2d",
        "before": spread, "after": spread, "dead": 0, "saturated": 0, "eval_gap": 0.1, "mean_gap": 0.1,
        "deviation_gap": None}], "parameters": [{"name": "0.weight", "gradient": 0.1, "update": 0.1}]}
seed("results", "metrics", (json.dumps(epoch) + "\n") * 2)
seed("results", "validated", json.dumps(epoch | {"val_loss": 1, "val_accuracy": 0.5, "best_test_loss": 1,
                                                 "best_test_accuracy": 0.5}) + "\n")
seed("results", "watch", json.dumps(look) + "\n")
seed("results", "outcome", json.dumps({"diverged": False, "step": 14, "epochs": 2, "text": "", "parameters": 99,
                                       "peak_mib": 1.5}))

images = struct.pack(">IIII", 0x803, 1, 28, 28) + random.randbytes(784)
labels = struct.pack(">II", 0x801, 1) + b"\3"
for name, contents in [("images", images), ("labels", labels)]:
    seed("idx", name, contents)
    seed("idx", name + ".gz", gzip.compress(contents, mtime=0))
seed("gz", "packed", gzip.compress(b"Normlab " * 9, mtime=0))
seed("gz", "two", gzip.compress(b"a", mtime=0) + gzip.compress(random.randbytes(99), 0, mtime=0))
seed("gz", "plain", "no gzip")
seed("cifar", "record", b"\1\2" + random.randbytes(3072))
seed("cifar", "names", "\n".join(f"c{i}" for i in range(100)))


def tar(form):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, contents in [("d/a.bin", b"contents"), ("d/" + "e" * 9 + "/b", random.randbytes(600))]:
            entry = tarfile.TarInfo(name)
            entry.size = len(contents)
            archive.addfile(entry, io.BytesIO(contents))
    return file.getvalue()[:4096]


seed("tar", "ustar", tar(tarfile.USTAR_FORMAT))
seed("tar", "gnu", tar(tarfile.GNU_FORMAT))
seed("tar", "packed", gzip.compress(tar(tarfile.USTAR_FORMAT), mtime=0))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, interlaced=0, palette=b""):
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = (width * samples * depth + 7) // 8
    rows = b"".join(bytes([random.randrange(5)]) + random.randbytes(row) for _ in range(height * (1 + 2 * interlaced)))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
            + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


for depth, colour in [(1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (16, 6)]:
    seed("image", f"{depth}bit_kind{colour}.png", png(5, 4, depth, colour))
seed("image", "interlaced.png", png(4, 4, 8, 0, interlaced=1))
seed("image", "palette.png", png(5, 4, 4, 3, palette=chunk(b"PLTE", random.randbytes(48))))
seed("image", "8bit.pgm", b"P5\n# grey\n3 2\n255\n" + random.randbytes(6))
seed("image", "16bit.pgm", b"P5 3 2 65535\n" + random.randbytes(12))
seed("image", "12bit.ppm", b"P6 3 2 4095\n" + bytes([1] * 36))
seed("image", "a.gif", b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0xF1, 0, 0) + random.randbytes(12) + b"!\xf9\4\1\0\0\0\0,"
     + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\2\5\x84\x1d\x81\x7a\x51\0;")
seed("image", "a.bmp", b"BM" + struct.pack("<IHHI", 54 + 36, 0, 0, 54)
     + struct.pack("<IiiHHIIiiII", 40, 3, -3, 1, 24, 0, 36, 1, 1, 0, 0) + random.randbytes(36))
seed("image", "a.tga", struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 4, 2, 24, 0) + b"\x87abc")
