// What ranks tell each other in a step, in one message: each adds its gradients, and the first its running statistics,
// as those of a `batch` norm differ from rank to rank.
#pragma once

#include <vector>

#include "framework/collective.h"
#include "layers/running_statistics.h"

namespace normlab {

class StepSum {
  public:
    StepSum(Module& model, const std::vector<NamedParameter>& parameters, Collective& ranks);

    void add_up();

  private:
    // Calls visit(numbers, whether all ranks add theirs) for each tensor.
    template <class Visit>
    void each(const Visit& visit);

    const std::vector<NamedParameter>& parameters_;
    std::vector<RunningStatistics*> running_;
    Collective& ranks_;
};

}  // namespace normlab
