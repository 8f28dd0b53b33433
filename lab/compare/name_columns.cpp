#include "lab/compare/name_columns.h"

namespace normlab {

std::vector<Table::Column> name_columns(const Results& results) {
    if (results.conditions.size() == 1) return {{"variant"}};
    const bool numbers = !results.condition_numbers.empty();
    return {{"variant"}, {results.condition_column(), numbers ? Table::Align::right : Table::Align::left}};
}

std::vector<std::string> names_of(const Results& results, std::size_t variant, std::size_t condition) {
    if (results.conditions.size() == 1) return {results.variants[variant]};
    return {results.variants[variant], results.conditions[condition]};
}

}  // namespace normlab
