#include "framework/module.h"

#include <utility>

#include "framework/deferred.h"
#include "framework/module_scope.h"
#include "framework/support/error.h"

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
            if (!parameter.defined()) return;
            parameter.gradient().set_reported();
            found.push_back({join_names(prefix, name), parameter, module});
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

// What a module learns, it has to report: else no optimizer changes it, no file keeps it, and nobody notices. So an
// Error if a call on x, recorded from `first` on, used a parameter that is neither x nor a member of any module.
static void require_reported(Module& root, const Var& x, const Tape& tape, std::size_t first) {
    const auto unknown = [&x](const Gradient& parameter) {
        return parameter.wanted() && !parameter.reported() && parameter != x.gradient();
    };
    bool found = false;
    tape.for_each_parameter(first, [&](const Gradient& each, const Module*) { found = found || unknown(each); });
    if (!found) return;
    parameters(root);  // nobody may have asked for them yet
    tape.for_each_parameter(first, [&](const Gradient& parameter, const Module* in) {
        if (unknown(parameter))
            fail(
                (in != nullptr ? *in : root).kind(), "uses a parameter of shape ", parameter.shape(),
                " that no module reports, so nothing would learn it: report it in members(), or its module as a child");
    });
}

Var Module::operator()(const Var& x) {
    const FusionScope scope;
    const ModuleScope work(this);
    const Tape* const tape = scope.outermost() ? Tape::recording() : nullptr;
    const std::size_t first = tape != nullptr ? tape->size() : 0;
    Var y = forward(x);
    if (scope.outermost()) static_cast<void>(y.value());
    if (tape != nullptr) require_reported(*this, x, *tape, first);
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
