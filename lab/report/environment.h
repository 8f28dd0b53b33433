// What computes a run: this program, on this machine, now.
#pragma once

#include <string>
#include <vector>

namespace normlab {

struct Fact {
    std::string name, value;
};
std::vector<Fact> environment();

}  // namespace normlab
