// Runs a sweep: whatever its folder does not hold yet. What is tuned comes first.
#pragma once

#include <atomic>

#include "lab/compare/comparison.h"

namespace normlab {

class ComparisonObserver {
  public:
    virtual ~ComparisonObserver() = default;
    virtual void message(const std::string&) {}
    virtual void begin(const Comparison&) {}  // what there is before the first run
    virtual void step(const Comparison&, std::size_t /*run*/, const Progress&) {}
    virtual void epoch(const Comparison&, std::size_t /*run*/) {}
    virtual void ended(const Comparison&, std::size_t /*run*/) {}
};

struct ComparisonOptions {
    std::filesystem::path out;
    std::optional<Index> threads;
    const std::atomic<bool>* stop = nullptr;
};

// A run in the folder belongs to the sweep when its config is the same, whatever it is called; the number of threads
// and how often a checkpoint is written make no difference.
Comparison run_comparison(const Sweep& sweep, const ComparisonOptions& options, ComparisonObserver& observer);

}  // namespace normlab
