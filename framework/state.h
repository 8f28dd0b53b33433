// Everything a module or an optimizer must remember, by name: taken out, put back, written to files.
#pragma once

#include <cstdint>

#include "framework/module.h"
#include "framework/safetensors.h"

namespace normlab {

// Where an object keeps its tensors and counters.
struct StateDict {
    struct TensorPlace {
        std::string name;
        Tensor* tensor;
    };
    struct CounterPlace {
        std::string name;
        std::int64_t* counter;
    };
    std::vector<TensorPlace> tensors;
    std::vector<CounterPlace> counters;
};

StateDict state_dict(Module& root);  // parameters and buffers of all modules below

// The current state; its tensors share the numbers' storage: clone what must not follow later changes.
State state_of(const StateDict& dict);

// How a state differs from what it is meant for.
struct Differences {
    std::vector<std::string> missing;     // the module has it, the state does not
    std::vector<std::string> unexpected;  // the state has it, the module does not
    std::vector<std::string> misshapen;   // both have it, in other shapes: "fc.weight: (100,64), expected (10,64)"
    bool none() const { return missing.empty() && unexpected.empty() && misshapen.empty(); }
    std::string text(std::size_t most = SIZE_MAX) const;  // names of each kind
};

// Puts a state back: either all of it fits, or an error names every difference and nothing is changed.
void load_state(const StateDict& dict, const State& state);
// Puts back what fits by name and shape, and reports what did not.
Differences load_matching_state(const StateDict& dict, const State& state);

inline State state_of(Module& module) {
    return state_of(state_dict(module));
}
inline void load_state(Module& module, const State& state) {
    load_state(state_dict(module), state);
}
inline Differences load_matching_state(Module& module, const State& state) {
    return load_matching_state(state_dict(module), state);
}

}  // namespace normlab
