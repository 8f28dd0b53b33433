// Where the files of a run are.
#pragma once

#include <filesystem>

#include "lab/config/model_path.h"

namespace normlab {

struct RunFolder {
    std::filesystem::path path;

    std::filesystem::path config() const { return path / "config.json"; }
    std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
    std::filesystem::path metrics_table() const { return path / "metrics.csv"; }
    std::filesystem::path steps() const { return path / "steps.csv"; }
    std::filesystem::path model() const { return path / kModelFile; }
    std::filesystem::path best() const { return path / "best.safetensors"; }
    std::filesystem::path watch() const { return path / "watch.jsonl"; }
    std::filesystem::path report() const { return path / "report.html"; }
    std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
    std::filesystem::path previous_checkpoint() const { return path / "checkpoint.previous.safetensors"; }
    std::filesystem::path damaged_checkpoint() const { return path / "checkpoint.damaged.safetensors"; }
    std::filesystem::path diverged() const { return path / "diverged.txt"; }       // the error, if the run diverged
    std::filesystem::path comparison() const { return path / "comparison.json"; }  // of a comparison, not a run
    std::filesystem::path lock() const { return path / ".lock"; }

    bool create() const;     // true if it was not there before
    bool holds_run() const;  // weights that a run has left
    // Removes the files of an earlier run, half-written ones included; other files stay.
    void clear() const;
};

}  // namespace normlab
