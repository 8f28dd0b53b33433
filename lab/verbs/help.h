// How `normlab --help` and `normlab VERB --help` look: 80 columns, options beside what they do, an example below.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace normlab {

struct Help {
    using Entry = std::pair<std::string, std::string>;  // a term and its explanation

    std::string about, usage;
    std::vector<Entry> verbs = {}, words = {}, options = {};
    std::string footer;

    std::string text() const;
};

}  // namespace normlab
