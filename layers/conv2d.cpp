#include "layers/conv2d.h"

#include <algorithm>

#include "framework/ops/normalize.h"
#include "framework/support/error.h"

namespace normlab {

Conv2d::Conv2d(const Conv2dOptions& given) : options(given) {
    const auto& o = options;
    require(o.in >= 1 && o.out >= 1, "Conv2d", "in and out must be at least 1, got in ", o.in, ", out ", o.out);
    require(std::min(o.kernel.h, o.kernel.w) >= 1 && std::max(o.kernel.h, o.kernel.w) <= kManyPixels, "Conv2d",
            "kernel must be from 1 to ", kManyPixels, ", got (", o.kernel.h, ",", o.kernel.w, ")");
    require(o.groups >= 1 && o.in % o.groups == 0 && o.out % o.groups == 0, "Conv2d",
            "groups must divide in and out: ", o.groups, " groups, in ", o.in, ", out ", o.out);
    const Shape shape{o.out, o.in / o.groups, o.kernel.h, o.kernel.w};
    require(!o.weight_standardization || shape.elements() > o.out, "Conv2d",
            "weight_standardization needs more than one weight for each output channel");
    weight = Var::parameter(Tensor(shape));
    if (o.bias) bias = Var::parameter(Tensor({o.out}));
    reset_parameters(0, "");
}

Var Conv2d::forward(const Var& x) {
    return conv2d(x, weight_in_use(), bias, {options.stride, options.padding, options.dilation, options.groups});
}

// Kernels are laid out in memory like images: a layer norm of each.
Var Conv2d::weight_in_use() const {
    if (!options.weight_standardization) return weight;
    const Statistics own = statistics_of(weight.value(), {.images = 1, .channels = weight.shape()[1]});
    return normalize("weight_standardization", weight, own, {}, {}, 1e-5);
}

void Conv2d::members(Members& m) {
    m.parameter("weight", weight);
    m.parameter("bias", bias);
}

void Conv2d::reset_parameters(std::uint64_t seed, const std::string& name) {
    const auto taps = static_cast<double>(options.kernel.h * options.kernel.w);
    const double groups = static_cast<double>(options.groups);
    const Fans fans{.in = taps * static_cast<double>(options.in) / groups,
                    .out = taps * static_cast<double>(options.out) / groups};
    draw(weight.mutable_value(), options.init, fans, stream_named(seed, join_names(name, "weight")));
    if (options.init.type == Init::dirac) copy_inputs(weight.mutable_value(), options.groups, options.init.gain);
    if (bias.defined()) draw(bias.mutable_value(), Init::standard, fans, stream_named(seed, join_names(name, "bias")));
}

}  // namespace normlab
