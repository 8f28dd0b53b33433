#include "lab/run/run_divergence.h"

#include <algorithm>
#include <cmath>

namespace normlab {

bool all_finite(const Tensor& tensor) {
    return std::all_of(tensor.data(), tensor.data() + tensor.elements(), [](Scalar x) { return std::isfinite(x); });
}

std::string first_not_finite(Module& root, const std::function<void()>& work) {
    std::string found;
    const std::vector<NamedModule> named = modules(root);
    const ForwardListener listener([&](Module& module, const Var&, const Var& y) {
        if (!found.empty() || all_finite(y.value())) return;
        const auto place = std::ranges::find(named, &module, &NamedModule::module);
        const std::string name = place == named.end() ? "" : place->name;
        found = name.empty() ? module.kind() : name + " (" + module.kind() + ")";
    });
    work();
    return found;
}

}  // namespace normlab
