// steps.csv of a run with train.log_every: the loss of single steps, between the tests. Each line is of one step alone,
// so a resumed run writes the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/support/scalar.h"
#include "lab/run/run_folder.h"

namespace normlab {

struct StepLoss {
    Index step = 0;  // counted from 1
    double lr = 0, loss = 0;
};

class StepLog {
  public:
    StepLog(std::optional<Index> every, RunFolder folder) : every_(every), folder_(std::move(folder)) {}

    void resume(Index step);  // keeps the lines up to that step
    void note(const StepLoss& loss);
    void write();  // the file, if anything is new

  private:
    std::optional<Index> every_;
    RunFolder folder_;
    std::string lines_;
    bool written_ = true;
};

std::vector<StepLoss> read_steps(const std::filesystem::path& run);  // empty if there is no such file

}  // namespace normlab
