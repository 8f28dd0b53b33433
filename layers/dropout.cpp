#include "layers/dropout.h"

#include "framework/support/error.h"

namespace normlab {

Dropout::Dropout(const DropoutOptions& given) : options(given) {
    require(options.p >= 0 && options.p < 1, "Dropout", "p must be in [0, 1), got ", options.p);
}

Var Dropout::forward(const Var& x) {
    return training() && options.p > 0 ? dropout(x, options.p, stream, step++) : x;
}

Var Dropout2d::forward(const Var& x) {
    return training() && options.p > 0 ? dropout2d(x, options.p, stream, step++) : x;
}

void Dropout::reset_random(std::uint64_t seed, const std::string& name, std::uint64_t at_step) {
    stream = stream_named(seed, join_names(name, "dropout"));
    step = at_step;
}

}  // namespace normlab
