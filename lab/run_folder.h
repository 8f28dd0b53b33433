// The files of a run, and what of them there is.
#pragma once

#include <filesystem>

#include "lab/run.h"

namespace normlab {

struct RunFolder {
    std::filesystem::path path;

    std::filesystem::path config() const { return path / "config.json"; }
    std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
    std::filesystem::path model() const { return path / "model.safetensors"; }
    std::filesystem::path best() const { return path / "best.safetensors"; }
    std::filesystem::path watch() const { return path / "watch.jsonl"; }
    std::filesystem::path report() const { return path / "report.html"; }
    std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
    std::filesystem::path previous_checkpoint() const { return path / "checkpoint.previous.safetensors"; }
    std::filesystem::path damaged_checkpoint() const { return path / "checkpoint.damaged.safetensors"; }
    std::filesystem::path lock() const { return path / ".lock"; }

    void create() const;
    // Removes what an earlier run and a killed one's unfinished writing have left; other files stay.
    void clear() const;
};

// metrics.jsonl, line by line; `where` begins an error.
std::string metrics_text(const std::vector<EpochMetrics>& metrics);
std::vector<EpochMetrics> parse_metrics(const std::string& text, const std::string& where);

}  // namespace normlab
