// The words of other frameworks for the options of norms and layers. Who writes one is told what to write here.
#pragma once

#include "framework/support/json_reader.h"

namespace normlab {

const ForeignNames& foreign_names_of_norms();   // in a model's "norm"
const ForeignNames& foreign_names_of_layers();  // in its "layers"

}  // namespace normlab
