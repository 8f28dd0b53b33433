#!/usr/bin/env python3
"""Gives the same command twice at the same time. One may be refused because the other works there, with a word; what
is left is what one alone leaves, byte for byte. While a training writes its folder, others read it."""
import shutil
import subprocess

from campaign import Campaign, Train


class Writers(Campaign):
    def try_out(self, name, work):
        folder = self.fresh_folder(work)
        self.run(work, folder)
        expected = work.result(folder)
        refused = reports = 0
        for _ in range(self.count):
            folder = self.fresh_folder(work)
            both = [self.start(work, folder) for _ in range(2)]
            while isinstance(work, Train) and any(each.poll() is None for each in both):
                reports += subprocess.run([self.program, "report", "run"], cwd=folder, capture_output=True).returncode == 0
            for each in both:
                said = each.communicate()[1]
                assert each.returncode == 0 or "another process" in said, f"{work.command} in {folder}: {said}"
                refused += each.returncode != 0
            self.check_result(work, folder, expected)
            shutil.rmtree(folder)
        print(f"{name:8} {self.count:4} pairs, {refused:4} refused" +
              (f", {reports} reports made in between" if reports else ""), flush=True)


Writers(__doc__)
