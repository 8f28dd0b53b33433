#include "lab/onnx/layers.h"
#include "layers/layers.h"

namespace normlab::onnx {
namespace {

using Numbers = std::vector<std::int64_t>;

// (x − μ)/√(σ² + ε) with μ and σ² over `axes`, or with μ = 0.
std::string normalized(const Site& at, const std::string& x, const Numbers& axes, double eps, bool centered = true) {
    Graph& g = at.graph;
    const Attributes over = {{"axes", axes}, {"keepdims", std::int64_t{1}}};
    const std::string centre = centered ? g.node("Sub", {x, g.node("ReduceMean", {x}, over)}) : x;
    const std::string variance = g.node("ReduceMean", {g.node("Mul", {centre, centre})}, over);
    const std::string epsilon = g.constant(join_names(at.name, "eps"), Tensor::full({}, static_cast<Scalar>(eps)));
    return g.node("Div", {centre, g.node("Sqrt", {g.node("Add", {variance, epsilon})})});
}

// A parameter of each channel, shaped so that it goes with (N,C,H,W) or (N,C); one of each element goes as it is.
std::string parameter(const Site& at, const std::string& name, const Var& values) {
    const bool by_channel = values.shape().rank() == 1 && at.x.rank() == 4;
    const Tensor shaped = by_channel ? values.value().viewed_as({values.shape()[0], 1, 1}) : values.value();
    return at.graph.constant(join_names(at.name, name), shaped);
}

std::string scaled(const Site& at, std::string y, const Var& weight, const Var& bias) {
    if (weight.defined()) y = at.graph.node("Mul", {y, parameter(at, "weight", weight)});
    if (bias.defined()) y = at.graph.node("Add", {y, parameter(at, "bias", bias)});
    return at.graph.node("Identity", {y}, {}, at.name);
}

// All axes of an image.
Numbers whole_image(const Shape& x) {
    return x.rank() == 4 ? Numbers{1, 2, 3} : Numbers{1};
}

template <class Norm>
std::string by_running_statistics(const Site& at, const Norm& norm, const std::string& x) {
    const Shape channels = norm.running.mean.shape();
    const Tensor weight = norm.weight.defined() ? norm.weight.value() : Tensor::full(channels, 1);
    const Tensor bias = norm.bias.defined() ? norm.bias.value() : Tensor::zeros(channels);
    const auto constant = [&](const char* name, const Tensor& values) {
        return at.graph.constant(join_names(at.name, name), values);
    };
    return at.graph.node("BatchNormalization",
                         {x, constant("weight", weight), constant("bias", bias),
                          constant("running_mean", norm.running.mean), constant("running_var", norm.running.variance)},
                         {{"epsilon", static_cast<float>(norm.options.eps)}}, at.name);
}

}  // namespace

std::string batch_norm(const Site& at, Module& layer, const std::string& x) {
    const auto& norm = dynamic_cast<const BatchNorm2d&>(layer);
    if (norm.running.kept()) return by_running_statistics(at, norm, x);
    const Numbers axes = at.x.rank() == 4 ? Numbers{0, 2, 3} : Numbers{0};
    return scaled(at, normalized(at, x, axes, norm.options.eps), norm.weight, norm.bias);
}

std::string instance_norm(const Site& at, Module& layer, const std::string& x) {
    const auto& norm = dynamic_cast<const InstanceNorm2d&>(layer);
    if (norm.running.kept()) return by_running_statistics(at, norm, x);
    return scaled(at, normalized(at, x, {2, 3}, norm.options.eps), norm.weight, norm.bias);
}

std::string group_norm(const Site& at, Module& layer, const std::string& x) {
    const auto& norm = dynamic_cast<const GroupNorm&>(layer);
    Numbers image = {0};  // in Reshape: as it is
    for (int axis = 1; axis < at.x.rank(); ++axis) image.push_back(at.x[axis]);
    const std::string groups =
        at.graph.constant(join_names(at.name, "groups"), Numbers{0, norm.options.num_groups, -1});
    const std::string whole = at.graph.constant(join_names(at.name, "image"), image);
    const std::string y = normalized(at, at.graph.node("Reshape", {x, groups}), {2}, norm.options.eps);
    return scaled(at, at.graph.node("Reshape", {y, whole}), norm.weight, norm.bias);
}

std::string layer_norm(const Site& at, Module& layer, const std::string& x) {
    const auto& norm = dynamic_cast<const LayerNorm&>(layer);
    return scaled(at, normalized(at, x, whole_image(at.x), norm.options.eps), norm.weight, norm.bias);
}

std::string rms_norm(const Site& at, Module& layer, const std::string& x) {
    const auto& norm = dynamic_cast<const RMSNorm&>(layer);
    return scaled(at, normalized(at, x, whole_image(at.x), norm.options.eps, false), norm.weight, {});
}

}  // namespace normlab::onnx
