#include "lab/model/fold.h"

#include <algorithm>

#include "framework/ops/evaluated_convolution.h"
#include "framework/ops/normalize.h"
#include "framework/state.h"
#include "lab/config/model_section.h"
#include "lab/model/evaluation.h"
#include "layers/batch_norm2d.h"
#include "layers/containers.h"
#include "layers/conv2d.h"
#include "layers/factory.h"
#include "layers/instance_norm2d.h"
#include "layers/linear.h"

namespace normlab {
namespace {

template <class Layer>
ChannelAffine affine_of(const Layer& norm) {
    return channel_affine(fixed_statistics(norm.running.mean, norm.running.variance, 1), norm.weight.value(),
                          norm.bias.value(), norm.options.eps);
}

ChannelAffine affine_of(const Module& norm) {
    if (const auto* batch_norm = dynamic_cast<const BatchNorm2d*>(&norm)) return affine_of(*batch_norm);
    return affine_of(dynamic_cast<const InstanceNorm2d&>(norm));
}

bool has_weights(const Module& module) {
    return dynamic_cast<const Conv2d*>(&module) != nullptr || dynamic_cast<const Linear*>(&module) != nullptr;
}

// A module's name and what went in and out when the model evaluated, each known by its place in memory.
struct Call {
    std::string name;
    Module* module;
    Tensor x, y;
    bool passes_on() const { return x.data() == y.data(); }
};

std::vector<Call> calls_of(const Model& model) {
    const std::vector<NamedModule> named = modules(*model.module);
    std::vector<Call> calls;
    const EvalMode mode(*model.module);
    const ForwardListener listener([&](Module& module, const Var& x, const Var& y) {
        const auto found = std::ranges::find(named, &module, &NamedModule::module);
        if (found != named.end()) calls.push_back({found->name, &module, x.value(), y.value()});
    });
    (*model.module)(Tensor::zeros({2, model.image[0], model.image[1], model.image[2]}));
    return calls;
}

// Whether `outer` does nothing with its input but pass it to `inner`.
bool begins_with(const Call& outer, const Call& inner) {
    return dynamic_cast<const Sequential*>(outer.module) != nullptr &&
           inner.name.starts_with(join_names(outer.name, ""));
}

// The weighted layer that the norm can be folded into, or else why there is none.
void plan(const std::vector<Call>& calls, const Call& norm, FoldPlan& result) {
    const auto leave = [&](const std::string& why) { result.left.push_back({norm.name, why}); };
    if (running_statistics(*norm.module) == nullptr)
        return leave(norm.module->kind() + " uses its input's statistics in evaluation, too");
    const auto made = std::ranges::find_if(calls, [&](const Call& c) { return c.y.data() == norm.x.data(); });
    if (made == calls.end()) return leave("no layer before it to fold it into");
    if (!has_weights(*made->module))
        return leave("comes after " + made->module->kind() + " " + made->name +
                     ", which is not a convolution or linear layer");
    for (const Call& user : calls)
        if (user.x.data() == norm.x.data() && user.module != norm.module && !user.passes_on() &&
            !begins_with(user, norm))
            return leave("the output of " + made->name + " is also used by " + user.module->kind() + " " + user.name);
    result.pairs.push_back({made->name, norm.name});
}

Tensor weights_of(Module& module) {
    if (const auto* conv = dynamic_cast<const Conv2d*>(&module)) return conv->weight_in_use().value();
    return dynamic_cast<const Linear&>(module).weight.value();
}

// Weight and bias with the norm in them.
void fold_into(State& state, const FoldPlan::Pair& pair, Module& weighted, const ChannelAffine& affine) {
    const auto place = [&](const std::string& name) {
        return std::ranges::find(state.tensors, join_names(pair.weighted, name), &NamedTensor::name);
    };
    const auto old_bias = place("bias");
    const bool has_bias = old_bias != state.tensors.end();
    const auto [weight, bias] =
        folded({weights_of(weighted), has_bias ? old_bias->tensor : Tensor()}, affine.scale, affine.shift);
    place("weight")->tensor = weight;
    if (has_bias)
        old_bias->tensor = bias;
    else
        state.tensors.push_back({join_names(pair.weighted, "bias"), bias});
    const auto is_norms = [&](const auto& each) { return each.name.starts_with(pair.norm + "."); };
    std::erase_if(state.tensors, is_norms);
    std::erase_if(state.counters, is_norms);
}

}  // namespace

FoldPlan plan_fold(const Model& model) {
    FoldPlan result;
    const std::vector<Call> calls = calls_of(model);
    for (const Call& call : calls)
        if (call.module->is_norm()) plan(calls, call, result);
    return result;
}

Model folded(const Model& model, const FoldPlan& plan) {
    std::string why;
    for (const auto& [norm, reason] : plan.left)
        if (why.empty()) why = norm + ": " + reason;
    require(
        !plan.pairs.empty(), "fold",
        why.empty() ? "the model has no norm: there is nothing to fold" : "no norm of the model can be folded; " + why);
    const std::vector<NamedModule> named = modules(*model.module);
    const auto module_called = [&](const std::string& name) -> Module& {
        return *std::ranges::find(named, name, &NamedModule::name)->module;
    };
    State state = state_of(*model.module);
    Model result{.config = model.config, .image = model.image, .classes = model.classes, .scale = model.scale};
    result.config.freeze.clear();  // the names are others now
    result.config.optim.groups.clear();
    for (const FoldPlan::Pair& pair : plan.pairs) {
        fold_into(state, pair, module_called(pair.weighted), affine_of(module_called(pair.norm)));
        write_as_folded(result.config.model, pair.weighted, pair.norm);
    }
    result.module = make_model(result.config.model, result.image, static_cast<Index>(result.classes.size()));
    load_state(*result.module, state);
    result.module->eval();
    return result;
}

}  // namespace normlab
