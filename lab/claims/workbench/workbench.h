// What experiments are made with: data, training with looks inside, and work spread over the processor's cores.
//
// An experiment consists of pieces, most of them a training run each. Pieces know nothing of each other, so as many are
// computed at a time as there are threads, each on one; a piece that is done is remembered, and after an interruption
// the experiment goes on with the others.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lab/claims/workbench/claim.h"
#include "lab/claims/workbench/descent.h"
#include "lab/claims/workbench/nets.h"

namespace normlab {

// What a piece is: a case and a seed. It is the piece's key.
std::string label_of(const std::string& name, std::uint64_t seed);  // "batch, rate 0.1, seed 2"

struct DataSet {
    Split split;
    PixelScale scale;
};

// Called before each step with what it will learn from.
using Looks = std::function<void(Index step, const Batch& batch)>;

// For a training of hours: what its looks find, which it may continue from. It is kept in a file, with the net, every
// `save_every` seconds and when the user stops; the same piece, begun again, goes on from there. At most one in a
// piece.
struct Kept {
    std::string name;  // the case's
    Numbers* found = nullptr;
};

// The user's wish to stop.
class Stopped : public std::exception {};

constexpr Index kQuick = 10;  // --quick does one in so many steps: enough to see that everything runs

struct WorkbenchOptions {
    std::vector<std::uint64_t> seeds = {1, 2, 3};
    bool real = false;           // on real data, at the size of the papers
    bool quick = false;          // a tenth of the steps: shows that everything runs, and nothing else
    std::optional<Index> steps;  // instead of the experiment's own
    std::filesystem::path data = "data";
    const std::atomic<bool>* stop = nullptr;
    // Told after each piece: how many of how many are done. On any thread, one at a time.
    std::function<void(std::size_t done, std::size_t of)> progress = {};
    std::filesystem::path memory;  // the file in which pieces are remembered; empty: none
    double save_every = 60;
};

class Workbench {
  public:
    explicit Workbench(WorkbenchOptions options);

    const std::vector<std::uint64_t>& seeds() const { return options_.seeds; }
    bool real() const { return options_.real; }
    Index steps(Index own) const;  // as the options want it

    // digits is drawn, others are read from the data folder; 0 is all there are.
    const DataSet& images(const std::string& name, Index train = 0, Index test = 0);

    // Computes a piece for each label, and returns what they found in the labels' order. Most experiments have trials.h
    // do this.
    std::vector<Numbers> each(const std::vector<std::string>& labels,
                              const std::function<Numbers(std::size_t piece)>& work);

    // Trains with cross-entropy in train() mode; batches and their order follow from the seed.
    Training train(Module& net, const DataSet& images, const Recipe& recipe, std::uint64_t seed,
                   const Looks& looks = {}, const Kept& kept = {});
    // Likewise, with the same objective in each step.
    Training fit(Module& net, const Objective& objective, const Recipe& recipe,
                 const std::function<void(Index step)>& looks = {});

    // Throws Stopped if the user wants it.
    void check_stop() const;

  private:
    struct Memory;
    std::filesystem::path unfinished(const std::string& label) const;  // a training's file
    WorkbenchOptions options_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<DataSet>> images_;
    std::shared_ptr<Memory> memory_;
};

double test_accuracy(Module& net, const DataSet& images);  // a fraction, in eval() mode
std::vector<Batch> first_batches(const DataSet& images, Index size, Index count,
                                 std::uint64_t seed = 1);  // of training

}  // namespace normlab
