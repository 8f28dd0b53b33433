// The trainings of an experiment, and what was found in each of them: for most checks one number of each seed.
#pragma once

#include "lab/claims/workbench/workbench.h"

namespace normlab {

struct Run {
    std::string net, norm;
    double rate;
    std::uint64_t seed = 0;
    Run with(std::string other_norm) const { return {net, std::move(other_norm), rate, seed}; }
    std::string label() const;  // "VGG6, batch, rate 0.05, seed 1"
};

std::string text_of(double rate);  // "0.05"

class Trainings {
  public:
    using Number = double (*)(const std::vector<double>& found);

    // Each kind of run is a piece of the bench for each seed; those of `once` only for the first.
    Trainings(Workbench& bench, const std::vector<Run>& kinds, const std::function<Numbers(const Run& run)>& work,
              const std::vector<Run>& once = {});

    const std::vector<double>& of(const Run& run, const std::string& what) const;
    const std::vector<double>& of_first_seed(Run run, const std::string& what) const;
    // For each seed, what `number` makes of what was found in the run of that seed.
    std::vector<double> each(Run run, const std::string& what, Number number) const;
    // And compared with another run of the same seed: run / other, run − other.
    std::vector<double> ratio(const Run& run, const Run& other, const std::string& what, Number number) const;
    std::vector<double> difference(const Run& run, const Run& other, const std::string& what, Number number) const;

  private:
    std::vector<std::uint64_t> seeds_;
    std::map<std::string, Numbers> found_;
};

// Named and coloured after the run's norm.
Plot::Curve curve_of(const Run& run, std::vector<double> x, std::vector<double> y);

double mean_of(const std::vector<double>& values);
double geometric_mean_of(const std::vector<double>& values);
double largest_of(const std::vector<double>& values);
double last_of(const std::vector<double>& values);

}  // namespace normlab
