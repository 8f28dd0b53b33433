// The doctor looks at what a model's file holds, and at what the model does with images in eval and in train mode.
#pragma once

#include "datasets/image_set.h"
#include "lab/model/diagnosis.h"
#include "lab/model/model_file.h"

namespace normlab {

// For the commands that help: `file` is where the model is, `images` are the words of a command line that name them
// ("--corrupt", "blur"); empty for the model's own.
Diagnosis diagnose(const Model& model, const Split& split, const std::string& file = "MODEL",
                   const std::vector<std::string>& images = {});

}  // namespace normlab
