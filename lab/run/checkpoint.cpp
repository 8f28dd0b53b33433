#include "lab/run/checkpoint.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "1";
constexpr const char* kOldChecksum = "metadata.checksum";

// FNV-1a over the metadata, in checkpoints older than the checksum of safetensors files that covers it.
std::int64_t old_checksum(const std::map<std::string, std::string>& metadata) {
    std::uint64_t hash = 14695981039346656037ull;
    for (const auto& [key, text] : metadata)
        for (const char letter : key + '\0' + text + '\0')
            hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ull;
    return static_cast<std::int64_t>(hash);
}

StateDict state_dict_of(Module& module, Optimizer& optimizer, Module* average) {
    StateDict all;
    const auto append = [&all](const std::string& prefix, const StateDict& some) {
        for (const auto& [name, tensor] : some.tensors) all.tensors.push_back({join_names(prefix, name), tensor});
        for (const auto& [name, counter] : some.counters) all.counters.push_back({join_names(prefix, name), counter});
    };
    append("model", state_dict(module));
    append("optimizer", state_dict(optimizer));
    if (average != nullptr) append("average", state_dict(*average));
    return all;
}

// Json writes a double with enough digits to restore its bits.
Json to_json(const Position& p) {
    return {{"step", p.step},   {"epoch", p.epoch},       {"batch", p.batch},     {"seen", p.seen},
            {"right", p.right}, {"loss_sum", p.loss_sum}, {"seconds", p.seconds}, {"epoch_seconds", p.epoch_seconds}};
}

Position parse_position(const Json& json) {
    JsonReader o(json, "position");
    return {.step = o.get<Index>("step"),
            .epoch = o.get<Index>("epoch"),
            .batch = o.get<Index>("batch"),
            .seen = o.get<Index>("seen"),
            .right = o.get<Index>("right"),
            .loss_sum = o.get<double>("loss_sum"),
            .seconds = o.get<double>("seconds"),
            .epoch_seconds = o.get<double>("epoch_seconds")};
}

Checkpoint read_one(const fs::path& path) {
    Checkpoint checkpoint{.state = read_safetensors(path), .file = path};
    const auto& metadata = checkpoint.state.metadata;
    for (const char* key : {"normlab", "config", "train_images", "position", "metrics"})
        require(metadata.contains(key), "checkpoint", path.string(), " is not a checkpoint: its metadata has no \"",
                key, "\"");
    require(metadata.at("normlab") == kVersion, "checkpoint", path.string(), " has format ", metadata.at("normlab"),
            "; this version of normlab reads format ", kVersion);
    const auto old_sum = std::ranges::find(checkpoint.state.counters, kOldChecksum, &NamedCounter::name);
    if (old_sum != checkpoint.state.counters.end()) {
        require(old_sum->value == old_checksum(metadata), "checkpoint", path.string(),
                " is damaged: the checksum of its metadata is wrong");
        checkpoint.state.counters.erase(old_sum);
    }
    try {
        checkpoint.config = parse_json(metadata.at("config"));
        JsonReader(checkpoint.config, "config");
        checkpoint.train_images = JsonReader::convert<Index>(parse_json(metadata.at("train_images")), "train_images");
        checkpoint.position = parse_position(parse_json(metadata.at("position")));
    } catch (const ConfigError& error) {
        fail("checkpoint", path.string(), " cannot be used: ", error.what());
    }
    checkpoint.position.metrics = parse_metrics(metadata.at("metrics"), path.string());
    return checkpoint;
}

// The checkpoint gets a second name, which it keeps when the next one takes the first. On file systems without hard
// links it has only the second name between the two.
void keep_as_previous(const RunFolder& folder) {
    if (!fs::exists(folder.checkpoint())) return;
    std::error_code problem;
    fs::remove(folder.previous_checkpoint(), problem);
    fs::create_hard_link(folder.checkpoint(), folder.previous_checkpoint(), problem);
    if (problem) fs::rename(folder.checkpoint(), folder.previous_checkpoint(), problem);
    require(!problem, "checkpoint", "cannot create ", folder.previous_checkpoint().string(), ": ", problem.message());
}

}  // namespace

void write_checkpoint(const RunFolder& folder, const Json& config, Index train_images, const Position& position,
                      Module& module, Optimizer& optimizer, Module* average) {
    State state = state_of(state_dict_of(module, optimizer, average));
    state.metadata = {{"normlab", kVersion},
                      {"config", config.dump()},
                      {"train_images", std::to_string(train_images)},
                      {"position", to_json(position).dump()},
                      {"metrics", metrics_text(position.metrics)}};
    keep_as_previous(folder);
    write_safetensors(folder.checkpoint(), state);
}

std::optional<Checkpoint> read_checkpoint(const RunFolder& folder, Observer& observer) {
    std::string problems;
    for (const fs::path& path : {folder.checkpoint(), folder.previous_checkpoint()}) {
        if (!fs::exists(path)) continue;
        try {
            Checkpoint checkpoint = read_one(path);
            if (!problems.empty()) observer.message(problems + "; the one before it is used");
            return checkpoint;
        } catch (const Error& error) {
            problems += (problems.empty() ? "" : "; ") + std::string(error.what());
        }
    }
    require(problems.empty(), "run", "no checkpoint in ", folder.path.string(), " can be used: ", problems);
    return std::nullopt;
}

void adopt(const RunFolder& folder, const Checkpoint& checkpoint) {
    if (checkpoint.file == folder.checkpoint()) return;
    std::error_code ignored;  // there may be none
    fs::rename(folder.checkpoint(), folder.damaged_checkpoint(), ignored);
    std::error_code problem;
    fs::rename(checkpoint.file, folder.checkpoint(), problem);
    require(!problem, "checkpoint", "cannot rename ", checkpoint.file.string(), ": ", problem.message());
}

void restore(const Checkpoint& checkpoint, Module& module, Optimizer& optimizer, Module* average) {
    load_state(state_dict_of(module, optimizer, average), checkpoint.state);
}

}  // namespace normlab
