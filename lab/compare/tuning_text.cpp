#include "lab/compare/tuning_text.h"

#include <map>

#include "framework/support/words.h"
#include "lab/compare/name_columns.h"

namespace normlab {
namespace {

constexpr std::size_t kNamed = 6;  // cells in a sentence

// "batch"; "batch at batch size 2 and 4", where it is not so under all conditions
std::string name_of(const Results& results, std::size_t variant, const std::vector<std::size_t>& conditions) {
    std::string name = results.variants[variant];
    if (conditions.size() == results.conditions.size()) return name;
    std::vector<std::string> texts;
    for (const std::size_t each : conditions)
        texts.push_back(texts.empty() ? results.condition_text(each) : results.conditions[each]);
    return name + " at " + joined(texts);
}

}  // namespace

const Tuning::Choice& choice_of(const Comparison& comparison, const Cell& cell) {
    return comparison.tuning->choices[cell_of(comparison.sweep, *cell.plans.front())];
}

std::string tuning_note(const Tuning& tuning, const Tuning::Choice& choice) {
    if (choice.diverged()) return "diverged with every value";
    std::string note;
    for (const auto& [axis, side] : tuning.edges(choice))
        note += (note.empty() ? "the " : ", the ") + side +
                (tuning.axes.size() > 1 ? " " + tuning.axes[axis].words() : "") + " tried";
    return note;
}

Table tuning_table(const Comparison& comparison, const Results& results) {
    using enum Table::Align;
    const Tuning& tuning = *comparison.tuning;
    std::vector<Table::Column> columns = name_columns(results);
    for (const SweepAxis& axis : tuning.axes) columns.push_back({axis.words(), axis.is_numeric() ? right : left});
    columns.push_back({"validation", right});
    columns.push_back({""});
    Table table(columns);
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
        if (condition > 0) table.add_line();
        for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
            const Tuning::Choice& choice = choice_of(comparison, results.cell(variant, condition));
            std::vector<std::string> row = names_of(results, variant, condition);
            for (std::size_t axis = 0; axis < tuning.axes.size(); ++axis)
                row.push_back(choice.best ? tuning.value(*choice.best, axis).label : "");
            row.push_back(choice.best ? percent(choice.candidates[*choice.best].score->accuracy) : "");
            row.push_back(tuning_note(tuning, choice));
            table.add(row);
        }
    }
    return table;
}

std::vector<std::string> tuning_remarks(const Comparison& comparison, const Results& results) {
    const Tuning& tuning = *comparison.tuning;
    using Edge = std::pair<std::size_t, std::string>;
    std::map<Edge, std::vector<std::string>> cells;
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
        std::map<Edge, std::vector<std::size_t>> conditions;
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
            for (const auto& [axis, side] : tuning.edges(choice_of(comparison, results.cell(variant, condition))))
                conditions[{axis, side}].push_back(condition);
        for (const auto& [edge, where] : conditions) cells[edge].push_back(name_of(results, variant, where));
    }
    std::vector<std::string> remarks;
    for (const auto& [edge, names] : cells)
        remarks.push_back("The best " + tuning.axes[edge.first].words() + " of " +
                          (names.size() > kNamed ? some_of(names, kNamed) : joined(names)) + " is the " + edge.second +
                          " that was tried: a " + (edge.second == "largest" ? "larger" : "smaller") +
                          " one may be better still.");
    return remarks;
}

}  // namespace normlab
