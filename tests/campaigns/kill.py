#!/usr/bin/env python3
"""Kills works of the program at random moments (SIGKILL), gives the same command again until one ends by itself, and
compares what it left, byte for byte, with what an undisturbed one leaves."""
import random
import shutil
import time

from campaign import Campaign


class Kill(Campaign):
    def try_out(self, name, work):
        folder = self.fresh_folder(work)
        start = time.monotonic()
        self.run(work, folder)
        duration = time.monotonic() - start
        expected = work.result(folder)
        kills = works = 0
        while kills < self.count:
            folder = self.fresh_folder(work)
            while self.killed(work, folder, random.uniform(0, duration)):
                kills += 1
                self.check_moment(work, folder, expected)
            self.run(work, folder)
            self.check_result(work, folder, expected)
            shutil.rmtree(folder)
            works += 1
        print(f"{name:8} {kills:5} kills of {works:4} works, each at last as if undisturbed ({1000 * duration:.0f} ms)",
              flush=True)

    def killed(self, work, folder, seconds):
        process = self.start(work, folder)
        time.sleep(seconds)
        was_running = process.poll() is None
        if was_running:
            process.kill()
            process.wait()
            process.stderr.close()  # a curl that it started may live on, and is not waited for
            return True
        said = process.communicate()[1]
        assert process.returncode == 0, f"{work.command} in {folder}: {process.returncode}: {said}"
        return False


Kill(__doc__)
