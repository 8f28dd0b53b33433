#include "layers/containers.h"

#include "framework/ops/arithmetic.h"
#include "framework/support/error.h"

namespace normlab {

Sequential& Sequential::append(std::unique_ptr<Module> layer) {
    require(layer != nullptr, "Sequential", "cannot append nothing");
    layers_.push_back(std::move(layer));
    return *this;
}

Var Sequential::forward(const Var& x) {
    Var y = x;
    for (const auto& layer : layers_) y = (*layer)(y);
    return y;
}

void Sequential::members(Members& m) {
    for (std::size_t i = 0; i < layers_.size(); ++i) m.child(std::to_string(i), *layers_[i]);
}

Residual::Residual(Sequential f, Sequential shortcut) : f_(std::move(f)), shortcut_(std::move(shortcut)) {}

Var Residual::forward(const Var& x) {
    const Var main = f_(x), side = shortcut_(x);
    require(main.shape() == side.shape(), "Residual", "the layers turn ", x.shape(), " into ", main.shape(),
            ", the shortcut into ", side.shape(), "; both must agree");
    return add(main, side);
}

void Residual::members(Members& m) {
    m.child("f", f_);
    if (shortcut_.size() > 0) m.child("shortcut", shortcut_);
}

}  // namespace normlab
