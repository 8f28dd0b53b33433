#include "lab/config/name_patterns.h"

#include <algorithm>
#include <string_view>

#include "framework/support/json_reader.h"
#include "framework/support/shell.h"

namespace normlab {
namespace {

// The whole name, or its beginning up to a dot.
bool matches_from(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty() || name.front() == '.';
    if (pattern.front() != '*')
        return !name.empty() && pattern.front() == name.front() && matches_from(pattern.substr(1), name.substr(1));
    for (std::size_t taken = 0; taken <= name.size(); ++taken)
        if (matches_from(pattern.substr(1), name.substr(taken))) return true;
    return false;
}

}  // namespace

bool matches(const std::string& pattern, const std::string& name) {
    return !name.empty() && matches_from(pattern, name);
}

bool matches_any(const NamePatterns& patterns, const std::string& name) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, name); });
}

void require_each_matches(const NamePatterns& patterns, const std::vector<std::string>& names,
                          const std::string& path) {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        const auto is_picked = [&](const std::string& name) { return matches(patterns[i], name); };
        if (std::ranges::any_of(names, is_picked)) continue;
        const std::string near = nearest(patterns[i], names);
        throw ConfigError(
            path + "[" + std::to_string(i) + "]",
            "\"" + patterns[i] + "\" matches nothing in the model; " +
                (near.empty() ? command({"summary"}) + " lists its layers" : "did you mean \"" + near + "\"?"));
    }
}

std::vector<std::string> names_in(Module& model) {
    std::vector<std::string> names;
    for (const auto& [name, module] : modules(model))
        if (!name.empty()) names.push_back(name);
    for (const NamedParameter& each : parameters(model)) names.push_back(each.name);
    return names;
}

void freeze_matching(Module& model, const NamePatterns& patterns) {
    require_each_matches(patterns, names_in(model), "freeze");
    for (const auto& [name, module] : modules(model))
        if (matches_any(patterns, name)) module->freeze();
    std::vector<NamedParameter> all = parameters(model);
    for (NamedParameter& each : all)
        if (matches_any(patterns, each.name)) each.parameter.set_needs_gradient(false);
    const bool learns = std::ranges::any_of(all, [](const auto& each) { return each.parameter.needs_gradient(); });
    if (!patterns.empty() && !learns) throw ConfigError("freeze", "leaves the model nothing to learn");
}

std::vector<Conv2d*> whitened_layers(Module& model, const NamePatterns& patterns, Index channels) {
    std::vector<Conv2d*> layers;
    std::vector<std::string> names;
    for (const auto& [name, module] : modules(model)) {
        auto* const layer = dynamic_cast<Conv2d*>(module);
        if (layer == nullptr) continue;
        names.push_back(name);
        if (!matches_any(patterns, name)) continue;
        const Conv2dOptions& o = layer->options;
        const Index most = 2 * channels * o.kernel.h * o.kernel.w;
        const auto check = [&, &name = name](bool holds, const std::string& rule) {
            if (!holds) throw ConfigError("init.whiten", name + " " + rule);
        };
        check(o.in == channels && o.groups == 1,
              "must see the images: a convolution of their " + std::to_string(channels) + " channels in one group");
        check(o.out <= most, "has " + std::to_string(o.out) + " output channels, but its kernels allow " +
                                 std::to_string(most) + ": two for each number of a patch");
        check(!o.weight_standardization, "cannot have weight_standardization, which would undo it");
        layers.push_back(layer);
    }
    require_each_matches(patterns, names, "init.whiten");
    return layers;
}

void require_groups_match(const std::vector<OptimConfig::Group>& groups, Module& model) {
    std::vector<std::string> names;
    for (const NamedParameter& each : parameters(model)) names.push_back(each.name);
    for (std::size_t i = 0; i < groups.size(); ++i)
        require_each_matches(groups[i].params, names, "optim.groups[" + std::to_string(i) + "].params");
}

}  // namespace normlab
