// The keys of each section, each listed once: see framework/support/fields.h.
#include <limits>

#include "datasets/mixup.h"
#include "datasets/pixel_scale.h"
#include "framework/support/threads.h"
#include "lab/config/config.h"
#include "lab/config/model_path.h"
#include "layers/factory.h"

namespace normlab {
namespace {

constexpr Index kManyReplicas = 4096;

bool is_fit_for_a_folder(const std::string& name) {
    return !name.empty() && name.find('/') == std::string::npos && name[0] != '.';
}

FieldValue channels_field(Index& channels) {
    return {.read =
                [&](const Json& json, const std::string& path) {
                    channels = JsonReader::convert<Index>(json, path);
                    if (channels != 1 && channels != 3)
                        throw ConfigError(path, "must be 1 (grey) or 3 (colour), got " + std::to_string(channels));
                },
            .write = [&] { return Json(channels); },
            .schema = {{"enum", {1, 3}}}};
}

FieldValue weights_field(std::optional<std::filesystem::path>& weights) {
    return {.read =
                [&](const Json& json, const std::string& path) {
                    const auto given = JsonReader::convert<std::optional<std::string>>(json, path);
                    weights = given ? std::optional(model_file_of(*given)) : std::nullopt;
                },
            .write = [&] { return weights ? Json(weights->string()) : Json(); },
            .schema = {{"type", {"string", "null"}}}};
}

FieldValue watch_field(std::optional<WatchConfig>& watch) {
    return {.read =
                [&](const Json& json, const std::string& path) {
                    watch = json.is_null() ? std::nullopt : std::optional(read_fields<WatchConfig>(json, path));
                },
            .write = [&] { return watch ? written_fields(*watch) : Json(); },
            .schema = {{"anyOf", {{{"type", "null"}}, described_fields<WatchConfig>()}}}};
}

// Whether it has a number for each class is known when the images are.
FieldValue class_weights_field(Json& weights) {
    return {.read =
                [&](const Json& json, const std::string& path) {
                    if (json.is_string()) JsonReader::chosen<bool>(json.get<std::string>(), {{"balanced", true}}, path);
                    if (!json.is_null() && !json.is_string())
                        for (const double weight : JsonReader::convert<std::vector<double>>(json, path))
                            if (weight < 0) throw ConfigError(path, "must not be below 0, got " + Json(weight).dump());
                    weights = json;
                },
            .write = [&] { return weights; },
            .schema = {{"anyOf",
                        {{{"type", "null"}},
                         {{"const", "balanced"}},
                         {{"type", "array"}, {"items", {{"type", "number"}, {"minimum", 0}}}}}}}};
}

// Kept as written; it is checked when everything else is known.
FieldValue model_field(Json& model) {
    return {.read = [&](const Json& json, const std::string&) { model = json; },
            .write = [&] { return model; },
            .schema = model_schema()};
}

}  // namespace

FieldValue folder_name_field(std::string& name) {
    return {.read =
                [&name](const Json& json, const std::string& path) {
                    name = JsonReader::convert<std::string>(json, path);
                    if (!is_fit_for_a_folder(name))
                        throw ConfigError(path, "must be a valid folder name, got \"" + name + "\"");
                },
            .write = [&name] { return Json(name); },
            .schema = {{"type", "string"}, {"minLength", 1}, {"pattern", "^[^./][^/]*$"}}};
}

void fields(Fields& f, DataConfig& c) {
    DataSource& source = c.source;
    f.word("name", source.name, data_set_names(), "The data set; digits and shapes need no files");
    std::string dir = source.dir.empty() ? "data/" + source.name : source.dir.string();
    f.text("dir", dir, "Where its files are; by default data/ and its name");
    source.dir = dir;
    f.whole("batch_size", c.batch_size, {1, kMany}, "Images in a batch");
    f.flag("shuffle", c.shuffle, "Every epoch shows the images in a new order");
    f.flag("drop_last", c.drop_last, "Images that do not fill a batch are left out of the epoch");
    f.value("corrupt", corruptions_field(source.corrupt),
            "What is done to all images, for training and for testing, in this order");
    f.value("augment", augmentations_field(c.augment), "What may be done to a training image, in this order");
    f.number("mixup", c.mixup, {.least = 0, .most = kMostMixup},
             "Images are mixed in pairs, and their labels in the loss: the share of the first is drawn for each batch "
             "from Beta(mixup, mixup). 0: none are mixed");
    f.flag("test_flip", c.test_flip,
           "In tests and predictions the outputs for an image and its mirror image are averaged");
    f.value("normalize", scale_field(c.normalize),
            "(pixel / 255 - mean) / std by channel: \"auto\" takes both from the training images, null leaves 0 to 1");
    f.number("validation", source.validation, kBelowOne,
             "The share of the training images that is kept out of training: the best epoch is chosen by them, and the "
             "test set is looked at once, after the last step. 0: none, the test set is looked at in every test");
    f.whole("train_limit", source.train_limit, {1, kManyImages}, "Learn from at most this many images; null: from all");
    f.check(!c.drop_last || !source.train_limit || *source.train_limit >= c.batch_size, "train_limit",
            "must be at least batch_size, or drop_last false: fewer images do not fill a batch");
    f.whole("test_limit", source.test_limit, {1, kManyImages}, "Measure on at most this many images; null: on all");
    f.only_for("name", {"folder"}, source.name, [&](Fields& own) {
        Index channels = source.folder_image[0];
        Pair size(source.folder_image[1], source.folder_image[2]);
        own.pair("image_size", size, {1, kManyPixels},
                 "folder: the size that images are scaled to; [height, width] or one number for both");
        own.choice("resize", source.fit, {{"crop", Fit::crop}, {"stretch", Fit::stretch}},
                   "folder: crop takes the middle of images of other proportions, stretch the whole, distorted");
        own.value("channels", channels_field(channels), "folder: 1 for grey, 3 for colour");
        source.folder_image = {channels, size.h, size.w};
    });
}

void fields(Fields& f, InitConfig& c) {
    f.value("weights", weights_field(c.weights),
            "A safetensors file with PyTorch's names, or the folder of a run; null: they are drawn");
    f.texts("partial", c.partial,
            "Names of layers or tensors that may differ from the file and are then drawn; * matches any letters");
    f.check(c.weights || c.partial.empty(), "partial", "needs weights: there is nothing to differ from");
    f.flag("reset_running_stats", c.reset_running_stats, "Running statistics are not taken from the file");
    f.check(c.weights || !c.reset_running_stats, "reset_running_stats", "needs weights: nothing came with the model");
    f.texts("whiten", c.whiten,
            "Names of convolutions that see the images: their kernels become those that whiten the training images' "
            "patches");
}

void fields(Fields& f, TrainConfig& c) {
    std::optional<Index> epochs = c.steps ? std::nullopt : std::optional(c.epochs);
    f.whole("epochs", epochs, {1, kMany}, "How often every image is seen; plays no part if steps are given");
    f.whole("steps", c.steps, {1, kManyImages}, "How many steps are taken; null: as many as the epochs have");
    f.check(epochs || c.steps, "epochs", "must be a whole number, or steps given");
    c.epochs = epochs.value_or(c.epochs);
    f.whole("test_every", c.test_every, {1, kManyImages},
            "Steps between tests, each a line of metrics.jsonl, the last step always; null: after each epoch");
    f.whole("threads", c.threads, {1, kMostThreads},
            "Threads that compute; null: one for each processor. The numbers do not depend on it");
    f.number("label_smoothing", c.label_smoothing, kBelowOne,
             "The share of the target that is spread over all classes");
    f.value(
        "class_weights", class_weights_field(c.class_weights),
        "How much an image of each class counts in the loss: a list, of which only the proportions matter; balanced: "
        "all classes count alike, however many images they have; null: all images do");
    f.number(
        "ema_decay", c.ema_decay, {.above = 0, .below = 1},
        "What is tested and saved is an exponential moving average of the weights, which keeps this share of itself "
        "in each step; null: the weights of the last step");
    f.number("clip_grad_norm", c.clip_grad_norm, kPositive,
             "The longest gradient allowed; longer ones are shortened. null: any");
    f.whole("accumulate", c.accumulate, {1, kMany}, "Batches that one step learns from");
    f.flag("accumulate_exact", c.accumulate_exact,
           "They count as one large batch, also for the statistics of norms; this needs the memory of one");
    f.whole("replicas", c.replicas, {1, kManyReplicas},
            "Parts of a batch, each of which has statistics of its own for the norm batch, as if that many processes "
            "trained; null: as many as there are");
    f.whole("blocks", c.blocks, {1, kManyReplicas},
            "Blocks of images that sums over a batch are cut into; as long as it stays, the number of processes does "
            "not change a bit. null: one for each replica, or 8 if there are several that divide 8, and 8 divides "
            "batch_size");
    f.check(!c.blocks || *c.blocks % c.replicas.value_or(1) == 0, "blocks", "must be a multiple of replicas");
    f.whole("freeze_norm_after", c.freeze_norm_after, {0, kMany},
            "Epochs after which norms neither learn nor update running statistics; null: never");
    f.whole("checkpoint_every", c.checkpoint_every, {1, kManyImages},
            "Steps between checkpoints, for long epochs; null: only one with each test");
    f.whole("early_stop", c.early_stop, {1, kMany},
            "The run ends after so many tests without a better result on the validation images; null: never early");
    f.whole("log_every", c.log_every, {1, kManyImages},
            "Steps between lines of steps.csv, each the loss of one step; null: no such file");
}

void fields(Fields& f, WatchConfig& c) {
    f.whole("every", c.every, {1, kManyImages}, "Steps between looks");
}

void fields(Fields& f, Config& c) {
    f.value("name", folder_name_field(c.name),
            "The name of the run and of its folder in runs/; by default the data set's and the model's");
    Index seed = static_cast<Index>(c.seed);
    f.whole("seed", seed, {0, std::numeric_limits<Index>::max()},
            "What the initial weights, the order of the images, augmentation and dropout are drawn from");
    c.seed = static_cast<std::uint64_t>(seed);
    const auto section = [&](const char* key, const char* about, auto& of) {
        f.section(key, about, [&](Fields& inner) { fields(inner, of); });
    };
    section("data", "What is learned from", c.data);
    f.value("model", model_field(c.model), "What learns: an \"arch\" or \"layers\"");
    section("init", "What the weights start from", c.init);
    f.texts("freeze", c.freeze,
            "Names of layers or parameters that neither learn nor update running statistics: a layer's name picks all "
            "below it, * matches any letters: layer1, layer*.conv2, *.bias");
    section("optim", "How the weights are changed", c.optim);
    section("schedule", "How the learning rate changes, step by step", c.schedule);
    section("train", "How long and how", c.train);
    f.value("watch", watch_field(c.watch),
            "Looks inside the net at regular steps, into watch.jsonl and the report; null: never");
    if (!f.writes())
        f.value("$schema",
                {.read = [](const Json&, const std::string&) {}, .write = {}, .schema = {{"type", "string"}}},
                "Where this schema is, for editors");
}

Json to_json(const Config& config) {
    return written_fields(config);
}

Json config_schema() {
    Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "A training run of Normlab"},
                   {"description", "Every key has a default: {} trains. docs/config.md says more."}};
    schema.update(described_fields<Config>());
    schema["$defs"] = model_definitions();
    return schema;
}

}  // namespace normlab
