// What experiments are made with: data, training with looks inside, and work spread over the processor's cores.
//
// An experiment consists of pieces, most of them a training run each. Pieces know nothing of each other, so as many are
// computed at a time as there are threads, each on one; a piece that is done is remembered, and after an interruption
// the experiment goes on with the others.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "datasets/loader.h"
#include "lab/claims/workbench/claim.h"
#include "lab/claims/workbench/nets.h"

namespace normlab {

// What a piece finds out: lists of numbers with names.
using Numbers = std::map<std::string, std::vector<double>>;

struct DataSet {
    Split split;
    PixelScale scale;
};

// Plain SGD.
struct Recipe {
    double rate = 0.1;
    Index steps = 150;
    Index batch = 64;
    double momentum = 0, weight_decay = 0;
    bool cosine = false;  // the rate falls to 0, else it is constant
};

struct Training {
    std::vector<double> losses;                    // of each step
    std::vector<double> accuracies;                // of each step, on its batch
    bool diverged = false;                         // a loss was not finite: training ended there
    double mean_loss(std::size_t last) const;      // of the last steps
    double mean_accuracy(std::size_t last) const;  // a fraction
};

// Called before each step with what it will learn from.
using Looks = std::function<void(Index step, const Batch& batch)>;

// The user's wish to stop.
class Stopped : public std::exception {};

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
};

class Workbench {
  public:
    explicit Workbench(WorkbenchOptions options);

    const std::vector<std::uint64_t>& seeds() const { return options_.seeds; }
    bool real() const { return options_.real; }
    Index steps(Index own) const;  // as the options want it

    // digits is drawn, others are read from the data folder; 0 is all there are.
    const DataSet& images(const std::string& name, Index train = 0, Index test = 0);

    // Computes a piece for each label, and returns what they found in the labels' order. A label says what the piece
    // is, "batch, rate 0.1, seed 2": it is the piece's key.
    std::vector<Numbers> each(const std::vector<std::string>& labels,
                              const std::function<Numbers(std::size_t piece)>& work);

    // Trains with cross-entropy in train() mode; batches and their order follow from the seed.
    Training train(Module& net, const DataSet& images, const Recipe& recipe, std::uint64_t seed,
                   const Looks& looks = {});

    // Throws Stopped if the user wants it.
    void check_stop() const;

  private:
    struct Memory;
    WorkbenchOptions options_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<DataSet>> images_;
    std::shared_ptr<Memory> memory_;
};

double test_accuracy(Module& net, const DataSet& images);  // a fraction, in eval() mode
std::vector<Batch> first_batches(const DataSet& images, Index size, Index count, std::uint64_t seed = 1);  // of training

}  // namespace normlab
