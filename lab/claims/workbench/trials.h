// Cases, each tried with every seed: a piece of work for each pair, and what the pieces found, seed by seed.
//   Numbers train(Workbench& bench, const Run& run, std::uint64_t seed) { … return {{"accuracy", {…}}}; }
//
//   const Run batch{"VGG6", "batch", 0.1}, none = batch.with("none");
//   const Trials tried(bench, {batch, none}, train);
//   proof("better", {15}, {…}, tried.difference(batch, none, "accuracy"), at_least(0));
// A case is what an experiment varies: of any type that turns into a string, which names it.
#pragma once

#include "lab/claims/workbench/lists.h"
#include "lab/claims/workbench/workbench.h"

namespace normlab {

// What most experiments vary.
struct Run {
    std::string net, norm;
    double rate;
    Run with(std::string other_norm) const { return {net, std::move(other_norm), rate}; }
    operator std::string() const;  // "VGG6, batch, rate 0.05"
};
std::string text_of(double rate);  // "0.05"

class Trials {
  public:
    // What is made of a list: mean_of, last_of, …
    using Summary = std::function<double(const std::vector<double>& list)>;
    enum class Seeds { all, first };

    // `work` is Numbers(Workbench&, const Case&, std::uint64_t seed).
    template <class Case, class Work>
    Trials(Workbench& bench, const std::vector<Case>& cases, const Work& work, Seeds seeds = Seeds::all) {
        try_all(bench, {cases.begin(), cases.end()}, seeds,
                [&](std::size_t at, std::uint64_t seed) { return work(bench, cases[at], seed); });
    }
    template <class Case, class Work>
    Trials(Workbench& bench, std::initializer_list<Case> cases, const Work& work)
        : Trials(bench, std::vector<Case>(cases), work) {}

    // Of a case, one number for each seed: the one at this place of the list `what`, or what is made of the list.
    std::vector<double> of(const std::string& name, const std::string& what, std::size_t place = 0) const;
    std::vector<double> of(const std::string& name, const std::string& what, const Summary& summary) const;
    // Two cases with the same seed: a − b, a / b.
    std::vector<double> difference(const std::string& a, const std::string& b, const std::string& what,
                                   const Summary& summary = mean_of) const;
    std::vector<double> ratio(const std::string& a, const std::string& b, const std::string& what,
                              const Summary& summary = mean_of) const;

    const std::vector<double>& list(const std::string& name, const std::string& what, std::size_t seed = 0) const;
    // The list `what`, averaged over the seeds, with a band from the least to the largest.
    Plot::Curve curve(const std::string& name, const std::string& what, Words title, std::vector<double> x,
                      int colour) const;
    // The same over cases, the first number of each one's list.
    Plot::Curve across(const std::vector<std::string>& names, const std::string& what, Words title,
                       std::vector<double> x, int colour) const;
    // One list over another, of the first seed.
    Plot::Curve path(const std::string& name, const std::string& x, const std::string& y, Words title,
                     int colour) const;

  private:
    void try_all(Workbench& bench, const std::vector<std::string>& names, Seeds seeds,
                 const std::function<Numbers(std::size_t at, std::uint64_t seed)>& work);
    std::map<std::string, std::vector<Numbers>> found_;  // of each case, seed by seed
};

}  // namespace normlab
