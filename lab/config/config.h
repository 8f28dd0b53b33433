// A run as its config describes it. Every key has a default: {} trains. docs/config.md lists them.
//
// Keys that belong to another optimizer or schedule than the one in use may stand in it: so a type alone can be tried.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/augment.h"
#include "datasets/datasets.h"
#include "framework/support/json_reader.h"
#include "lab/config/name_patterns.h"
#include "layers/norm_options.h"
#include "optim/schedule.h"

namespace normlab {

struct DataConfig {
    DataSource source;  // name, dir ("data/NAME"), limits, corrupt, and for `folder` image_size and channels
    Index batch_size = 64;
    bool shuffle = true;
    bool drop_last = true;
    std::vector<Augmentation> augment;
    Json normalize = "auto";
};

struct InitConfig {
    std::optional<std::filesystem::path> weights;  // a safetensors file that the weights start from
    NamePatterns partial;                          // of what may differ from it
    bool reset_running_stats = false;
};

struct OptimConfig {
    std::string type = "sgd";  // sgd, adam, adamw
    double lr = 0.05;
    double weight_decay = 5e-4;
    bool decay_norm_and_bias = true;
    double momentum = 0.9, dampening = 0;  // sgd
    bool nesterov = false;
    double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;  // adam, adamw
    struct Group {
        NamePatterns params;
        double lr = 0;  // in place of the other; the schedule multiplies both by the same
    };
    std::vector<Group> groups;  // the first that picks a parameter counts
};

struct ScheduleConfig {
    std::string type = "cosine";  // constant, step, multi_step, cosine, one_cycle
    double warmup_epochs = 0;
    double step_epochs = 10;                                          // step: counted from the end of the warm-up
    std::vector<double> milestones;                                   // multi_step: epochs of the run
    double gamma = 0.1;                                               // step, multi_step
    double min_lr = 0;                                                // cosine
    double pct_start = 0.3, div_factor = 25, final_div_factor = 1e4;  // one_cycle

    // With times in steps.
    Schedule of(double lr, Index steps_per_epoch, Index epochs) const;
};

struct TrainConfig {
    Index epochs = 10;
    std::optional<Index> threads;
    double label_smoothing = 0;
    std::optional<double> clip_grad_norm;
    Index accumulate = 1;                    // batches that one step learns from
    std::optional<Index> freeze_norm_after;  // epochs
    std::optional<Index> checkpoint_every;   // steps; a checkpoint is written after every epoch in any case
};

struct WatchConfig {
    Index every = 50;  // steps; the first is looked at in any case
};

struct Config {
    std::string name = "digits-lenet";
    std::uint64_t seed = 1;
    DataConfig data;
    Json model = {{"arch", "lenet"}, {"norm", to_json(Norm{})}, {"weight_standardization", false}};
    InitConfig init;
    NamePatterns freeze;  // what stands still
    OptimConfig optim;
    ScheduleConfig schedule;
    TrainConfig train;
    std::optional<WatchConfig> watch;
};

// What is known of a data set before it is read.
Shape image_of(const DataSource& source);                         // (C,H,W)
std::optional<Index> known_classes(const std::string& data_set);  // none: a folder, whose classes are counted

// Checks everything that can be checked without the data. What is wrong is a ConfigError with its path.
Config parse_config(const Json& json);
// In full: every key with the value in use. Of the optimizer's and the schedule's keys those that their type uses.
Json to_json(const Config& config);

// A config file and what --set changes in it ("optim.lr=0.2"; the value is JSON, or else a text). Errors name the file
// and the line.
Json read_config_file(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
Config load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
std::string override_config(Json& json, const std::string& assignment);  // returns the key

// "model.layers[2].out"; makes the sections on the way.
void set_key(Json& json, const std::string& key, Json value);
bool is_at_or_below(const std::string& path, const std::string& key);  // "model.norm.eps" is below "model.norm"

// Whether a folder may have this name, so that it stays in the folder that it is made in.
bool is_fit_for_a_folder(const std::string& name);

}  // namespace normlab
