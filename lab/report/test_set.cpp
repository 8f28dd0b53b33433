#include <algorithm>
#include <cmath>
#include <numeric>

#include "lab/model/class_scores.h"
#include "lab/report/enlarged.h"
#include "lab/report/heat_map.h"
#include "lab/report/page.h"
#include "lab/report/sections.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kPairs = 8, kPairsOfMany = 14;
constexpr Index kShownSize = 96;  // pixels on the screen, about

// The counts of a confusion matrix, read by class.
class Confusion {
  public:
    explicit Confusion(const Report& report) : names(report.classes), counts_(report.confusion.counts) {}

    std::size_t classes() const { return names.size(); }
    Index taken_for(std::size_t truth, std::size_t predicted) const { return counts_[truth * classes() + predicted]; }
    Index right(std::size_t truth) const { return taken_for(truth, truth); }
    Index images(std::size_t truth) const {
        const auto row = counts_.begin() + static_cast<std::ptrdiff_t>(truth * classes());
        return std::accumulate(row, row + static_cast<std::ptrdiff_t>(classes()), Index{0});
    }
    double share(std::size_t truth, std::size_t predicted) const {
        const Index all = images(truth);
        return all == 0 ? 0 : static_cast<double>(taken_for(truth, predicted)) / static_cast<double>(all);
    }

    const std::vector<std::string>& names;

  private:
    const std::vector<Index>& counts_;
};

std::string count_text(Index part, Index whole) {
    return grouped(part) + " of " + grouped(whole);
}

// Mistakes are few: a root lets one of a hundred be seen beside the ninety-nine.
HeatMap heat_map(const Confusion& confusion) {
    HeatMap map{
        .row_title = "true class", .column_title = "taken for", .rows = confusion.names, .columns = confusion.names};
    for (std::size_t i = 0; i < confusion.classes(); ++i)
        for (std::size_t j = 0; j < confusion.classes(); ++j) {
            const double share = confusion.share(i, j);
            const Index count = confusion.taken_for(i, j);
            HeatCell cell{.tone = i == j ? HeatCell::Tone::good : HeatCell::Tone::bad,
                          .strength = i == j ? 0.85 * share : std::min(1.0, 2 * std::sqrt(share)),
                          .text = count == 0 ? "" : std::to_string(count)};
            cell.hint =
                confusion.names[i] + " taken for " + confusion.names[j] + ": " + count_text(count, confusion.images(i));
            map.cells.push_back(std::move(cell));
        }
    return map;
}

Html class_bars(const Confusion& confusion) {
    std::vector<std::size_t> order(confusion.classes());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const bool many = order.size() > kHeatTableUpTo;
    const auto accuracy = [&](std::size_t i) { return confusion.share(i, i); };
    if (many) std::ranges::stable_sort(order, {}, accuracy);
    Html bars;
    for (const std::size_t i : order) {
        const Index images = confusion.images(i);
        Html number = images == 0 ? Html("no images") : Html(percent(accuracy(i)));
        if (!many && images > 0) number += tag("small", {}, count_text(confusion.right(i), images));
        const Html bar = tag("div", {{"class", "bar"}}, tag("div", {{"style", "--v:" + fixed(accuracy(i), 4)}}));
        bars += tag("div", {},
                    tag("span", {{"class", "name"}, {"title", confusion.names[i]}}, confusion.names[i]) + bar +
                        tag("span", {{"class", "number"}}, number));
    }
    const std::string order_text = many ? ", the weakest first" : "";
    return tag("h3", {}, "Accuracy by class" + order_text) + tag("div", {{"class", many ? "bars many" : "bars"}}, bars);
}

Html score_table(const Report& report) {
    const std::vector<ClassScore> scores = class_scores(report.confusion.counts, report.classes.size());
    const auto text = [](const std::optional<double>& share) { return share ? Html(percent(*share)) : Html(); };
    PlainTable table{
        .columns = {
            {"Class"}, {"Images", true}, {"Taken for it", true}, {"Precision", true}, {"Recall", true}, {"F1", true}}};
    for (std::size_t k = 0; k < scores.size(); ++k)
        table.rows.push_back({report.classes[k], grouped(scores[k].images), grouped(scores[k].taken),
                              text(scores[k].precision()), text(scores[k].recall()), text(scores[k].f1())});
    table.total = {"mean", "", "", "", "", percent(macro_f1(scores))};
    return tag("h3", {}, "Precision, recall and F1") + to_html(table);
}

Html confused_pairs(const Confusion& confusion) {
    struct Pair {
        std::size_t truth, predicted;
        Index count;
    };
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < confusion.classes(); ++i)
        for (std::size_t j = 0; j < confusion.classes(); ++j)
            if (i != j && confusion.taken_for(i, j) > 0) pairs.push_back({i, j, confusion.taken_for(i, j)});
    if (pairs.empty()) return {};
    std::ranges::stable_sort(pairs, std::greater{}, &Pair::count);
    pairs.resize(std::min(pairs.size(), confusion.classes() > kHeatTableUpTo ? kPairsOfMany : kPairs));
    PlainTable table{.columns = {{"True class"}, {"Taken for"}, {"Images", true}}};
    for (const auto& [truth, predicted, count] : pairs)
        table.rows.push_back(
            {confusion.names[truth], confusion.names[predicted], count_text(count, confusion.images(truth))});
    return tag("h3", {}, "Most often confused") + to_html(table);
}

std::string title_of_images(const Report& report) {
    return report.shows_test_set() ? "Test set" : "Validation images";
}
std::string images_shown(const Report& report) {
    return report.shows_test_set() ? "images of the test set" : "validation images";
}

}  // namespace

Html test_set(const Report& report) {
    if (report.confusion.counts.empty())
        return report.why_no_confusion.empty() ? Html() : section(title_of_images(report), report.why_no_confusion, {});
    const Confusion confusion(report);
    Index images = 0, right = 0;
    for (std::size_t i = 0; i < confusion.classes(); ++i) images += confusion.images(i), right += confusion.right(i);
    const std::string note = count_text(right, images) + " " + images_shown(report) + " are right after " +
                             (are_of_epochs(report.metrics) ? "epoch " + std::to_string(report.confusion.epoch)
                                                            : "step " + std::to_string(report.metrics.back().step)) +
                             ".";
    const Html map = tag("h3", {}, "Confusion matrix") + to_html(heat_map(confusion));
    const bool many = confusion.classes() > kHeatTableUpTo;
    const Html beside = many ? confused_pairs(confusion) : class_bars(confusion) + confused_pairs(confusion);
    const Html below = (many ? class_bars(confusion) : Html()) + score_table(report);
    return section(title_of_images(report), note,
                   tag("div", {{"class", "pair"}}, tag("div", {}, map) + tag("div", {}, beside)) + below);
}

Html mistakes(const Report& report) {
    if (report.mistakes.empty()) return {};
    Html sheet;
    for (const auto& [image, truth, predicted, confidence] : report.mistakes) {
        const std::string& name = report.classes[static_cast<std::size_t>(truth)];
        const std::string& taken = report.classes[static_cast<std::size_t>(predicted)];
        const Html picture = enlarged(image, kShownSize, name + " taken for " + taken);
        sheet += tag("figure", {},
                     picture + tag("figcaption", {},
                                   name + " taken for " + tag("span", {{"class", "wrong"}}, taken) +
                                       tag("span", {{"class", "note"}}, percent(confidence) + " sure")));
    }
    return section("Most confident mistakes",
                   capitalized(images_shown(report)) + " that the model is surest about, and wrong.",
                   tag("div", {{"class", "sheet"}}, sheet));
}

}  // namespace normlab
