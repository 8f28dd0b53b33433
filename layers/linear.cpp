#include "layers/linear.h"

#include "framework/support/error.h"

namespace normlab {

Linear::Linear(const LinearOptions& given) : options(given) {
    require(options.in >= 1 && options.out >= 1, "Linear", "in and out must be at least 1, got in ", options.in,
            ", out ", options.out);
    weight = Var::parameter(Tensor({options.out, options.in}));
    if (options.bias) bias = Var::parameter(Tensor({options.out}));
    reset_parameters(0, "");
}

void Linear::members(Members& m) {
    m.parameter("weight", weight);
    m.parameter("bias", bias);
}

void Linear::reset_parameters(std::uint64_t seed, const std::string& name) {
    const Fans fans{.in = static_cast<double>(options.in), .out = static_cast<double>(options.out)};
    draw(weight.mutable_value(), options.init, fans, stream_named(seed, join_names(name, "weight")));
    if (bias.defined()) draw(bias.mutable_value(), Init::standard, fans, stream_named(seed, join_names(name, "bias")));
}

}  // namespace normlab
