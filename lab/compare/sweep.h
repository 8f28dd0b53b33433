// A sweep: a base config, and what differs from run to run.
//   {"base": "digits.json", "set": {"train.epochs": 3},
//    "axes": {"model.norm": ["batch", "group", "none"], "seed": [1, 2, 3]}}
// is 3 x 3 runs: every value of an axis with every value of the others. A value that is an object with "set" sets
// several keys at once, and "label" names it. "list" is one more axis, of such objects or of plain {KEY: VALUE, …}.
// Keys are those of a run's config, with dots. lab/compare/tune.h tells of "tune".
#pragma once

#include "lab/compare/sweep_axis.h"
#include "lab/compare/tune.h"

namespace normlab {

struct PlannedRun {
    std::vector<std::size_t> at;  // which value of each axis
    std::string name;             // "norm=group,seed=1": of its folder
    Config config;
    Json full;             // the config in full
    KeyValues tuned = {};  // of these, what was chosen for it: see lab/compare/tune.h
};

struct TuneConfig {
    Json axes, set = Json::object();
    Index seed = 0;
};
void fields(Fields& f, TuneConfig& tune);

struct Sweep {
    std::string name;
    std::vector<SweepAxis> axes;
    std::vector<double> targets;  // accuracies whose time is measured
    std::vector<PlannedRun> runs;
    Json json;  // the sweep's config with its base inside: needs no other file
    std::optional<TuneConfig> tune = {};
    // Of a sweep that tunes: the runs that count. They follow, and its own runs are given no test images.
    std::vector<PlannedRun> later = {};
    bool tunes() const { return !later.empty(); }
    std::string label(const PlannedRun& run, std::size_t axis) const { return axes[axis].values[run.at[axis]].label; }
};

// `overrides` apply to every run, as in "train.epochs=2". Mistakes are a ConfigError with file and line.
Sweep load_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
// From a config that is already read; a base that is a path is relative to the folder of `path`.
Sweep parse_sweep(const Json& json, const std::filesystem::path& path, const std::vector<std::string>& overrides = {});

Json sweep_schema();

// The sweep that tunes this one.
Sweep tuning_sweep(const Sweep& sweep);
void check_tuning(const Sweep& sweep);  // a mistake in "tune" is a ConfigError with its place
// Which choice a run follows.
std::size_t cell_of(const Sweep& sweep, const PlannedRun& run);
// The runs of the sweep with what was chosen for them.
std::vector<PlannedRun> planned_as_tuned(const Sweep& sweep, const Tuning& tuning);

}  // namespace normlab
