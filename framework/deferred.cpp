#include "framework/deferred.h"

#include <utility>

#include "framework/module_scope.h"

namespace normlab {

namespace {
thread_local int open_scopes = 0;
}

FusionScope::FusionScope() {
    ++open_scopes;
}
FusionScope::~FusionScope() {
    --open_scopes;
}
bool FusionScope::outermost() const {
    return open_scopes == 1;
}

struct Var::Open {
    Shape shape;
    std::function<Var(const Epilogue&)> ended;  // kept when it is closed: an open sum may still end it
    Takes takes;
    const Module* module;  // that left it open
    Var closed;            // once its numbers were asked for
};

Var Var::open(const Shape& shape, Takes takes, std::function<Var(const Epilogue&)> ended) {
    if (open_scopes == 0) return ended({});
    Var value;
    value.open_ = std::make_shared<Open>(Open{shape, std::move(ended), takes, ModuleScope::current(), {}});
    return value;
}

bool Var::is_open() const {
    return open_ != nullptr && !open_->closed.defined();
}
bool Var::takes_residual() const {
    return is_open() && open_->takes.residual;
}
bool Var::takes_scale() const {
    return is_open() && open_->takes.scale;
}
Var Var::ended(const Epilogue& ending) const {
    const ModuleScope scope(open_->module);
    return open_->ended(ending);
}

const Var& Var::close() const {
    if (!open_->closed.defined()) open_->closed = ended({});
    return open_->closed;
}

const Shape& Var::open_shape() const {
    return open_->shape;
}

}  // namespace normlab
