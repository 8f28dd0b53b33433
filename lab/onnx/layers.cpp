#include "lab/onnx/layers.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "layers/layers.h"

namespace normlab::onnx {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers both(Pair pair) {
    return {pair.h, pair.w};
}

// How many zeros must follow so that the last window ends within them.
Index end_padding(Index size, Index out, Index kernel, Index stride, Index dilation, Index begin) {
    return std::max<Index>(0, (out - 1) * stride + dilation * (kernel - 1) + 1 - size - begin);
}

// ONNX lists the beginnings of all axes, then the ends.
Numbers pads(const Site& at, Pair kernel, Pair stride, Pair dilation, Pair begin) {
    return {begin.h, begin.w, end_padding(at.x[2], at.y[2], kernel.h, stride.h, dilation.h, begin.h),
            end_padding(at.x[3], at.y[3], kernel.w, stride.w, dilation.w, begin.w)};
}

std::string scalar(const Site& at, const std::string& what, double value) {
    return at.graph.constant(join_names(at.name, what), Tensor::full({}, static_cast<Scalar>(value)));
}

// What the mean of each window is divided by, where one number does not say it.
Tensor inverse_divisors(const Site& at, const AvgPoolOptions& o, Pair stride) {
    Tensor inverse({1, 1, at.y[2], at.y[3]});
    const auto reach = [&](Index p, Index step, Index kernel, Index padding, Index size) {
        const Index begin = p * step - padding, end = std::min(begin + kernel, size + padding);
        return o.count_include_pad ? end - begin : std::min(end, size) - std::max<Index>(begin, 0);
    };
    for (Index p = 0; p < at.y[2]; ++p)
        for (Index q = 0; q < at.y[3]; ++q) {
            const Index count = reach(p, stride.h, o.kernel.h, o.padding.h, at.x[2]) *
                                reach(q, stride.w, o.kernel.w, o.padding.w, at.x[3]);
            const Index divisor = o.divisor_override != 0 ? o.divisor_override : count;
            inverse.mutable_data()[p * at.y[3] + q] = static_cast<Scalar>(1 / static_cast<double>(divisor));
        }
    return inverse;
}

}  // namespace

std::string convolution(const Site& at, Module& layer, const std::string& x) {
    const auto& conv = dynamic_cast<const Conv2d&>(layer);
    const Conv2dOptions& o = conv.options;
    const Pair begin = o.padding.same ? Pair(o.dilation.h * (o.kernel.h - 1) / 2, o.dilation.w * (o.kernel.w - 1) / 2)
                                      : o.padding.amount;
    std::vector<std::string> inputs = {x, at.graph.constant(at.name + ".weight", conv.weight_in_use().value())};
    if (conv.bias.defined()) inputs.push_back(at.graph.constant(at.name + ".bias", conv.bias.value()));
    return at.graph.node("Conv", inputs,
                         {{"kernel_shape", both(o.kernel)},
                          {"strides", both(o.stride)},
                          {"dilations", both(o.dilation)},
                          {"pads", pads(at, o.kernel, o.stride, o.dilation, begin)},
                          {"group", o.groups}},
                         at.name);
}

std::string linear(const Site& at, Module& layer, const std::string& x) {
    const auto& linear = dynamic_cast<const Linear&>(layer);
    std::vector<std::string> inputs = {x, at.graph.constant(at.name + ".weight", linear.weight.value())};
    if (linear.bias.defined()) inputs.push_back(at.graph.constant(at.name + ".bias", linear.bias.value()));
    return at.graph.node("Gemm", inputs, {{"transB", std::int64_t{1}}}, at.name);
}

std::string max_pool(const Site& at, Module& layer, const std::string& x) {
    const MaxPoolOptions& o = dynamic_cast<const MaxPool2d&>(layer).options;
    const Pair stride = pool_stride(o.kernel, o.stride);
    return at.graph.node("MaxPool", {x},
                         {{"kernel_shape", both(o.kernel)},
                          {"strides", both(stride)},
                          {"dilations", both(o.dilation)},
                          {"pads", pads(at, o.kernel, stride, o.dilation, o.padding)}},
                         at.name);
}

// The sums of the windows, by a convolution with ones, over what each is to be divided by: runtimes do not agree on the
// mean of a window that ends beyond the image.
std::string avg_pool(const Site& at, Module& layer, const std::string& x) {
    const AvgPoolOptions& o = dynamic_cast<const AvgPool2d&>(layer).options;
    const Pair stride = pool_stride(o.kernel, o.stride);
    const Index C = at.x[1];
    const std::string ones =
        at.graph.constant(join_names(at.name, "ones"), Tensor::full({C, 1, o.kernel.h, o.kernel.w}, 1));
    const std::string sums = at.graph.node("Conv", {x, ones},
                                           {{"kernel_shape", both(o.kernel)},
                                            {"strides", both(stride)},
                                            {"pads", pads(at, o.kernel, stride, 1, o.padding)},
                                            {"group", C}});
    return at.graph.node(
        "Mul", {sums, at.graph.constant(join_names(at.name, "share"), inverse_divisors(at, o, stride))}, {}, at.name);
}

std::string gelu(const Site& at, Module& layer, const std::string& x) {
    Graph& g = at.graph;
    const std::string half = g.node("Mul", {x, scalar(at, "half", 0.5)}), one = scalar(at, "one", 1);
    std::string inner;
    if (dynamic_cast<const GELU&>(layer).options.tanh_approximation) {
        const std::string cube = g.node("Mul", {g.node("Mul", {x, x}), x});
        const std::string sum = g.node("Add", {x, g.node("Mul", {cube, scalar(at, "cubic", 0.044715)})});
        inner = g.node("Tanh", {g.node("Mul", {sum, scalar(at, "slope", std::sqrt(2 / std::numbers::pi))})});
    } else {
        inner = g.node("Erf", {g.node("Mul", {x, scalar(at, "slope", std::sqrt(0.5))})});
    }
    return g.node("Mul", {half, g.node("Add", {inner, one})}, {}, at.name);
}

std::string silu(const Site& at, Module&, const std::string& x) {
    return at.graph.node("Mul", {x, at.graph.node("Sigmoid", {x})}, {}, at.name);
}

std::string leaky_relu(const Site& at, Module& layer, const std::string& x) {
    const double slope = dynamic_cast<const LeakyReLU&>(layer).options.negative_slope;
    return at.graph.node("LeakyRelu", {x}, {{"alpha", static_cast<float>(slope)}}, at.name);
}

}  // namespace normlab::onnx
