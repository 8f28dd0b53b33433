// Keeps a run's report.html up to date while it trains.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "lab/report/report.h"

namespace normlab {

// Writes the report at the first step, after every test, and in a long epoch now and then, so that the time left stays
// true; passes everything on to `next`. A report that cannot be written is a warning; the run continues.
class LiveReport : public Observer {
  public:
    LiveReport(std::filesystem::path run, const Config& config, Observer& next,
               std::chrono::seconds patience = std::chrono::seconds(20))
        : run_(std::move(run)), config_(config), next_(next), patience_(patience) {}

    void message(const std::string& text) override { next_.message(text); }
    void warning(const std::string& text) override { next_.warning(text); }
    void step(const Progress& progress) override;
    void epoch(const EpochMetrics& metrics, const Model& model, const ImageSet& images,
               const Evaluation& evaluation) override;

    std::filesystem::path file() const { return run_ / "report.html"; }
    void end(const RunState& state);  // how the run ended, once it has

  private:
    using Clock = std::chrono::steady_clock;
    void try_to(const std::function<void()>& report);
    void write();
    std::filesystem::path run_;
    const Config& config_;
    Observer& next_;
    std::chrono::seconds patience_;  // between two reports within an epoch
    Clock::time_point written_{};
    std::optional<Progress> progress_;  // after the last step, if there was one
    std::optional<Report> last_;
    std::string warned_;  // of what, so that each trouble is told once
};

}  // namespace normlab
