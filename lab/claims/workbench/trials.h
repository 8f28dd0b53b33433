// Cases, each tried with every seed: a piece of work for each pair, and what the pieces found, seed by seed.
//   const Trials runs(bench, {"none", "batch"}, [&](std::size_t at, std::uint64_t seed) { … return Numbers{…}; });
//   proof("better", {15}, {…}, minus(runs.of(1, "accuracy"), runs.of(0, "accuracy")), at_least(0));
#pragma once

#include "lab/claims/workbench/workbench.h"

namespace normlab {

class Trials {
  public:
    using Work = std::function<Numbers(std::size_t at, std::uint64_t seed)>;
    Trials(Workbench& bench, const std::vector<std::string>& cases, const Work& work);

    // The number at this place of the list `name`, once for each seed.
    std::vector<double> of(std::size_t at, const std::string& name, std::size_t place = 0) const;
    const std::vector<double>& list(std::size_t at, const std::string& name, std::size_t seed = 0) const;
    // The list `name`, averaged over the seeds, with a band from the least to the largest.
    Plot::Curve curve(std::size_t at, const std::string& name, Words title, std::vector<double> x, int colour) const;

  private:
    std::size_t seeds_;
    std::vector<Numbers> found_;  // case by case
};

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b);
std::vector<double> over(const std::vector<double>& a, const std::vector<double>& b);
std::vector<double> times(double factor, std::vector<double> a);

}  // namespace normlab
