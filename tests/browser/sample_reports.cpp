// Writes reports of made-up runs into a folder, for a browser to open:   sample_reports DIR
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "framework/support/files.h"
#include "lab/claims/claims.h"
#include "lab/claims/claims_page.h"
#include "lab/compare/comparison_page.h"
#include "lab/compare/run_list.h"
#include "lab/compare/side_by_side.h"
#include "tests/lab/sample_comparison.h"
#include "tests/lab/sample_runs.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A claim with every kind of picture and of verdict.
Examined sample_examination(const std::string& name) {
    Examined found{.claim = find_claim(name), .seeds = {1, 2, 3}, .kernels = "v3"};
    int which = 0;
    for (const int number : found.claim->statements) {
        const double value = which++ % 3 - 0.5;
        found.evidence.checks.push_back(proof("check-" + std::to_string(number), {number}, {"a number", "어떤 값"},
                                              {value, value + 0.1, value + 0.2}, at_least(0)));
    }
    found.evidence.checks.push_back(control("control", {"a control", "대조"}, {INFINITY}, at_least(1)));
    using Style = Plot::Curve::Style;
    Plot plot{
        .title = {"Curves", "곡선"}, .x = {"step", "걸음"}, .y = {"loss", "손실"}, .lines = {{1, {"theory", "이론"}}}};
    for (const Style style : {Style::line, Style::dashed, Style::points, Style::bars})
        plot.curves.push_back({.name = {"curve", "곡선"},
                               .x = {1, 2, 3, 4},
                               .y = {4, 3, 2.5, 2},
                               .low = {3, 2, 2, 1},
                               .high = {5, 4, 3, 3},
                               .colour = static_cast<int>(style),
                               .style = style});
    const Map map{.title = {"Map", "행렬"},
                  .row_title = {"image", "이미지"},
                  .column_title = {"channel", "채널"},
                  .rows = {"0", "1"},
                  .columns = {"0", "1", "2"},
                  .values = {1, 0, -1, 0.5, -0.25, 0}};
    found.evidence.pictures = {plot, plot, map};
    found.evidence.remarks = {{"A remark.", "참고할 점."}};
    return found;
}

void write_all(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    write_report(folder / "finished.html", sample_report(30, 30));
    Report running = sample_report(4, 10);
    running.name = "cifar10-resnet20 <second try>";
    running.progress = Progress{.epoch = 5, .epochs = 10, .step = 100, .steps = 187, .seconds_left = 230};
    running.classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
    running.confusion.counts = sample_confusion(10, 1000, 0.12);
    write_report(folder / "running.html", running);
    write_report(folder / "one_epoch.html", sample_report(1, 1));
    write_report(folder / "hundred_classes.html", sample_report(200, 200, 100));

    Report watched = sample_report(30, 30);
    watched.looks = sample_looks(100, 21);
    write_report(folder / "watched.html", watched);

    Report diverged = sample_report(3, 10);
    diverged.state = {RunState::Kind::diverged,
                      "[run] the loss is not finite in step 623 (epoch 4, learning rate 3); the "
                      "first layer whose output is not finite is 0.1 (BatchNorm2d)"};
    write_report(folder / "diverged.html", diverged);
    write_report(folder / "no_epoch.html", gather_report(folder, Config{}, {}, {RunState::Kind::running}));

    replace_file(folder / "compared.html", to_html(sample_comparison(12)));
    Comparison nearly_right = sample_comparison(12);
    for (ComparedRun& run : nearly_right.runs)
        for (EpochMetrics& each : run.metrics) each.test->accuracy = 1 - 0.1 * std::pow(1 - each.test->accuracy, 2);
    replace_file(folder / "nearly_right.html", to_html(nearly_right));
    const std::vector<ListedRun> listed = {
        {"runs/digits-lenet-with-a-long-name", "digits", "lenet", "batch", "finished", 0.9965, 1'790'000'000},
        {"runs/compare-digits", "", "", "", "comparison of 45 runs", {}, 1'780'000'000}};
    replace_file(folder / "runs.html", runs_page(listed, folder / "runs.html"));
    replace_file(folder / "comparing.html", to_html(sample_comparison(7)));
    replace_file(folder / "nothing_compared.html", to_html(sample_comparison(0)));
    replace_file(folder / "batch_sizes.html", to_html(sample_grid("data.batch_size", {2, 4, 8, 16, 32, 64, 128})));
    std::vector<ShownRun> three = sample_runs(3);
    three[1].name = "digits-batch_renorm-lr0.02-weight_decay0.0005-second_try";
    replace_file(folder / "side_by_side.html",
                 side_by_side(three, folder / "side_by_side.html", "normlab report a b c"));
    replace_file(folder / "many_runs.html",
                 side_by_side(sample_runs(20), folder / "many_runs.html", "normlab report runs"));
    const std::vector<Examined> examined = {sample_examination("formula"), sample_examination("axes")};
    replace_file(folder / "claims.html", to_html(ClaimsPage{.examined = examined, .language = Language::en}));
    replace_file(folder / "claims_ko.html", to_html(ClaimsPage{.examined = examined, .language = Language::ko}));
    replace_file(folder / "learning_rates.html", to_html(sample_grid("optim.lr", {0.1, 0.4, 1.6})));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "usage: sample_reports DIR\n"), 2;
    try {
        write_all(argv[1]);
    } catch (const Error& error) {
        return std::fprintf(stderr, "sample_reports: %s\n", error.what()), 1;
    }
}
