#include "framework/state.h"

#include <map>
#include <sstream>

#include "framework/support/error.h"
#include "framework/support/words.h"

namespace normlab {
namespace {

struct Collect : Members {
    Collect(const std::string& module_name, StateDict& all) : prefix(module_name), found(all) {}
    void parameter(const std::string& name, Var& parameter) override {
        if (parameter.defined()) buffer(name, parameter.mutable_value());
    }
    void buffer(const std::string& name, Tensor& tensor) override {
        found.tensors.push_back({join_names(prefix, name), &tensor});
    }
    void counter(const std::string& name, std::int64_t& value) override {
        found.counters.push_back({join_names(prefix, name), &value});
    }
    const std::string& prefix;
    StateDict& found;
};

// Which part of a state goes where.
struct Match {
    std::vector<std::pair<Tensor*, const Tensor*>> tensors;
    std::vector<std::pair<std::int64_t*, std::int64_t>> counters;
    Differences differences;
};

Match match(const StateDict& dict, const State& state) {
    Match result;
    std::map<std::string, const Tensor*> tensors;
    std::map<std::string, std::int64_t> counters;
    for (const auto& [name, tensor] : state.tensors) tensors[name] = &tensor;
    for (const auto& [name, value] : state.counters) counters[name] = value;

    const auto misshapen = [&](const std::string& name, const Shape& found, const Shape& expected) {
        result.differences.misshapen.push_back(name + ": " + found.text() + ", expected " + expected.text());
    };
    const Shape one_number = {};  // of a counter

    for (const auto& [name, place] : dict.tensors) {
        if (const auto found = tensors.extract(name)) {
            if (found.mapped()->shape() == place->shape())
                result.tensors.emplace_back(place, found.mapped());
            else
                misshapen(name, found.mapped()->shape(), place->shape());
        } else if (counters.extract(name)) {
            misshapen(name, one_number, place->shape());
        } else {
            result.differences.missing.push_back(name);
        }
    }
    for (const auto& [name, place] : dict.counters) {
        if (const auto found = counters.extract(name))
            result.counters.emplace_back(place, found.mapped());
        else if (const auto tensor = tensors.extract(name))
            misshapen(name, tensor.mapped()->shape(), one_number);
        else
            result.differences.missing.push_back(name);
    }
    for (const auto& [name, unused] : tensors) result.differences.unexpected.push_back(name);
    for (const auto& [name, unused] : counters) result.differences.unexpected.push_back(name);
    return result;
}

void put_back(const Match& match) {
    for (const auto& [place, tensor] : match.tensors) place->copy_from(*tensor);
    for (const auto& [place, value] : match.counters) *place = value;
}

}  // namespace

StateDict state_dict(Module& root) {
    StateDict found;
    for (const auto& [name, module] : modules(root)) {
        Collect own(name, found);
        module->members(own);
    }
    return found;
}

State state_of(const StateDict& dict) {
    State state;
    for (const auto& [name, tensor] : dict.tensors) state.tensors.push_back({name, *tensor});
    for (const auto& [name, counter] : dict.counters) state.counters.push_back({name, *counter});
    return state;
}

std::string Differences::text(std::size_t most) const {
    std::ostringstream out;
    const auto list = [&](const char* what, const std::vector<std::string>& names) {
        if (names.empty()) return;
        out << (out.tellp() > 0 ? "; " : "") << what << ": " << some_of(names, most);
    };
    list("missing", missing);
    list("unexpected", unexpected);
    list("of another shape", misshapen);
    return out.str();
}

void load_state(const StateDict& dict, const State& state) {
    const Match found = match(dict, state);
    require(found.differences.none(), "load_state", found.differences.text());
    put_back(found);
}

Differences load_matching_state(const StateDict& dict, const State& state) {
    const Match found = match(dict, state);
    put_back(found);
    return found.differences;
}

}  // namespace normlab
