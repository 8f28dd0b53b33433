// Keeps a run's report.html up to date while it trains.
#pragma once

#include <functional>
#include <optional>

#include "lab/report/report.h"

namespace normlab {

// Writes the report at the first step and after every epoch, and passes everything on to `next`. A report that cannot
// be written is a warning; the run continues.
class LiveReport : public Observer {
  public:
    LiveReport(std::filesystem::path run, const Config& config, Observer& next)
        : run_(std::move(run)), config_(config), next_(next) {}

    void message(const std::string& text) override { next_.message(text); }
    void warning(const std::string& text) override { next_.warning(text); }
    void step(const Progress& progress) override;
    void epoch(const EpochMetrics& metrics, const Model& model, const ImageSet& images,
               const Evaluation& evaluation) override;

    std::filesystem::path file() const { return run_ / "report.html"; }
    void end(const RunState& state);  // how the run ended, once it has

  private:
    void try_to(const std::function<void()>& report);
    std::filesystem::path run_;
    const Config& config_;
    Observer& next_;
    bool begun_ = false;
    std::optional<Report> last_;
    std::string warned_;  // of what, so that each trouble is told once
};

}  // namespace normlab
