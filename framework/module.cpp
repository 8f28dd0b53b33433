#include "framework/module.h"

#include <utility>

#include "framework/deferred.h"
#include "framework/module_scope.h"

namespace normlab {
namespace {

struct Children : Members {
    std::function<void(const std::string&, Module&)> visit;
    explicit Children(std::function<void(const std::string&, Module&)> visitor) : visit(std::move(visitor)) {}
    void child(const std::string& name, Module& module) override { visit(name, module); }
};

struct OwnParameters : Members {
    std::function<void(const std::string&, Var&)> visit;
    explicit OwnParameters(std::function<void(const std::string&, Var&)> visitor) : visit(std::move(visitor)) {}
    void parameter(const std::string& name, Var& parameter) override { visit(name, parameter); }
};

void collect(const std::string& name, Module& module, std::vector<NamedModule>& found) {
    found.push_back({name, &module});
    Children below([&](const std::string& child, Module& next) { collect(join_names(name, child), next, found); });
    module.members(below);
}

}  // namespace

std::string join_names(const std::string& prefix, const std::string& name) {
    return prefix.empty() ? name : prefix + "." + name;
}

std::vector<NamedModule> modules(Module& root) {
    std::vector<NamedModule> found;
    collect("", root, found);
    return found;
}

std::vector<NamedParameter> parameters(Module& root) {
    std::vector<NamedParameter> found;
    for (const auto& [prefix, module] : modules(root)) {
        OwnParameters own([&, &prefix = prefix, module = module](const std::string& name, Var& parameter) {
            if (parameter.defined()) found.push_back({join_names(prefix, name), parameter, module});
        });
        module->members(own);
    }
    return found;
}

Index count_parameters(Module& root) {
    Index count = 0;
    for (const NamedParameter& each : parameters(root)) count += each.parameter.value().elements();
    return count;
}

void initialize(Module& root, std::uint64_t seed) {
    for (const auto& [name, module] : modules(root)) module->reset_parameters(seed, name);
}

void seed_training(Module& root, std::uint64_t seed, std::uint64_t step) {
    for (const auto& [name, module] : modules(root)) module->reset_random(seed, name, step);
}

void tell_progress(Module& root, double progress) {
    for (const auto& [name, module] : modules(root)) module->progress_changed(progress);
}

ForwardListener::ForwardListener(Heard heard) : heard_(std::move(heard)) {
    in_scope_.push_back(this);
}

ForwardListener::~ForwardListener() {
    std::erase(in_scope_, this);  // listeners may end in any order
}

Var Module::operator()(const Var& x) {
    const FusionScope scope;
    const ModuleScope work(this);
    Var y = forward(x);
    if (scope.outermost()) static_cast<void>(y.value());
    if (!ForwardListener::in_scope_.empty()) ForwardListener::in_scope_.back()->heard_(*this, x, y);
    return y;
}

void Module::set_training(bool on) {
    for (const auto& [name, module] : modules(*this)) {
        module->training_ = on;
        module->mode_changed();
    }
}

void Module::set_frozen(bool on) {
    for (const auto& [name, module] : modules(*this)) {
        module->frozen_ = on;
        module->mode_changed();
    }
    for (NamedParameter& each : parameters(*this)) each.parameter.set_needs_gradient(!on);
}

}  // namespace normlab
