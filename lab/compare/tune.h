// Tuning: values that are chosen for each variant under each condition, before the runs that count.
//   "tune": {"axes": {"optim.lr": [0.05, 0.1, 0.2]}, "set": {"train.epochs": 3}, "seed": 100}
// It is a sweep of its own: the comparison's axes but for the seed, and those of "tune". Its runs have a seed of their
// own and are given no test images. Of the values of a cell the one is chosen whose run ends with the highest accuracy
// on the validation images, of equals the one with the lowest loss, of these the first. What diverges is not chosen.
#pragma once

#include "lab/compare/sweep_axis.h"
#include "lab/run/metrics.h"

namespace normlab {

struct Tuning {
    struct Candidate {
        std::string folder;  // of its run, below the comparison's
        bool ended = false;
        std::optional<Score> score;  // on the validation images; empty if it diverged
    };
    // In one cell of the comparison, whose runs differ in the seed.
    struct Choice {
        std::size_t run = 0;  // of the comparison, one of the cell
        std::vector<Candidate> candidates;
        std::optional<std::size_t> best;  // once all have ended, unless all have diverged
        bool ended() const;
        bool diverged() const { return ended() && !best; }
    };
    struct Edge {
        std::size_t axis;
        std::string side;  // "smallest" or "largest"
    };
    std::uint64_t seed = 0;
    std::vector<SweepAxis> axes;              // a candidate is a value of each; the last axis changes quickest
    std::vector<Choice> choices;              // by cell_of (lab/compare/sweep.h)
    std::optional<double> seconds_left = {};  // of the whole comparison, while it tunes

    std::size_t candidates() const;  // of each cell
    std::size_t runs() const;
    std::size_t ended() const;
    const SweepAxis::Value& value(std::size_t candidate, std::size_t axis) const;
    std::string label(std::size_t candidate) const;  // "0.1"; "0.1, adam" of several axes
    KeyValues keys(std::size_t candidate) const;
    std::vector<Edge> edges(
        const Choice& choice) const;  // where the best value is the smallest or largest number of an axis
};

}  // namespace normlab
