// A training with plain SGD, step by step. It can be left in a file and taken up again, bit for bit.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lab/claims/workbench/objective.h"
#include "optim/schedule.h"
#include "optim/sgd.h"

namespace normlab {

// What a piece finds out: lists of numbers with names.
using Numbers = std::map<std::string, std::vector<double>>;

struct Recipe {
    double rate = 0.1;
    Index steps = 150;
    Index batch = 64;
    double momentum = 0, weight_decay = 0;
    bool cosine = false;                                                 // the rate falls to 0, else it is constant
    std::function<double(const NamedParameter&)> rate_factor = nullptr;  // a parameter learns at this times the rate
};

constexpr double kGuessing = 0.1;  // the accuracy of a net that guesses among ten classes

struct Training {
    std::vector<double> losses;                    // of each step
    std::vector<double> accuracies;                // of each step, on its batch
    bool diverged = false;                         // a loss was not finite: training ended there
    double mean_accuracy(std::size_t last) const;  // of the last steps, a fraction
    // Of so many steps: where it has diverged, it goes on guessing.
    std::vector<double> accuracies_of(Index steps) const;
};

class Descent {
  public:
    Descent(Module& net, const Recipe& recipe, Index steps, std::uint64_t seed);

    bool ended() const { return training_.diverged || taken() == steps_; }
    Index taken() const { return static_cast<Index>(training_.losses.size()); }  // steps so far
    void step(const Objective& objective);
    const Training& training() const { return training_; }

    // The net, the optimizer, the training so far and `found`, which belongs to it. `key` tells trainings apart:
    // restore() does nothing if there is no file, or one of another key.
    void save(const std::filesystem::path& file, const std::string& key, const Numbers& found);
    void restore(const std::filesystem::path& file, const std::string& key, Numbers& found);

  private:
    Module& net_;
    Index steps_;
    std::uint64_t seed_;
    SGD sgd_;
    Schedule schedule_;
    Training training_;
};

}  // namespace normlab
