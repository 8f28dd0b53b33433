#include "lab/compare/fairness.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "lab/model/summary.h"

namespace normlab {
namespace {

void add_keys(const std::vector<SweepAxis>& axes, std::vector<std::string>& keys) {
    for (const SweepAxis& axis : axes)
        for (const SweepAxis::Value& value : axis.values)
            for (const auto& [key, unused] : value.keys)
                if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
}

// The nets of the first run's seed, each kind once.
std::vector<Net> nets_of(const Sweep& sweep) {
    std::vector<Net> nets;
    std::set<std::string> known;
    for (const PlannedRun& run : sweep.runs)
        if (run.config.seed == sweep.runs.front().config.seed && known.insert(run.config.model.dump()).second)
            initialize(*nets.emplace_back(net_of(run.config)).module, run.config.seed);
    return nets;
}

const NamedParameter* found(const std::vector<NamedParameter>& all, const NamedParameter& wanted) {
    const auto place = std::ranges::find_if(all, [&](const NamedParameter& each) {
        return each.name == wanted.name && each.parameter.shape() == wanted.parameter.shape();
    });
    return place == all.end() ? nullptr : &*place;
}

bool same_bits(const Tensor& a, const Tensor& b) {
    return std::memcmp(a.data(), b.data(), sizeof(Scalar) * static_cast<std::size_t>(a.elements())) == 0;
}

}  // namespace

Fairness fairness_of(const Sweep& sweep, const std::vector<SweepAxis>& tuned) {
    Fairness fairness;
    add_keys(sweep.axes, fairness.keys);
    add_keys(tuned, fairness.keys);
    // The cut into batches changes neither the order nor what augmentation does to an image, only which images are left
    // over at the end of an epoch.
    const bool any_dropped = std::ranges::any_of(sweep.runs, [](const auto& run) { return run.config.data.drop_last; });
    fairness.same_images = std::ranges::none_of(fairness.keys, [&](const std::string& key) {
        return key.starts_with("data") && (key != "data.batch_size" || any_dropped);
    });
    const std::vector<Net> nets = nets_of(sweep);
    std::vector<std::vector<NamedParameter>> weights;
    for (const Net& net : nets) weights.push_back(parameters(*net.module));
    for (const NamedParameter& each : weights.front()) {
        bool shared = true, equal = true;
        for (const auto& others : weights) {
            const NamedParameter* other = found(others, each);
            shared = shared && other != nullptr;
            equal = equal && shared && same_bits(each.parameter.value(), other->parameter.value());
        }
        fairness.shared += shared;
        fairness.equal += shared && equal;
    }
    return fairness;
}

}  // namespace normlab
