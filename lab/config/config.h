// A run as its config describes it. Every key has a default: {} trains. docs/config.md lists them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/augment.h"
#include "datasets/datasets.h"
#include "framework/support/fields.h"
#include "lab/config/name_patterns.h"
#include "layers/norm_options.h"
#include "optim/optim_config.h"

namespace normlab {

struct DataConfig {
    DataSource source;  // name, dir ("data/NAME"), limits, corrupt, and for `folder` image_size and channels
    Index batch_size = 64;
    bool shuffle = true;
    bool drop_last = true;
    std::vector<Augmentation> augment;
    double mixup = 0;        // α: images are mixed in pairs, and their labels in the loss
    bool test_flip = false;  // what a model says of an image is the mean of that and of its mirror image
    Json normalize = "auto";
};

struct InitConfig {
    std::optional<std::filesystem::path> weights;  // a safetensors file that the weights start from
    NamePatterns partial;                          // what may differ from it
    bool reset_running_stats = false;
    NamePatterns whiten;  // convolutions that are computed from the training images
};

struct TrainConfig {
    Index epochs = 10;
    std::optional<Index> steps;       // the length of the run instead of `epochs`
    std::optional<Index> test_every;  // steps; otherwise after every epoch
    std::optional<Index> threads;
    double label_smoothing = 0;
    Json class_weights;  // null, "balanced", or a number for each class
    std::optional<double> ema_decay;
    std::optional<double> clip_grad_norm;
    Index accumulate = 1;                    // batches that one step learns from
    bool accumulate_exact = false;           // as if they were one batch
    std::optional<Index> replicas;           // of the model, each with its part of every batch; empty: one a rank
    std::optional<Index> blocks;             // of images, that sums over a batch are cut into; empty: see lab/run/
    std::optional<Index> freeze_norm_after;  // epochs
    std::optional<Index> checkpoint_every;   // steps; a checkpoint is also written with every test
    std::optional<Index> early_stop;         // tests without a better result, after which the run ends
    std::optional<Index> log_every;          // steps between lines of steps.csv
};

struct WatchConfig {
    Index every = 50;  // steps; the first is always looked at
};

struct Config {
    std::string name = "digits-lenet";
    std::uint64_t seed = 1;
    DataConfig data;
    Json model = {
        {"arch", "lenet"}, {"norm", to_json(Norm{})}, {"init", "standard"}, {"weight_standardization", false}};
    InitConfig init;
    NamePatterns freeze;  // what does not learn
    OptimConfig optim;
    ScheduleConfig schedule;
    TrainConfig train;
    std::optional<WatchConfig> watch;
};

// The images that a model gets at once: a batch, or, as one, all the batches that a step learns from.
inline Index images_at_once(const Config& c) {
    return c.data.batch_size * (c.train.accumulate_exact ? c.train.accumulate : 1);
}

void fields(Fields& f, DataConfig& c);
void fields(Fields& f, InitConfig& c);
void fields(Fields& f, TrainConfig& c);
void fields(Fields& f, WatchConfig& c);
void fields(Fields& f, Config& c);

// Checks everything that can be checked without the data. A mistake is a ConfigError with its path.
Config parse_config(const Json& json);
// In full: every key with the value in use. Of the optimizer's and the schedule's keys only those that their type uses.
Json to_json(const Config& config);
// The config of a run in full, as this version writes it: one that an earlier version wrote gets the defaults of keys
// that have come since. What is no config stays as it is.
Json completed(const Json& config);
Json config_schema();

// A config file and what --set changes in it ("optim.lr=0.2"; the value is JSON, or else a text). Errors name the file
// and the line.
Json read_config_file(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
Config load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
Config default_config(const std::vector<std::string>& overrides);        // where no file is named
std::string override_config(Json& json, const std::string& assignment);  // returns the key

// "model.layers[2].out"; creates missing sections.
void set_key(Json& json, const std::string& key, Json value);
bool is_at_or_below(const std::string& path, const std::string& key);  // "model.norm.eps" is below "model.norm"

// A name that is valid for a folder and cannot lead out of the one it is created in.
FieldValue folder_name_field(std::string& name);

}  // namespace normlab
