// The columns that say which cell of the results a row of a table is about.
#pragma once

#include "lab/compare/results.h"
#include "lab/text/table.h"

namespace normlab {

// The variant and, if there are several, the condition.
std::vector<Table::Column> name_columns(const Results& results);
std::vector<std::string> names_of(const Results& results, std::size_t variant, std::size_t condition);

}  // namespace normlab
