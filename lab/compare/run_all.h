// The runs of a comparison that are left to do. Any number of processes may do them together, on this machine or on
// others that see the folder: whoever holds the lock of a run's folder trains it, and what lies there says how it
// ended.
#pragma once

#include <atomic>
#include <functional>

#include "lab/compare/comparison.h"

namespace normlab {

class ComparisonObserver {
  public:
    virtual ~ComparisonObserver() = default;
    virtual void message(const std::string&) {}
    virtual void warning(const std::string& text) { message(text); }
    virtual void begin(const Comparison&) {}  // what there is before the first run
    virtual void step(const Comparison&, std::size_t /*run*/, const Progress&) {}
    virtual void epoch(const Comparison&, std::size_t /*run*/) {}
    virtual void ended(const Comparison&, std::size_t /*run*/) {}
};

struct ComparisonOptions {
    std::filesystem::path out;
    std::optional<Index> threads = {};
    const std::atomic<bool>* stop = nullptr;
    Index jobs = 1;  // runs at a time; if there are several, each has its share of the threads
};

// Reads what a run's folder says about it. Returns what is wrong with that, or "": an outcome without all its metrics
// does not count, as the checkpoint has them.
std::string read_run(ComparedRun& run, const std::filesystem::path& folder);

// Returns why the page could not be written, or "". A failure ends nothing: all that it shows is in other files.
std::string write_page(const Comparison& comparison);
// results.csv, summary.json and the page.
void write_all(const Comparison& comparison, ComparisonObserver& observer);

// Until the runs in `order` have ended, here or in other processes, or a stop is asked for (comparison.stopped). In one
// process an Error ends it. Of several, one that is killed costs its run only; after an Error in one no more begin, and
// what failed is an Error once the others have ended.
using ImagesOf = std::function<const Split&(const Config&)>;
void run_all(Comparison& comparison, const std::vector<std::size_t>& order, const ImagesOf& images,
             const ComparisonOptions& options, ComparisonObserver& observer);

}  // namespace normlab
