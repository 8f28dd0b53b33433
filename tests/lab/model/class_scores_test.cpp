#include "lab/model/class_scores.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("precision, recall and F1 are those of their definitions", "[class scores]") {
    // 5 of a: 3 right, 2 taken for b; 4 of b: all right; none of c, for which nothing is taken.
    const std::vector<ClassScore> scores = class_scores({3, 2, 0, 0, 4, 0, 0, 0, 0}, 3);
    CHECK(scores[0].precision() == 1.0);
    CHECK(scores[0].recall() == 0.6);
    CHECK(scores[0].f1() == 0.75);  // 2 · 1 · 0.6 / 1.6
    CHECK((scores[0].rival == 1 && scores[0].taken_for_rival == 2));
    CHECK(scores[1].precision() == 4.0 / 6);
    CHECK(scores[1].recall() == 1.0);
    CHECK(scores[1].f1() == 0.8);
    CHECK((!scores[2].precision() && !scores[2].recall() && !scores[2].f1()));
    CHECK(std::abs(macro_f1(scores) - 0.775) < 1e-15);
}

TEST_CASE("the top five are five, of equals the first, and none where a logit is no number", "[class scores]") {
    const auto top5 = [](std::vector<Scalar> logits, int label) {
        Tensor row({1, static_cast<Index>(logits.size())});
        std::ranges::copy(logits, row.mutable_data());
        return top5_accuracy(row, {label});
    };
    CHECK(top5({6, 5, 4, 3, 2, 1}, 4) == 1.0);
    CHECK(top5({6, 5, 4, 3, 2, 1}, 5) == 0.0);
    CHECK(top5({1, 1, 1, 1, 1, 1}, 4) == 1.0);
    CHECK(top5({1, 1, 1, 1, 1, 1}, 5) == 0.0);
    CHECK(top5({1, 1, 1, 1, 1, NAN}, 5) == 0.0);
    CHECK_FALSE(top5({1, 2, 3, 4, 5}, 0));
}
