#include "lab/claims/workbench/objective.h"

#include "framework/ops/arithmetic.h"
#include "framework/ops/loss.h"
#include "framework/support/error.h"
#include "lab/model/evaluation.h"

namespace normlab {

Objective::Objective(Tensor x, Tensor target) : input_(std::move(x)), target_(std::move(target)) {
    require(target_.shape().rank() == 2, "objective", "the target must be (N,C), got ", target_.shape());
}

Var Objective::of_output(const Var& output) const {
    if (!target_.defined()) return cross_entropy(output, labels_);
    return scale(mse(output, target_), static_cast<double>(target_.shape()[1]));
}

double Objective::accuracy(const Tensor& output) const {
    if (labels_.empty()) return 0;
    Index right = 0;
    for (std::size_t n = 0; n < labels_.size(); ++n)
        right += likeliest_class(output, static_cast<Index>(n)) == labels_[n];
    return static_cast<double>(right) / static_cast<double>(labels_.size());
}

}  // namespace normlab
