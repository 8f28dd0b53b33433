// report.html of a run: one file that shows how the run went, which classes its model confuses, and how to repeat it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/resize.h"
#include "lab/model/summary.h"
#include "lab/report/environment.h"
#include "lab/run/run.h"
#include "lab/run/step_log.h"
#include "lab/run/watch.h"

namespace normlab {

struct RunState {
    enum class Kind { running, finished, stopped, diverged };
    Kind kind = Kind::running;
    std::string text = {};  // the error of a run that diverged
};
// From what its folder holds; whether it is running its lock tells.
RunState read_state(const std::filesystem::path& run, const Config& config, const std::vector<EpochMetrics>& metrics,
                    bool running);
std::string words_for(RunState::Kind kind);           // "not finished"
std::string without_place(const std::string& error);  // "[run] the loss is not finite": without the brackets

// All that the page shows.
struct Report {
    struct Confusion {
        std::vector<Index> counts;  // classes x classes: of the images of class i, how many were taken for class j
        Index epoch = 0;            // after which this was
        std::optional<double> top5 = {};  // accuracy, where there are more than five classes
    };
    struct MistakenImage {
        Image image;
        int truth, predicted;
        double confidence;
    };

    std::string name;
    RunState state;
    Index epochs = 0;                  // planned,
    std::optional<Index> steps;        // or, if it is given, steps
    std::optional<Progress> progress;  // after the last step, of a run that goes on
    std::vector<EpochMetrics> metrics;
    std::vector<std::string> classes;
    Confusion confusion;                  // of the images below; empty if they could not be evaluated,
    std::string why_no_confusion;         // and why
    std::vector<MistakenImage> mistakes;  // the most confident ones
    std::vector<Look> looks;              // of a watched run
    std::vector<StepLoss> step_losses;    // of one with train.log_every
    std::vector<LayerSummary> layers;
    Json config;
    std::string command;  // that runs it again
    std::vector<Fact> environment, files;

    // Whether confusion and mistakes are those of the test set, which a run that has validation images looks at once,
    // in the end, or else of these.
    bool shows_test_set() const { return metrics.empty() || metrics.back().test; }
};

// What is known of a run without its model: at the start, or when it has diverged.
Report gather_report(const std::filesystem::path& run, const Config& config, const std::vector<EpochMetrics>& metrics,
                     const RunState& state);
// Everything, after an epoch, and the images that it was evaluated on. The environment is that of this process, which
// runs it.
Report gather_report(const std::filesystem::path& run, const Model& model, const ImageSet& images,
                     const Evaluation& evaluation, const std::vector<EpochMetrics>& metrics, const RunState& state);

std::string to_html(const Report& report);
void write_report(const std::filesystem::path& file, const Report& report);  // replaced whole or not at all

// Writes the report of a run from what its folder holds. The model is evaluated again; if its data cannot be loaded,
// the page says so in place of the pictures.
void rewrite_report(const std::filesystem::path& run, bool running = false);

}  // namespace normlab
