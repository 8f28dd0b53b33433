#include "lab/run/weight_average.h"

#include <algorithm>

#include "layers/factory.h"

namespace normlab {

WeightAverage::WeightAverage(double decay, const Model& learning)
    : decay_(decay),
      model_{make_model(learning.config.model, learning.image, static_cast<Index>(learning.classes.size())),
             learning.config, learning.image, learning.classes, learning.scale},
      from_(state_dict(*learning.module)),
      to_(state_dict(*model_.module)) {
    load_state(to_, state_of(from_));
    model_.module->eval();
}

void WeightAverage::follow(Index step) {
    const auto t = static_cast<double>(step);
    const auto share = static_cast<Scalar>(1 - std::min(decay_, (1 + t) / (10 + t)));
    for (std::size_t i = 0; i < to_.tensors.size(); ++i) {
        Tensor& average = *to_.tensors[i].tensor;
        const Scalar* now = from_.tensors[i].tensor->data();
        Scalar* a = average.mutable_data();
        for (Index j = 0; j < average.elements(); ++j) a[j] += share * (now[j] - a[j]);
    }
    for (std::size_t i = 0; i < to_.counters.size(); ++i) *to_.counters[i].counter = *from_.counters[i].counter;
}

}  // namespace normlab
