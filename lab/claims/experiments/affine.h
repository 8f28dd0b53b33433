// What the two files of the experiment `affine` have in common: nets with γ and β and without, and what is seen of
// each.
#pragma once

#include <array>

#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/trials.h"

namespace normlab {

struct AffineCase {
    std::string name, activation;  // as a module is called
    NetPlan plan;
    Index images;
    Recipe recipe;
    operator std::string() const { return name; }
};
AffineCase sigmoids(), sigmoids_without(), straight(), relus(), relus_without();  // three dense layers
AffineCase convolutions(), convolutions_without_shift(), convolutions_without();  // VGG6

// "linearity" of the activations and share of "positive" inputs, at the start and in the end; the histogram of "inputs"
// before and behind; "accuracy"; all "γ" and "β" in the end, and those of each norm, "γ 0".
Numbers train_affine(Workbench& bench, const AffineCase& tried, std::uint64_t seed);

inline constexpr int kBins = 48;  // of the histogram, from −6 to 6

// The share of an activation's variance that the best line through its inputs explains: 1 for a straight line. The mean
// over all units.
double linearity(Module& net, const Tensor& images, const std::string& activation);

double share_positive(const std::vector<double>& values);
Picture learned(const Trials& runs, const AffineCase& of, const Words& net, const std::string& what,
                const std::array<int, 3>& norms, double low, double high);

Evidence examine_shift_before_relu(Workbench& bench);

}  // namespace normlab
