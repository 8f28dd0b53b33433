// The trap of train and eval mode, shown: what a forgotten eval() does to a model's accuracy.
#pragma once

#include "lab/model/evaluation.h"
#include "lab/model/model_file.h"

namespace normlab {

struct ModeResult {
    Index batch = 0;
    std::optional<Evaluation> evaluation;  // empty if it cannot be computed,
    std::string why_not;                   // and why
};

// The model in train mode, for each batch size. The model stays as it was.
std::vector<ModeResult> in_train_mode(const Model& model, const ImageSet& set, const std::vector<Index>& batch_sizes);

// A table beside the evaluation in eval mode, and why they differ.
std::string comparison_text(const Model& model, const Evaluation& in_eval, const std::vector<ModeResult>& in_train);
Json to_json(const std::vector<ModeResult>& results);

}  // namespace normlab
