#include "framework/deferred.h"

#include <utility>

#include "framework/module_scope.h"
#include "framework/support/error.h"

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

EpilogueView Epilogue::view() const {
    return {residual.defined() ? residual.value().data() : nullptr, relu};
}

Deferred* Deferred::of(const Var& x) {
    Deferred* const deferred = x.deferred_.get();
    return deferred != nullptr && !deferred->computed.defined() ? deferred : nullptr;
}

Var Deferred::as_var(Deferred value) {
    Var result;
    result.deferred_ = std::make_shared<Deferred>(std::move(value));
    return result;
}

Var defer(Deferred value) {
    if (open_scopes == 0) return value.finish({});
    value.module = ModuleScope::current();
    return Deferred::as_var(std::move(value));
}

bool takes_relu(const Var& x) {
    return Deferred::of(x) != nullptr;
}
bool takes_residual(const Var& x) {
    const Deferred* const deferred = Deferred::of(x);
    return deferred != nullptr && deferred->takes_residual;
}
bool takes_scale(const Var& x) {
    const Deferred* const deferred = Deferred::of(x);
    return deferred != nullptr && deferred->takes_scale;
}

Var finish(const Var& x, const Epilogue& epilogue) {
    const Deferred* const deferred = Deferred::of(x);
    require(deferred != nullptr, "finish", "only a deferred value can take an epilogue, and this one of shape ",
            x.shape(), " is computed already");
    require(!epilogue.residual.defined() || deferred->takes_residual, "finish", "this value of shape ", x.shape(),
            " takes no residual");
    require(!epilogue.scale.defined() || deferred->takes_scale, "finish", "this value of shape ", x.shape(),
            " takes no scale");
    const ModuleScope scope(deferred->module);
    const auto run = deferred->finish;  // a copy: the residual may be x, and computing x lets its function go
    return run(epilogue);
}

const Var& Var::computed() const {
    if (deferred_ == nullptr) return *this;
    if (Deferred::of(*this) != nullptr) {
        deferred_->computed = finish(*this, {});
        deferred_->finish = nullptr;
    }
    return deferred_->computed;
}

const Shape& Var::shape() const {
    return deferred_ != nullptr ? deferred_->shape : value_.shape();
}

}  // namespace normlab
