// Keeps a run's report.html up to date while it trains.
#pragma once

#include <optional>

#include "lab/report/report.h"

namespace normlab {

// Writes the report at the first step and after every epoch, and passes everything on to `next`.
class LiveReport : public Observer {
  public:
    LiveReport(std::filesystem::path run, const Config& config, Observer& next)
        : run_(std::move(run)), config_(config), next_(next) {}

    void message(const std::string& text) override { next_.message(text); }
    void step(const Progress& progress) override;
    void epoch(const EpochMetrics& metrics, const Model& model, const Split& split,
               const Evaluation& evaluation) override;

    std::filesystem::path file() const { return run_ / "report.html"; }
    void end(const RunState& state);  // how the run ended, once it has

  private:
    void write(Report report);
    std::filesystem::path run_;
    const Config& config_;
    Observer& next_;
    std::optional<Report> last_;
};

}  // namespace normlab
