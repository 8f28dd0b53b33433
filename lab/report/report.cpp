#include "lab/report/report.h"

#include <algorithm>
#include <cmath>

#include "datasets/datasets.h"
#include "framework/support/files.h"
#include "framework/support/shell.h"
#include "lab/model/class_scores.h"
#include "lab/run/run_end.h"
#include "lab/run/run_folder.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMistakes = 24;
constexpr Index kThumbnail = 48;  // pixels: larger images are made smaller, so that the page stays small

std::string size_text(std::uintmax_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    const double kib = static_cast<double>(bytes) / 1024;
    return kib < 1024 ? fixed(kib, kib < 10 ? 1 : 0) + " KiB" : fixed(kib / 1024, 1) + " MiB";
}

// The files of the run that there are, but for the page itself.
std::vector<Fact> files_in(const RunFolder& folder) {
    std::vector<Fact> files;
    for (const fs::path& file : {folder.config(), folder.metrics(), folder.metrics_table(), folder.steps(),
                                 folder.watch(), folder.model(), folder.best(), folder.checkpoint()}) {
        std::error_code absent;
        const std::uintmax_t size = fs::file_size(file, absent);
        if (!absent) files.push_back({file.filename().string(), size_text(size)});
    }
    return files;
}

Image thumbnail(const ImageSet& set, Index i) {
    const auto pixels = set.pixels_of(i);
    const Image image{set.image[1], set.image[2], set.image[0], {pixels.begin(), pixels.end()}};
    const double shrink = static_cast<double>(kThumbnail) / static_cast<double>(std::max(image.height, image.width));
    if (shrink >= 1) return image;
    const auto shrunk = [&](Index size) {
        return std::max<Index>(1, std::llround(shrink * static_cast<double>(size)));
    };
    return fitted(image, shrunk(image.height), shrunk(image.width));
}

void add_images(Report& report, const ImageSet& images, const Evaluation& evaluation) {
    report.confusion = {evaluation.confusion, report.metrics.empty() ? 0 : report.metrics.back().epoch,
                        top5_accuracy(evaluation.logits, images.labels)};
    for (const auto& [image, truth, predicted, confidence] :
         most_confident_mistakes(evaluation, images.labels, kMistakes))
        report.mistakes.push_back({thumbnail(images, image), truth, predicted, confidence});
}

void add_model(Report& report, const Model& model) {
    report.classes = model.classes;
    report.layers = summarize(*model.module, model.image);
}

void add_evaluation(Report& report, const Model& model) {
    try {
        const Split split = load(model.config.data.source);
        const ImageSet& images = report.shows_test_set() ? split.test : split.judging();
        require(images.classes.size() == model.classes.size(), "report", images.name, " has ", images.classes.size(),
                " classes, the model knows ", model.classes.size());
        add_images(report, images, evaluate(model, images));
    } catch (const Error& error) {
        report.why_no_confusion = std::string(report.shows_test_set() ? "The test set" : "The validation images") +
                                  " could not be evaluated: " + error.what();
    }
}

}  // namespace

std::string words_for(RunState::Kind kind) {
    switch (kind) {
        case RunState::Kind::running: return "running";
        case RunState::Kind::finished: return "finished";
        case RunState::Kind::stopped: return "not finished";
        case RunState::Kind::diverged: return "diverged";
    }
    return "";
}

RunState read_state(const fs::path& run, const Config& config, const std::vector<EpochMetrics>& metrics, bool running) {
    const RunFolder folder{run};
    if (running) return {RunState::Kind::running};
    if (fs::exists(folder.diverged())) return {RunState::Kind::diverged, read_file(folder.diverged())};
    const bool finished = !metrics.empty() && is_over(config.train, metrics.back().epoch, metrics.back().step, metrics);
    return {finished ? RunState::Kind::finished : RunState::Kind::stopped};
}

Report gather_report(const fs::path& run, const Config& config, const std::vector<EpochMetrics>& metrics,
                     const RunState& state) {
    const RunFolder folder{run};
    Report report{.name = config.name,
                  .state = state,
                  .epochs = config.train.epochs,
                  .steps = config.train.steps,
                  .metrics = metrics};
    report.config = to_json(config);
    report.command = command({"train", folder.config().string(), "--out", run.string() + "-again"});
    report.looks = read_looks(run);
    report.step_losses = read_steps(run);
    report.files = files_in(folder);
    return report;
}

Report gather_report(const fs::path& run, const Model& model, const ImageSet& images, const Evaluation& evaluation,
                     const std::vector<EpochMetrics>& metrics, const RunState& state) {
    Report report = gather_report(run, model.config, metrics, state);
    report.environment = environment();
    add_model(report, model);
    add_images(report, images, evaluation);
    return report;
}

void write_report(const fs::path& file, const Report& report) {
    replace_file(file, to_html(report));
}

void rewrite_report(const fs::path& run, bool running) {
    const RunFolder folder{run};
    const Config config = load_config(folder.config());
    const std::vector<EpochMetrics> metrics = read_metrics(run);
    Report report = gather_report(run, config, metrics, read_state(run, config, metrics, running));
    if (fs::exists(folder.model())) {
        const Model model = load_model(folder.model());
        add_model(report, model);
        add_evaluation(report, model);
    }
    write_report(folder.report(), report);
}

}  // namespace normlab
