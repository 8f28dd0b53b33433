// What may change when a run is resumed.
#pragma once

#include <string>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// "optim.lr 0.1 -> 0.2" for each key that differs.
std::vector<std::string> changes(const Json& before, const Json& now);

// The number of threads changes nothing that is computed. train.epochs, train.steps, train.early_stop,
// train.test_every, train.checkpoint_every, train.log_every, watch and data.dir may change; the text says which did.
// Any other change would make it another run, and is an Error that lists them all.
std::string allowed_changes(const Json& before, const Json& now);

}  // namespace normlab
