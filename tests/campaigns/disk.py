#!/usr/bin/env python3
"""Lets the disk be full, become read-only or fail at any of the calls that change it (by failing_disk.cpp, preloaded).
The work must end in order, saying why, or do without what failed; then the same command must bring it to its end with
what an undisturbed one leaves, byte for byte."""
import errno
import random
import shutil

from campaign import Campaign

DISKS = {"full": (errno.ENOSPC, "forever"), "read-only": (errno.EROFS, "forever"), "failing once": (errno.EIO, "once")}


class Disk(Campaign):
    def try_out(self, name, work):
        folder = self.fresh_folder(work)
        self.run(work, folder)
        expected = work.result(folder)
        for disk, (error, how_long) in DISKS.items():
            folder = self.fresh_folder(work)
            self.run(work, folder, **self.environment(error, how_long, 0))
            calls = int((self.place / "calls").read_text())
            chosen = sorted(random.sample(range(1, calls + 1), min(self.count, calls)))
            ended = sum(self.fails(work, expected, self.environment(error, how_long, call)) for call in chosen)
            print(f"{name:8} a disk that is {disk:12}: {len(chosen):4} of {calls:4} calls, {ended:4} ended the work; "
                  "each work was brought to its end", flush=True)

    def environment(self, error, how_long, call):
        return {"LD_PRELOAD": str(next(self.build.glob("**/libnormlab_failing_disk.so"))),
                "FAILING_DISK_CALL": str(call), "FAILING_DISK_ERROR": str(error), "FAILING_DISK_HOW_LONG": how_long,
                "FAILING_DISK_COUNT": str(self.place / "calls")}

    def fails(self, work, expected, environment):
        folder = self.fresh_folder(work)
        process = self.start(work, folder, **environment)
        said = process.communicate()[1]
        case = f"{work.command} in {folder} with {environment}: {process.returncode}: {said}"
        assert process.returncode in (0, 1), case
        assert process.returncode == 0 or said.startswith("normlab: "), case
        assert "should not have happened" not in said, case
        self.check_moment(work, folder, expected)
        self.run(work, folder)
        self.check_result(work, folder, expected)
        shutil.rmtree(folder)
        return process.returncode


Disk(__doc__)
