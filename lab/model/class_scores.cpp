#include "lab/model/class_scores.h"

namespace normlab {
namespace {

constexpr Index kTop = 5;

// How many classes are likelier than the label; of equals the first is.
Index rank_of(const Scalar* z, Index K, Index label) {
    Index likelier = 0;
    for (Index k = 0; k < label; ++k) likelier += !(z[k] < z[label]);  // so that one that is no number is never right
    for (Index k = label + 1; k < K; ++k) likelier += !(z[k] <= z[label]);
    return likelier;
}

}  // namespace

std::vector<ClassScore> class_scores(const std::vector<Index>& confusion, std::size_t classes) {
    std::vector<ClassScore> scores(classes);
    for (std::size_t truth = 0; truth < classes; ++truth) {
        ClassScore& score = scores[truth];
        for (std::size_t predicted = 0; predicted < classes; ++predicted) {
            const Index count = confusion[truth * classes + predicted];
            score.images += count;
            scores[predicted].taken += count;
            if (predicted == truth)
                score.right = count;
            else if (count > score.taken_for_rival)
                score.rival = predicted, score.taken_for_rival = count;
        }
    }
    return scores;
}

double macro_f1(const std::vector<ClassScore>& scores) {
    double sum = 0, count = 0;
    for (const ClassScore& each : scores)
        if (const auto f1 = each.f1()) sum += *f1, ++count;
    return count > 0 ? sum / count : 0;
}

std::optional<double> top5_accuracy(const Tensor& logits, const Labels& labels) {
    const Index K = logits.shape()[1];
    if (K <= kTop || labels.empty()) return std::nullopt;
    Index right = 0;
    for (std::size_t n = 0; n < labels.size(); ++n)
        right += rank_of(logits.data() + static_cast<Index>(n) * K, K, labels[n]) < kTop;
    return static_cast<double>(right) / static_cast<double>(labels.size());
}

}  // namespace normlab
