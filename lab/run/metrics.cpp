#include "lab/run/metrics.h"

#include <algorithm>

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
};
constexpr Field kLastFields[] = {{"seconds", &EpochMetrics::seconds}, {"images_per_s", &EpochMetrics::images_per_s}};

// Each is two numbers in the file: "val_loss" and "val_accuracy".
struct ScoreField {
    const char* name;
    std::optional<Score> EpochMetrics::*field;
};
constexpr ScoreField kScores[] = {
    {"val", &EpochMetrics::validation}, {"test", &EpochMetrics::test}, {"best_test", &EpochMetrics::best_test}};

std::string loss_of(const char* name) {
    return std::string(name) + "_loss";
}
std::string accuracy_of(const char* name) {
    return std::string(name) + "_accuracy";
}

EpochMetrics parse_epoch(JsonReader& options) {
    EpochMetrics metrics;
    for (const auto& [name, field] : kWholeFields) metrics.*field = options.get<Index>(name);
    for (const auto& [name, field] : kFields) metrics.*field = options.get<double>(name);
    for (const auto& [name, field] : kScores)
        if (options.find(loss_of(name)) != nullptr)
            metrics.*field = {options.get<double>(loss_of(name)), options.get<double>(accuracy_of(name))};
    if (!metrics.validation) options.require_key(loss_of("test"));
    for (const auto& [name, field] : kLastFields) metrics.*field = options.get<double>(name);
    return metrics;
}

}  // namespace

Json to_json(const EpochMetrics& metrics) {
    Json json;
    for (const auto& [name, field] : kWholeFields) json[name] = metrics.*field;
    for (const auto& [name, field] : kFields) json[name] = metrics.*field;
    for (const auto& [name, field] : kScores)
        if (metrics.*field) {
            json[loss_of(name)] = (metrics.*field)->loss;
            json[accuracy_of(name)] = (metrics.*field)->accuracy;
        }
    for (const auto& [name, field] : kLastFields) json[name] = metrics.*field;
    return json;
}

const EpochMetrics* best_of(const std::vector<EpochMetrics>& metrics) {
    const auto rank = [](const EpochMetrics& each) { return std::pair(each.judged().accuracy, -each.judged().loss); };
    return metrics.empty() ? nullptr : &*std::ranges::max_element(metrics, {}, rank);
}

bool are_stale(const std::vector<EpochMetrics>& metrics, const std::optional<Index>& tests) {
    return tests && !metrics.empty() && &metrics.back() - best_of(metrics) >= *tests;
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

std::string metrics_csv(const std::vector<EpochMetrics>& metrics) {
    if (metrics.empty()) return "";
    Json columns = to_json(metrics.back());
    for (const EpochMetrics& each : metrics)
        columns.update(to_json(each));  // only some have been tested on the test set
    std::string text;
    const auto add = [&](const std::string& cell) { text += (text.empty() || text.back() == '\n' ? "" : ",") + cell; };
    for (const auto& [name, number] : columns.items()) add(name);
    for (const EpochMetrics& each : metrics) {
        text += "\n";
        const Json line = to_json(each);
        for (const auto& [name, number] : columns.items()) add(line.contains(name) ? line[name].dump() : "");
    }
    return text + "\n";
}

std::vector<EpochMetrics> parse_metrics(const std::string& text, const std::string& where) {
    return parse_lines("metrics", text, where, parse_epoch);
}

std::vector<EpochMetrics> read_metrics(const std::filesystem::path& run) {
    const std::filesystem::path path = RunFolder{run}.metrics();
    return std::filesystem::exists(path) ? parse_metrics(read_file(path), path.string()) : std::vector<EpochMetrics>{};
}

}  // namespace normlab
