// What the numbers of a comparison support, in words. Accuracies are those after the last epoch: the best epoch of a
// run is chosen by the test set and flatters it, unless there are validation images to choose it.
//
// The first variant, usually the familiar one, is compared with each of the others under each condition. A difference
// is called a lead if its p, adjusted by Holm for all differences of the comparison, is below 0.05: the probability
// that any of the leads is chance is at most 0.05. Margins are those of 95 % intervals. The first variant is compared,
// not the highest, because there is always a highest: choosing by the numbers and then testing with them finds
// differences in noise.
#pragma once

#include "lab/compare/results.h"

namespace normlab {

struct Contrast {
    std::size_t variant, condition;
    std::optional<Difference> difference;  // from the first variant; empty if there are not enough runs
    double adjusted_p = 1;
    double margin() const { return difference->margin(0.95); }
    bool is_told_apart() const { return adjusted_p < 0.05; }
    bool is_ahead() const { return difference->mean > 0; }
};
std::vector<Contrast> contrasts(const Results& results);  // condition by condition

std::vector<std::string> verdict(const Results& results);  // sentences

std::string points(double fraction, double margin);  // "6.1 ± 0.8", in hundredths

}  // namespace normlab
