#include "lab/run/metrics.h"

#include "framework/support/files.h"
#include "lab/run/json_lines.h"
#include "lab/run/run_folder.h"

namespace normlab {
namespace {

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

bool are_of_epochs(const std::vector<EpochMetrics>& metrics) {
    for (std::size_t i = 0; i < metrics.size(); ++i)
        if (metrics[i].epoch != static_cast<Index>(i + 1)) return false;
    return true;
}

std::string metrics_text(const std::vector<EpochMetrics>& metrics) {
    std::string text;
    for (const EpochMetrics& each : metrics) text += to_json(each).dump() + "\n";
    return text;
}

std::vector<EpochMetrics> parse_metrics(const std::string& text, const std::string& where) {
    return parse_lines("metrics", text, where, parse_epoch);
}

std::vector<EpochMetrics> read_metrics(const std::filesystem::path& run) {
    const std::filesystem::path path = RunFolder{run}.metrics();
    return std::filesystem::exists(path) ? parse_metrics(read_file(path), path.string()) : std::vector<EpochMetrics>{};
}

}  // namespace normlab
