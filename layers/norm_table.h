// The table of norms. The factory, the reading and writing of configs and their schema follow from it: a new norm is a
// row.
#pragma once

#include "layers/layer_kinds.h"

namespace normlab {

struct NormRow {
    NormType type;
    std::string name;                        // in a model's "norm"
    void (*options)(Fields& f, Norm& norm);  // lists those that the type has
    std::unique_ptr<Module> (*make)(const Norm& norm, Index channels);
    std::optional<LayerKind> layer = {};  // in a model's "layers"
};

const std::vector<NormRow>& norm_table();
const NormRow& norm_row(NormType type);

// All that a config can say about a norm but its type.
void fields(Fields& f, Norm& norm);

}  // namespace normlab
