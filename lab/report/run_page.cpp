#include <algorithm>
#include <cmath>

#include "lab/report/page.h"
#include "lab/report/scale.h"
#include "lab/report/sections.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr int kRefreshSeconds = 4;

Index sum_of(const std::vector<LayerSummary>& layers, Index LayerSummary::*count) {
    Index sum = 0;
    for (const LayerSummary& each : layers) sum += each.*count;
    return sum;
}

// Up to the last test, in epochs or in steps, as the length of the run is given.
Index done_of(const Report& report) {
    if (report.metrics.empty()) return 0;
    return report.steps ? report.metrics.back().step : report.metrics.back().epoch;
}

std::string length_done(const Report& report) {
    const Index done = done_of(report), length = report.steps.value_or(report.epochs);
    const std::string all = counted(length, report.steps ? "step" : "epoch");
    return done == length ? all : std::to_string(done) + " of " + all;
}

// The share of the run that is done, with the steps since the last test.
double share_done(const Report& report) {
    if (!report.progress || report.progress->steps == 0)
        return static_cast<double>(done_of(report)) / static_cast<double>(report.steps.value_or(report.epochs));
    const Progress& now = *report.progress;
    const double part = static_cast<double>(now.step) / static_cast<double>(now.steps);
    return now.epochs == 0 ? part : (static_cast<double>(now.epoch - 1) + part) / static_cast<double>(now.epochs);
}

// " · about 1:20 left"
std::string time_left(const Report& report) {
    return report.progress ? "; about " + duration(report.progress->seconds_left) + " left" : "";
}

struct StateText {
    std::string kind, title, note;
};
StateText text_of(const Report& report) {
    const auto with = [&](const std::string& words) {
        return report.state.text.empty() ? words : words + ": " + without_place(report.state.text);
    };
    switch (report.state.kind) {
        case RunState::Kind::running:
            return {"running", "Running",
                    with(length_done(report) + time_left(report) + "; this page keeps itself up to date")};
        case RunState::Kind::finished: return {"finished", "Finished", with(length_done(report))};
        case RunState::Kind::stopped:
            return {"stopped", "Not finished", with(length_done(report) + "; --resume continues")};
        case RunState::Kind::diverged: return {"diverged", "Diverged", with(length_done(report))};
    }
    return {};
}

Html state(const Report& report) {
    const auto [kind, title, note] = text_of(report);
    Html html = tag("p", {{"class", "state " + kind}}, tag("b", {}, title) + tag("span", {{"class", "note"}}, note));
    if (report.state.kind == RunState::Kind::running && report.steps.value_or(report.epochs) > 0)
        html += tag("div", {{"class", "progress"}}, tag("div", {{"style", "--v:" + fixed(share_done(report), 3)}}));
    return html;
}

Html key_figures(const Report& report) {
    if (report.metrics.empty())
        return tag("p", {{"class", "note"}},
                   report.steps ? "Nothing has been tested yet." : "No epoch has been completed yet.");
    const EpochMetrics& last = report.metrics.back();
    const EpochMetrics& best = *best_of(report.metrics);
    const bool by_epoch = are_of_epochs(report.metrics);
    const std::string each = by_epoch
                                 ? significant(last.seconds / static_cast<double>(last.epoch), 3) + " s an epoch"
                                 : significant(1000 * last.seconds / static_cast<double>(last.step), 3) + " ms a step";
    const auto place = [&](const EpochMetrics& m) {
        return by_epoch ? "epoch " + std::to_string(m.epoch) : "step " + std::to_string(m.step);
    };
    const bool validated = last.validation.has_value();
    std::vector<Figure> all = {
        {validated ? "Validation" : "Test accuracy", percent(last.judged().accuracy), "after " + place(last)},
        {"Best", percent(best.judged().accuracy), "after " + place(best)},
        {validated ? "Validation loss" : "Test loss", significant(last.judged().loss, 3),
         "training " + significant(last.train_loss, 3)},
        {"Time", duration(last.seconds), each},
        {"Speed", grouped(std::llround(last.images_per_s)), "images/s"},
    };
    if (validated && last.test) {
        const std::string best_test =
            last.best_test ? percent(last.best_test->accuracy) + " with the best weights" : "in the end";
        all.insert(all.begin(), {"Test accuracy", percent(last.test->accuracy), best_test});
    }
    if (report.confusion.top5)
        all.insert(all.begin() + 1, {"Top 5", percent(*report.confusion.top5), "right class among five"});
    if (!report.layers.empty())
        all.push_back({"Parameters", grouped(sum_of(report.layers, &LayerSummary::parameters)),
                       grouped(sum_of(report.layers, &LayerSummary::multiply_adds)) + " multiply-adds"});
    return figures(all);
}

Html facts(const std::string& title, const std::vector<Fact>& facts) {
    if (facts.empty()) return {};
    PlainTable table{.columns = {{title}, {"", true}}};
    for (const auto& [name, value] : facts) table.rows.push_back({name, value});
    return to_html(table);
}

}  // namespace

std::string without_place(const std::string& error) {
    const std::size_t end = error.starts_with('[') ? error.find("] ") : std::string::npos;
    return end == std::string::npos ? error : error.substr(end + 2);
}

Html heading(const Report& report) {
    return tag("header", {},
               tag("p", {{"class", "over"}}, "Normlab run") + tag("h1", {}, report.name) + state(report) +
                   key_figures(report));
}

Html layers(const Report& report) {
    if (report.layers.empty()) return {};
    const Index total = sum_of(report.layers, &LayerSummary::parameters);
    PlainTable table{
        .columns = {{"Layer"}, {"Kind"}, {"Output"}, {"Parameters", true}, {"Share"}, {"Multiply-adds", true}},
        .stacks = true};
    for (const LayerSummary& each : report.layers) {
        Html count, share;
        if (each.parameters > 0) {
            const double part = static_cast<double>(each.parameters) / static_cast<double>(total);
            count = grouped(each.parameters);
            share = tag("span", {{"class", "share"}, {"style", "--v:" + fixed(part, 3)}}) + percent(part);
        }
        const Html work = each.multiply_adds > 0 ? Html(grouped(each.multiply_adds)) : Html();
        table.rows.push_back({tag("code", {}, each.name), each.kind, each.output.text(), count, share, work});
    }
    table.total = {"", "", "", grouped(total), "", grouped(sum_of(report.layers, &LayerSummary::multiply_adds))};
    return section("Layers",
                   "In the order in which they compute; output and multiply-adds, those of convolutions and linear "
                   "layers, are for one image.",
                   to_html(table));
}

Html how_to_repeat(const Report& report) {
    const Html left = tag("h3", {}, "Run it again") + tag("pre", {{"class", "command"}}, report.command) +
                      facts("Environment", report.environment) + facts("Files of the run", report.files);
    const std::string config = report.config.dump(2, ' ', false, Json::error_handler_t::replace);
    const Html right = tag("h3", {}, "Config") + tag("pre", {}, config);
    return section("How to repeat it", "",
                   tag("div", {{"class", "pair"}}, tag("div", {}, left) + tag("div", {}, right)));
}

std::string to_html(const Report& report) {
    const bool running = report.state.kind == RunState::Kind::running;
    return to_html(Page{.title = report.name + " \u00b7 Normlab",
                        .body = heading(report) + curves(report) + test_set(report) + mistakes(report) +
                                inside(report) + layers(report) + how_to_repeat(report),
                        .refresh_seconds = running ? kRefreshSeconds : 0});
}

}  // namespace normlab
