#include "lab/compare/outcome.h"

#include "framework/support/files.h"
#include "lab/model/summary.h"
#include "lab/timing/bench.h"

namespace normlab {
namespace {

std::filesystem::path file_of(const std::filesystem::path& run) {
    return run / "outcome.json";
}

}  // namespace

std::string Outcome::where() const {
    return step > 0 ? "at step " + std::to_string(step) : "in tuning";
}

bool are_whole(const std::vector<EpochMetrics>& metrics, const Outcome& outcome) {
    const auto count = static_cast<Index>(metrics.size());
    for (std::size_t i = 1; i < metrics.size(); ++i)
        if (metrics[i].step <= metrics[i - 1].step) return false;
    if (!outcome.epochs && !are_of_epochs(metrics)) return false;
    if (!outcome.diverged && (metrics.empty() || metrics.back().step != outcome.step)) return false;
    return !outcome.epochs || count == *outcome.epochs;
}

Outcome outcome_of(const Config& config, Index last_step) {
    return {
        .step = last_step, .parameters = count_parameters(*net_of(config).module), .peak_mib = step_memory_mib(config)};
}

Outcome outcome_of(const Config& config, const Diverged& error) {
    Outcome outcome = outcome_of(config, error.step);
    outcome.diverged = true;
    outcome.text = error.what();
    return outcome;
}

std::optional<Outcome> read_outcome(const std::filesystem::path& run) {
    if (!std::filesystem::exists(file_of(run))) return std::nullopt;
    try {
        const Json json = parse_json(read_file(file_of(run)));
        JsonReader options(json, "");
        return Outcome{.diverged = options.get<bool>("diverged"),
                       .step = options.get<Index>("step"),
                       .epochs = options.get<std::optional<Index>>("epochs", {}),
                       .text = options.get<std::string>("text"),
                       .parameters = options.get<Index>("parameters"),
                       .peak_mib = options.get<double>("peak_mib")};
    } catch (const ConfigError&) {
        return std::nullopt;
    }
}

void write_outcome(const std::filesystem::path& run, const Outcome& outcome) {
    const Json json = {{"diverged", outcome.diverged},
                       {"step", outcome.step},
                       {"epochs", outcome.epochs ? Json(*outcome.epochs) : Json()},
                       {"text", outcome.text},
                       {"parameters", outcome.parameters},
                       {"peak_mib", outcome.peak_mib}};
    replace_file(file_of(run), json.dump(2) + "\n");
}

}  // namespace normlab
