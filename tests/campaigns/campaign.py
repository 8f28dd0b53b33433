"""What the campaigns have in common: small works of the program, and what must come of each."""
import argparse
import http.server
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = [{"type": "conv2d", "out": 4, "padding": 1}, {"type": "norm"}, {"type": "relu"},
          {"type": "dropout", "p": 0.2}, {"type": "flatten"}, {"type": "linear"}]


def write_images(folder):
    """70 images of 8x8: noise, and a bright quarter that tells the class."""
    draw = random.Random(5)
    for image in range(70):
        label = image % 4
        place = folder / ("train" if image < 50 else "test") / "abcd"[label]
        place.mkdir(parents=True, exist_ok=True)
        pixels = bytes(60 * (i // 32 * 2 + i % 8 // 4 == label) + draw.randrange(150) for i in range(64))
        (place / f"{image}.pgm").write_bytes(b"P5\n8 8\n255\n" + pixels)


def config(data, epochs, **train):
    return {"name": "tiny",
            "data": {"name": "folder", "dir": str(data), "image_size": 8, "channels": 1, "batch_size": 8,
                     "drop_last": False, "augment": ["random_crop"]},
            "model": {"layers": LAYERS}, "optim": {"lr": 0.02}, "watch": {"every": 5},
            "train": {"epochs": epochs, "threads": 1, **train}}


def tensors(file):
    """The numbers of a safetensors file and what they are, without its metadata, in which there are times."""
    contents = file.read_bytes()
    length = struct.unpack("<Q", contents[:8])[0]
    header = json.loads(contents[8:8 + length])
    header.pop("__metadata__", None)
    return json.dumps(header, sort_keys=True).encode() + contents[8 + length:]


def without_times(file):
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return json.dumps([{k: v for k, v in line.items() if k not in ("seconds", "images_per_s")} for line in lines])


BEFORE = b"what was there before"
READ = {"metrics.jsonl": without_times, "checkpoint.safetensors": tensors}


def run_files(run):
    """Of a run what must be the same whatever happened to it; its page need only be whole."""
    assert (run / "report.html").read_text().rstrip().endswith("</html>"), f"{run}/report.html is not whole"
    names = ["config.json", "metrics.jsonl", "watch.jsonl", "model.safetensors", "best.safetensors",
             "checkpoint.safetensors"]
    return {f"{run.name}/{name}": READ.get(name, Path.read_bytes)(run / name) for name in names}


class Work:
    """A command in a folder of its own. `command` may be given again and again, until it has done its work."""
    is_one_file = False

    def __init__(self, campaign):
        self.campaign = campaign
        self.command = [str(campaign.program), *self.words()]

    def prepare(self, folder):
        pass


class Train(Work):
    def words(self):
        return ["train", str(self.campaign.place / "tiny.json"), "--out", "run", "--resume", "--quiet"]

    def result(self, folder):
        return run_files(folder / "run")


class Compare(Work):
    def words(self):
        return ["compare", str(self.campaign.place / "sweep.json"), "--out", "all", "--quiet"]

    def result(self, folder):
        files = {}
        for run in sorted((folder / "all").glob("*=*")):
            files |= run_files(run) | {f"{run.name}/outcome.json": (run / "outcome.json").read_bytes()}
        assert (folder / "all" / "report.html").read_text().rstrip().endswith("</html>"), "the page is not whole"
        return files | {"comparison.json": (folder / "all" / "comparison.json").read_bytes()}


class Replace(Work):
    """Writes one file, which at every moment is what it was or what it is to be."""
    is_one_file = True

    def prepare(self, folder):
        (folder / "out").write_bytes(BEFORE)

    def result(self, folder):
        return {"out": (folder / "out").read_bytes()}


class Bn(Replace):
    def words(self):
        return ["bn", str(self.campaign.place / "model.safetensors"), "--recalibrate", "--out", "out", "--overwrite"]


class Export(Replace):
    def words(self):
        return ["export", str(self.campaign.place / "model.safetensors"), "--onnx", "out"]


class Data(Work):
    """The verb data downloads published sets only; fetch.cpp does the same with any."""
    def words(self):
        server = self.campaign.server
        return [server.address, "set", *(word for name, file in server.files.items()
                                         for word in (name, sha256(file).hexdigest()))]

    def __init__(self, campaign):
        super().__init__(campaign)
        self.command[0] = str(campaign.build / "bin" / "normlab_fetch")

    def result(self, folder):
        return {path.name: path.read_bytes() for path in (folder / "set").iterdir()}


WORKS = {"train": Train, "compare": Compare, "bn": Bn, "export": Export, "data": Data}


class SlowServer:
    """Files on the loopback, a few kilobytes at a time, from where they are asked for."""
    def __init__(self):
        files = self.files = {name: random.Random(name).randbytes(size) for name, size in [("a", 90000), ("b", 60000)]}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                file = files[self.path[1:]]
                start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
                self.send_response(416 if start >= len(file) else 206 if start else 200)
                self.send_header("Content-Length", str(max(0, len(file) - start)))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(file) - 1}/{len(file)}")
                self.end_headers()
                try:
                    for at in range(start, len(file), 4096):
                        self.wfile.write(file[at:at + 4096])
                        time.sleep(0.002)
                except OSError:  # whoever asked is gone
                    pass

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{server.server_port}/"


class Campaign:
    def __init__(self, about):
        parser = argparse.ArgumentParser(description=about)
        parser.add_argument("count", type=int, help="how often, for each kind of work")
        parser.add_argument("--only", choices=list(WORKS), help="this kind of work alone")
        parser.add_argument("--seed", type=int, default=time.time_ns(), help="of the random choices")
        parser.add_argument("--build", type=Path, default=ROOT / "build", help="where normlab and its tests are built")
        given = parser.parse_args()
        self.count, self.build = given.count, given.build.resolve()
        self.program = self.build / "bin" / "normlab"
        random.seed(given.seed)
        memory = Path("/dev/shm")
        self.place = Path(tempfile.mkdtemp(prefix="normlab-", dir=memory if os.access(memory, os.W_OK) else None))
        os.environ["no_proxy"] = "127.0.0.1"
        try:
            self.set_up()
            for name, kind in WORKS.items():
                if given.only in (None, name):
                    self.try_out(name, kind(self))
        except AssertionError as error:
            sys.exit(f"FAILED: {error}\nwhat is left of it lies in {self.place}")
        shutil.rmtree(self.place)

    def set_up(self):
        """What the works work on."""
        self.server = SlowServer()
        write_images(self.place / "images")
        tiny = config(self.place / "images", 8, checkpoint_every=1)
        (self.place / "tiny.json").write_text(json.dumps(tiny))
        sweep = {"base": config(self.place / "images", 2), "axes": {"model.norm": ["batch", "none"], "seed": [1, 2]}}
        (self.place / "sweep.json").write_text(json.dumps(sweep))
        trained = self.fresh_folder()
        self.run(Train(self), trained)
        shutil.copy(trained / "run" / "model.safetensors", self.place)

    def fresh_folder(self, work=None):
        folder = Path(tempfile.mkdtemp(dir=self.place))
        if work:
            work.prepare(folder)
        return folder

    def start(self, work, folder, **environment):
        return subprocess.Popen(work.command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env=os.environ | environment, text=True)

    def run(self, work, folder, **environment):
        """To its end, undisturbed: it must succeed."""
        process = self.start(work, folder, **environment)
        said = process.communicate()[1]
        assert process.returncode == 0, f"{work.command} in {folder} ended with {process.returncode}: {said}"

    def check_result(self, work, folder, expected):
        found = work.result(folder)
        assert found.keys() == expected.keys(), f"{folder}: {sorted(found)}, expected {sorted(expected)}"
        for name, contents in expected.items():
            assert found[name] == contents, f"{folder}: {name} is not what an undisturbed {work.command} makes"
        left = [str(path) for path in folder.rglob("*") if path.name.endswith((".unfinished", ".part"))]
        assert not left, f"left behind: {left}"

    def check_moment(self, work, folder, expected):
        """Of a file that is replaced, nobody ever sees a part."""
        if work.is_one_file:
            assert work.result(folder) in (expected, {"out": BEFORE}), f"{folder}: a part of a file"
