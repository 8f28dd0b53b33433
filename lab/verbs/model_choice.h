// Which model a verb uses: a model file, the folder of a run, or the net of a config with the weights of another
// program's file.
#pragma once

#include "lab/model/model_file.h"
#include "lab/verbs/command_line.h"

namespace normlab {

struct ModelChoice {
    std::string model, weights;

    void define(Arguments& arguments);  // MODEL, --weights
    Model load() const;                 // in eval()
};

}  // namespace normlab
