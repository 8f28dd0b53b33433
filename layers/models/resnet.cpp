#include "framework/ops/activation.h"
#include "framework/ops/arithmetic.h"
#include "framework/ops/pool.h"
#include "framework/support/error.h"
#include "layers/models/models.h"

namespace normlab {
namespace {

Conv2d convolution(Index in, Index out, Index kernel, Index stride, const ModelOptions& model) {
    return Conv2d({.in = in,
                   .out = out,
                   .kernel = kernel,
                   .stride = stride,
                   .padding = kernel / 2,
                   .bias = model.norm.type == NormType::none,
                   .init = model.init,
                   .weight_standardization = model.weight_standardization});
}

}  // namespace

BasicBlock::BasicBlock(Index in, Index out, Index stride, const ModelOptions& model)
    : conv1_(convolution(in, out, 3, stride, model)),
      bn1_(make_norm(model.norm, out)),
      conv2_(convolution(out, out, 3, 1, model)),
      bn2_(make_norm(model.norm, out)) {
    if (stride == 1 && in == out) return;
    downsample_.append(convolution(in, out, 1, stride, model));
    downsample_.append(make_norm(model.norm, out));
}

Var BasicBlock::forward(const Var& x) {
    const Var y = (*bn2_)(conv2_(relu((*bn1_)(conv1_(x)))));
    return relu(add(y, downsample_(x)));
}

void BasicBlock::members(Members& m) {
    m.child("conv1", conv1_);
    m.child("bn1", *bn1_);
    m.child("conv2", conv2_);
    m.child("bn2", *bn2_);
    if (downsample_.size() > 0) m.child("downsample", downsample_);
}

ResNet::ResNet(const ModelOptions& options, Index depth)
    : conv1_(convolution(options.image[0], 16, 3, 1, options)),
      bn1_(make_norm(options.norm, 16)),
      fc_({.in = 64, .out = options.classes, .init = options.init}) {
    require(depth >= 8 && (depth - 2) % 6 == 0, "resnet", "depth must be 6n + 2 (8, 14, 20, 32, 44, 56, …), got ",
            depth);
    Index in = 16;
    for (const Index out : {16, 32, 64}) {
        Sequential stage;
        for (Index block = 0; block < (depth - 2) / 6; ++block) {
            stage.append(BasicBlock(in, out, in != out ? 2 : 1, options));
            in = out;
        }
        stages_.push_back(std::move(stage));
    }
}

Var ResNet::forward(const Var& x) {
    Var y = relu((*bn1_)(conv1_(x)));
    for (Sequential& stage : stages_) y = stage(y);
    return fc_(flatten(global_avg_pool2d(y)));
}

void ResNet::members(Members& m) {
    m.child("conv1", conv1_);
    m.child("bn1", *bn1_);
    for (std::size_t i = 0; i < stages_.size(); ++i) m.child("layer" + std::to_string(i + 1), stages_[i]);
    m.child("fc", fc_);
}

}  // namespace normlab
