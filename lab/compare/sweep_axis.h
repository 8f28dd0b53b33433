// What differs from run to run: a key of the config and the values that it takes, or several keys at once.
#pragma once

#include "lab/config/config.h"

namespace normlab {

using KeyValues = std::vector<std::pair<std::string, Json>>;

struct SweepAxis {
    struct Value {
        std::string label;                     // "group", "0.1"
        KeyValues keys;                        // and their values
        std::string place;                     // in the sweep's config: "axes.model.norm[1]"
        std::optional<double> number() const;  // the label as one
    };
    std::string title;  // "model.norm"
    std::vector<Value> values;

    bool is_seed() const { return title == "seed"; }
    bool is_numeric() const;
    std::string short_title() const;  // "norm"
    std::string words() const;        // "learning rate" for optim.lr
};

// Of an object {"KEY": VALUE, ...}; the path begins an error.
KeyValues parse_keys(const Json& object, const std::string& path);

// "list" and "axes" of a sweep's config. No two axes set the same key, or a key and what is in it.
std::vector<SweepAxis> parse_axes(JsonReader& root);
// The axis that sets a key or a section around it; null if there is none.
const SweepAxis* axis_that_sets(const std::vector<SweepAxis>& axes, const std::string& key);

}  // namespace normlab
