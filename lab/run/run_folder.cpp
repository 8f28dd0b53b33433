#include "lab/run/run_folder.h"

#include "framework/support/files.h"
#include "lab/run/json_lines.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

// A field of EpochMetrics under its name in the file: whole numbers and others.
struct WholeField {
    const char* name;
    Index EpochMetrics::*field;
};
constexpr WholeField kWholeFields[] = {{"epoch", &EpochMetrics::epoch}, {"step", &EpochMetrics::step}};

struct Field {
    const char* name;
    double EpochMetrics::*field;
};
constexpr Field kFields[] = {
    {"lr", &EpochMetrics::lr},
    {"train_loss", &EpochMetrics::train_loss},
    {"train_accuracy", &EpochMetrics::train_accuracy},
    {"test_loss", &EpochMetrics::test_loss},
    {"test_accuracy", &EpochMetrics::test_accuracy},
    {"seconds", &EpochMetrics::seconds},
    {"images_per_s", &EpochMetrics::images_per_s},
};

EpochMetrics parse_epoch(JsonReader& options) {
    EpochMetrics metrics;
    for (const auto& [name, field] : kWholeFields) metrics.*field = options.get<Index>(name);
    for (const auto& [name, field] : kFields) metrics.*field = options.get<double>(name);
    return metrics;
}

}  // namespace

Json to_json(const EpochMetrics& metrics) {
    Json json;
    for (const auto& [name, field] : kWholeFields) json[name] = metrics.*field;
    for (const auto& [name, field] : kFields) json[name] = metrics.*field;
    return json;
}

std::string metrics_text(const std::vector<EpochMetrics>& metrics) {
    std::string text;
    for (const EpochMetrics& each : metrics) text += to_json(each).dump() + "\n";
    return text;
}

std::vector<EpochMetrics> parse_metrics(const std::string& text, const std::string& where) {
    return parse_lines("metrics", text, where, parse_epoch);
}

std::vector<EpochMetrics> read_metrics(const fs::path& run) {
    const fs::path path = RunFolder{run}.metrics();
    return fs::exists(path) ? parse_metrics(read_file(path), path.string()) : std::vector<EpochMetrics>{};
}

bool RunFolder::create() const {
    std::error_code problem;
    const bool made = fs::create_directories(path, problem);
    if (!problem && !fs::is_directory(path)) problem = std::make_error_code(std::errc::not_a_directory);
    require(!problem, "run", "cannot create the folder ", path.string(), ": ", problem.message());
    return made;
}

fs::path model_file_of(const fs::path& path) {
    return fs::is_directory(path) ? RunFolder{path}.model() : path;
}

void RunFolder::clear() const {
    for (const fs::path& file : {checkpoint(), previous_checkpoint(), damaged_checkpoint(), config(), metrics(),
                                 watch(), model(), best(), report(), diverged()}) {
        fs::path unfinished = file;
        unfinished += ".unfinished";
        for (const fs::path& each : {file, unfinished}) {
            std::error_code problem;
            fs::remove(each, problem);
            require(!problem, "run", "cannot remove ", each.string(), ": ", problem.message());
        }
    }
}

}  // namespace normlab
