// What ranks tell each other in a step: each adds its gradients, and the first its running statistics, as those of a
// `batch` norm differ from rank to rank. Gradients of late layers travel while those of earlier ones are computed:
//
//   backward      | conv 9 | conv 8 | conv 7 | conv 6 | conv 5 | …
//   on their way           |  9  8, together 1 MB   |   7  6   | …      then what is left, and the running statistics
#pragma once

#include <vector>

#include "framework/collective.h"
#include "layers/running_statistics.h"

namespace normlab {

class StepSum {
  public:
    StepSum(Module& model, const std::vector<NamedParameter>& parameters, Collective& ranks);
    ~StepSum();  // after a step that failed: nothing is under way any more
    StepSum(const StepSum&) = delete;
    StepSum& operator=(const StepSum&) = delete;

    // This gradient has all that the step adds to it.
    void complete(const Gradient& gradient);
    // The sums are where each rank's own numbers were.
    void add_up();

  private:
    void append(const Tensor& numbers, bool counts);
    void send();

    const std::vector<NamedParameter>& parameters_;
    std::vector<RunningStatistics*> running_;
    Collective& ranks_;
    std::vector<Gradient> told_;
    std::vector<Tensor> parts_;  // of the message, in order
    std::vector<Scalar> message_;
    std::size_t end_ = 0, sent_ = 0;
};

}  // namespace normlab
