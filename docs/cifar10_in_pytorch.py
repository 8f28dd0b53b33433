#!/usr/bin/env python3
"""Jordan's recipe for 94 % on CIFAR-10 (2024, arXiv:2404.00498, "airbench94") in PyTorch on a CPU: what it reaches on the
files that there are.

    python3 docs/cifar10_in_pytorch.py --dir data/cifar10/cifar-10-batches-bin
    python3 docs/cifar10_in_pytorch.py --dir data/cifar10/cifar-10-batches-bin --bfloat16 --threads 1

Prints a line of JSON for each epoch, then the accuracy with mirror images and with shifted images averaged as well.
"""
import argparse
import contextlib
import json
import math
import pathlib
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

BATCH, MOMENTUM, SMOOTHING = 1024, 0.85, 0.2
# The paper gives rate and decay for 1,024 images, with what momentum makes of them: by this they become SGD's.
LONG_RUN = 1024 * (1 + 1 / (1 - MOMENTUM))
RATE, DECAY, OFFSET_FACTOR = 11.5 / LONG_RUN, 0.0153 * BATCH / LONG_RUN, 64
PIXEL_MEAN, PIXEL_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def read(folder, names):
    """The images, normalized, and the labels of files in CIFAR-10's binary format."""
    rows = numpy.concatenate([numpy.fromfile(folder / name, numpy.uint8).reshape(-1, 3073) for name in names])
    images = torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32).copy()).float() / 255
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (PIXEL_MEAN, PIXEL_STD))
    return (images - mean) / std, torch.from_numpy(rows[:, 0].astype(numpy.int64))


def conv(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 3, padding="same", bias=False)
    nn.init.dirac_(layer.weight.data[:inputs])
    return layer


def norm(channels):
    layer = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad = False
    return layer


def block(inputs, outputs):
    return nn.Sequential(conv(inputs, outputs), nn.MaxPool2d(2), norm(outputs), nn.GELU(),
                         conv(outputs, outputs), norm(outputs), nn.GELU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.whiten.weight.requires_grad = False
        self.blocks = nn.Sequential(block(24, 64), block(64, 256), block(256, 256))
        self.head = nn.Linear(256, 10, bias=False)

    def forward(self, x):
        x = F.max_pool2d(self.blocks(F.gelu(self.whiten(x))), 3)
        return self.head(x.flatten(1)) / 9

    def whiten_with(self, images):
        """The eigenvectors of the 2x2 patches, each divided by the root of its eigenvalue, with both signs."""
        patches = images.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, 12)
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        kernels = (vectors / torch.sqrt(values + 5e-4)).T.flip(0).reshape(12, 3, 2, 2)
        self.whiten.weight.data.copy_(torch.cat([kernels, -kernels]))
        nn.init.zeros_(self.whiten.bias)


def optimizer_of(net):
    named = [(name, each) for name, each in net.named_parameters() if each.requires_grad]
    offsets = [each for name, each in named if name.startswith("blocks") and name.endswith("bias")]
    others = [each for name, each in named if not (name.startswith("blocks") and name.endswith("bias"))]
    groups = [{"params": offsets, "lr": RATE * OFFSET_FACTOR, "weight_decay": DECAY / (RATE * OFFSET_FACTOR)},
              {"params": others, "lr": RATE, "weight_decay": DECAY / RATE}]
    return torch.optim.SGD(groups, momentum=MOMENTUM, nesterov=True)


class Average:
    """Lookahead: every few steps the weights go back to a slow average of themselves, less so at the end."""

    def __init__(self, net):
        self.net = net
        self.slow = {name: each.clone() for name, each in net.state_dict().items() if each.is_floating_point()}

    @torch.no_grad()
    def update(self, decay):
        for name, each in self.net.state_dict().items():
            if name in self.slow:
                self.slow[name].lerp_(each, 1 - decay)
                each.copy_(self.slow[name])


@torch.no_grad()
def accuracy(net, images, labels, cast, views):
    """With the logits of several views of each image averaged by their weights."""
    net.eval()
    right = 0
    for first in range(0, len(images), 500):
        x = images[first:first + 500]
        with cast():
            logits = sum(weight * net(view(x).contiguous(memory_format=torch.channels_last)).float()
                         for weight, view in views)
        right += (logits.argmax(1) == labels[first:first + 500]).sum().item()
    return right / len(images)


def shifted(x, by):
    return F.pad(x, (1,) * 4, "reflect")[:, :, by:by + 32, by:by + 32]


PLAIN = [(1, lambda x: x)]
MIRRORED = [(0.5, lambda x: x), (0.5, lambda x: x.flip(3))]
SHIFTED = [(weight / 2, lambda x, by=by, view=view: view(shifted(x, by)))
           for by, weight in ((1, 0.5), (0, 0.25), (2, 0.25)) for _, view in MIRRORED]


def train(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    folder = pathlib.Path(args.dir)
    images, labels = read(folder, [f"data_batch_{i}.bin" for i in range(1, 6)])
    test = read(folder, ["test_batch.bin"])
    cast = (lambda: torch.autocast("cpu", torch.bfloat16)) if args.bfloat16 else contextlib.nullcontext

    net = Net()
    net.whiten_with(images[:5000])
    net = net.to(memory_format=torch.channels_last)
    optimizer, average = optimizer_of(net), Average(net)
    batches = len(images) // BATCH
    steps = math.ceil(batches * args.epochs)
    rates = numpy.interp(numpy.arange(steps + 1), [0, int(0.23 * steps), steps], [0.2, 1, 0.07])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rates[min(step, steps)])

    start, step = time.time(), 0
    mirror = torch.rand(len(images)) < 0.5
    images = torch.where(mirror.view(-1, 1, 1, 1), images.flip(3), images)
    padded = F.pad(images, (2,) * 4, "reflect")
    for epoch in range(math.ceil(args.epochs)):
        net.train()
        net.whiten.bias.requires_grad = epoch < 3
        order, place = torch.randperm(len(images)), torch.randint(0, 5, (len(images), 2))
        for first in range(0, batches * BATCH, BATCH):
            chosen = order[first:first + BATCH]
            x = torch.stack([padded[i, :, place[i, 0]:place[i, 0] + 32, place[i, 1]:place[i, 1] + 32] for i in chosen])
            x = x.flip(3) if epoch % 2 else x
            with cast():
                logits = net(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), labels[chosen], label_smoothing=SMOOTHING, reduction="sum")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            if step % 5 == 0:
                average.update(0.95 ** 5 * (step / steps) ** 3)
            if step == steps:
                average.update(1)
                break
        seconds = round(time.time() - start, 1)
        print(json.dumps({"epoch": epoch + 1, "accuracy": accuracy(net, *test, cast, PLAIN), "seconds": seconds}), flush=True)
    print(json.dumps({"mirrored": accuracy(net, *test, cast, MIRRORED), "shifted": accuracy(net, *test, cast, SHIFTED)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", required=True, help="the folder of CIFAR-10's binary files")
    parser.add_argument("--epochs", type=float, default=9.9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bfloat16", action="store_true", help="under autocast to bfloat16")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
